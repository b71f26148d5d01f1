//! The first page: every operation of the document by tag, each with what it takes, what it answers
//! and a form to call it. Where that is too much for a page, it lists them, and each has a page of its own.

use askama::Template;
use indexmap::IndexMap;
use openapi::Api;
use openapi::model::{Method, Operation};

use super::Web;
use super::answer::{self, Answer};
use super::frame::Frame;
use super::inputs::{self, Body, Input, Next, UserToken};
use super::problem;
use super::schema_rows::{self, Row};
use crate::curl::percent_encoded;
use crate::environment::without_local;
use crate::plan::Plan;
use crate::routes;

/// Rows and inputs on a page at most, about 200 bytes each: a browser is slow on megabytes.
const MOST: usize = 3000;

/// The methods of an operation that takes any.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

#[derive(Template)]
#[template(path = "operations.html")]
struct Page<'a> {
    frame: Frame,
    heading: &'a str,
    /// The only operation of the page.
    is_single: bool,
    description: &'a str,
    base_url: &'a str,
    /// User pools: their names, and how people know them.
    pools: Vec<(&'a str, &'a str)>,
    /// Callers on whose behalf the console signs: access keys, and whose they are.
    signers: Vec<(String, String)>,
    has_api_key: bool,
    groups: Vec<Group<'a>>,
}

/// Operations of one tag.
struct Group<'a> {
    tag: &'a str,
    operations: Vec<Listed<'a>>,
}

/// An operation, as a line.
struct Listed<'a> {
    id: &'a str,
    /// The path of its own page.
    page: String,
    method: &'static str,
    path: &'a str,
    summary: &'a str,
    deprecated: bool,
    /// What opens below the line; `None` where it is on a page of its own.
    shown: Option<Shown<'a>>,
}

struct Shown<'a> {
    description: &'a str,
    /// What answers: a function, a service.
    backend: &'a str,
    /// Methods to choose from.
    methods: &'static [&'static str],
    inputs: Vec<Input>,
    body: Option<Body>,
    user_token: Option<UserToken>,
    needs_api_key: bool,
    is_signed: bool,
    next: Option<Next>,
    responses: Vec<Response<'a>>,
}

struct Response<'a> {
    status: String,
    description: &'a str,
    media_types: String,
    rows: Vec<Row>,
}

/// Every operation.
pub(super) fn page(web: &Web) -> Answer {
    let plan = web.plan();
    let operations: Vec<_> = plan.api.operations.iter().collect();
    rendered(web, &plan, &operations, None)
}

/// One operation.
pub(super) fn single(web: &Web, id: &str) -> Answer {
    let plan = web.plan();
    match plan.api.operation(id) {
        Some(operation) => rendered(web, &plan, &[operation], Some(id)),
        None => problem::not_found(web),
    }
}

fn rendered(web: &Web, plan: &Plan, operations: &[&Operation], single: Option<&str>) -> Answer {
    let api = &plan.api;
    let gateway = web.gateway();
    let signers = gateway.signers().map(|it| (it.access_key().to_owned(), it.arn()));
    let has_api_key = web.site.parts.api_key().is_some();
    let shown = shown_all(api, operations, has_api_key);
    answer::page(&Page {
        frame: Frame::new(web, "operations"),
        heading: single.unwrap_or("Operations"),
        is_single: single.is_some(),
        description: api.description.as_deref().filter(|_| single.is_none()).unwrap_or_default(),
        base_url: &web.site.base_url,
        pools: plan.user_pools.iter().map(|it| (&*it.name, without_local(&it.name))).collect(),
        signers: signers.collect(),
        has_api_key,
        groups: groups(operations, shown),
    })
}

/// What opens below each operation; nothing where it is too much for a page of several.
fn shown_all<'a>(
    api: &'a Api,
    operations: &[&'a Operation],
    has_api_key: bool,
) -> Vec<Option<Shown<'a>>> {
    let mut weight = 0;
    let mut all = Vec::new();
    for operation in operations {
        let shown = shown(api, operation, has_api_key);
        weight += shown.weight();
        if weight > MOST && operations.len() > 1 {
            return operations.iter().map(|_| None).collect();
        }
        all.push(Some(shown));
    }
    all
}

/// By first tag, in the order of the document.
fn groups<'a>(operations: &[&'a Operation], shown: Vec<Option<Shown<'a>>>) -> Vec<Group<'a>> {
    let mut groups: IndexMap<&str, Vec<Listed<'_>>> = IndexMap::new();
    for (operation, shown) in operations.iter().zip(shown) {
        let tag = operation.tags.first().map_or("other", String::as_str);
        groups.entry(tag).or_default().push(Listed {
            id: &operation.id,
            page: format!("/operations/{}", percent_encoded(&operation.id)),
            method: operation.method.as_str(),
            path: &operation.path.text,
            summary: operation.summary.as_deref().unwrap_or_default(),
            deprecated: operation.deprecated,
            shown,
        });
    }
    groups.into_iter().map(|(tag, operations)| Group { tag, operations }).collect()
}

impl Shown<'_> {
    /// Rows and inputs.
    fn weight(&self) -> usize {
        let body = self.body.as_ref().map_or(0, |body| body.rows.len() + body.lines);
        let answers = self.responses.iter().map(|response| response.rows.len() + 1);
        self.inputs.len() + body + answers.sum::<usize>()
    }
}

fn shown<'a>(api: &'a Api, operation: &'a Operation, has_api_key: bool) -> Shown<'a> {
    Shown {
        description: operation.description.as_deref().unwrap_or_default(),
        backend: routes::backend(operation),
        methods: if operation.method == Method::Any { &METHODS } else { &[] },
        inputs: inputs::of(api, operation, has_api_key),
        body: inputs::body(api, operation),
        user_token: inputs::user_token(api, operation),
        needs_api_key: inputs::needs_api_key(api, operation),
        is_signed: inputs::is_signed(api, operation),
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
