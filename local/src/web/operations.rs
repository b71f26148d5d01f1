//! The first page: every operation of the document by tag, each with what it takes, what it answers
//! and a form to call it.

use askama::Template;
use indexmap::IndexMap;
use openapi::Api;
use openapi::model::{Method, Operation};

use super::Web;
use super::answer::{self, Answer};
use super::frame::Frame;
use super::inputs::{self, Body, Input, Next, UserToken};
use super::schema_rows::{self, Row};
use crate::environment::without_local;
use crate::routes;

/// The methods of an operation that takes any.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

#[derive(Template)]
#[template(path = "operations.html")]
struct Page<'a> {
    frame: Frame,
    description: &'a str,
    base_url: &'a str,
    /// User pools: their names, and how people know them.
    pools: Vec<(&'a str, &'a str)>,
    groups: Vec<Group<'a>>,
}

/// Operations of one tag.
struct Group<'a> {
    tag: &'a str,
    operations: Vec<Shown<'a>>,
}

struct Shown<'a> {
    id: &'a str,
    method: &'static str,
    path: &'a str,
    summary: &'a str,
    description: &'a str,
    deprecated: bool,
    /// What answers: a function, a service.
    backend: &'a str,
    /// Methods to choose from.
    methods: &'static [&'static str],
    inputs: Vec<Input>,
    body: Option<Body>,
    user_token: Option<UserToken>,
    needs_api_key: bool,
    next: Option<Next>,
    responses: Vec<Response<'a>>,
}

struct Response<'a> {
    status: String,
    description: &'a str,
    media_types: String,
    rows: Vec<Row>,
}

pub(super) fn page(web: &Web) -> Answer {
    let plan = web.plan();
    let api = &plan.api;
    answer::page(&Page {
        frame: Frame::new(web, "operations"),
        description: api.description.as_deref().unwrap_or_default(),
        base_url: &web.site.base_url,
        pools: plan.user_pools.iter().map(|it| (&*it.name, without_local(&it.name))).collect(),
        groups: groups(api),
    })
}

/// By first tag, in the order of the document.
fn groups(api: &Api) -> Vec<Group<'_>> {
    let mut groups: IndexMap<&str, Vec<Shown<'_>>> = IndexMap::new();
    for operation in &api.operations {
        let tag = operation.tags.first().map_or("other", String::as_str);
        groups.entry(tag).or_default().push(shown(api, operation));
    }
    groups.into_iter().map(|(tag, operations)| Group { tag, operations }).collect()
}

fn shown<'a>(api: &'a Api, operation: &'a Operation) -> Shown<'a> {
    Shown {
        id: &operation.id,
        method: operation.method.as_str(),
        path: &operation.path.text,
        summary: operation.summary.as_deref().unwrap_or_default(),
        description: operation.description.as_deref().unwrap_or_default(),
        deprecated: operation.deprecated,
        backend: routes::backend(operation),
        methods: if operation.method == Method::Any { &METHODS } else { &[] },
        inputs: inputs::of(api, operation),
        body: inputs::body(api, operation),
        user_token: inputs::user_token(api, operation),
        needs_api_key: api.requires_api_key(operation),
        next: inputs::next(api, operation),
        responses: responses(api, operation),
    }
}

fn responses<'a>(api: &'a Api, operation: &'a Operation) -> Vec<Response<'a>> {
    let responses = operation.responses.iter().map(|response| {
        let schema = response.content.iter().find_map(|content| content.schema);
        let media_types: Vec<_> =
            response.content.iter().map(|content| content.media_type.as_str()).collect();
        Response {
            status: response.status.to_string(),
            description: &response.description,
            media_types: media_types.join(", "),
            rows: schema.map(|id| schema_rows::of(&api.schemas, id)).unwrap_or_default(),
        }
    });
    responses.collect()
}
