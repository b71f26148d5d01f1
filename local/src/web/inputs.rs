//! What the form of an operation asks for: parameters, credentials, a body, each with an example.

use openapi::Api;
use openapi::model::{
    AuthType, AuthorizerType, Method, Operation, Parameter, ParameterLocation, ResponseStatus,
    SecurityScheme,
};
use serde_json::Value;

use super::schema_rows::{self, Row};
use crate::{curl, examples};

/// A line of the form.
pub(super) struct Input {
    /// `path`, `query`, `header` or `cookie`.
    pub(super) location: &'static str,
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) kind: String,
    pub(super) rule: String,
    pub(super) description: String,
    /// What stands there at first; empty where it may be left out.
    pub(super) value: String,
    /// What could stand there.
    pub(super) example: String,
    /// The only values there are, if they are few.
    pub(super) choices: Vec<String>,
}

/// What the form sends as a body.
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) description: String,
    pub(super) media_types: Vec<String>,
    /// JSON or text; `None` for files.
    pub(super) example: Option<String>,
    pub(super) lines: usize,
    pub(super) rows: Vec<Row>,
}

/// A header that carries the token of a signed-in user.
pub(super) struct UserToken {
    pub(super) header: String,
    /// `id`, or `access` where scopes are asked for.
    pub(super) kind: &'static str,
}

/// The operation that reads what this one made.
pub(super) struct Next {
    pub(super) operation: String,
    pub(super) path: String,
    /// The path parameter that identifies it, and the member of the answer that has it.
    pub(super) parameter: String,
    pub(super) member: String,
}

/// Parameters, then credentials that somebody has to type: an API key among them, unless the console has one.
pub(super) fn of(api: &Api, operation: &Operation, has_api_key: bool) -> Vec<Input> {
    let named = operation.path.parameter_names().map(|name| of_path(api, operation, name));
    let others = operation.parameters.iter().filter(|it| it.location != ParameterLocation::Path);
    let others = others.map(|parameter| of_parameter(api, parameter));
    let asks_for_key = needs_api_key(api, operation) && !has_api_key;
    let key = || Input { kind: "API key".to_owned(), ..plain("header", "x-api-key".to_owned()) };
    let credentials = credentials(api, operation).into_iter().chain(asks_for_key.then(key));
    named.chain(others).chain(credentials).collect()
}

fn of_path(api: &Api, operation: &Operation, name: &str) -> Input {
    let value = curl::text_of(&curl::path_example(api, operation, name));
    let declared = operation
        .parameters
        .iter()
        .find(|it| it.location == ParameterLocation::Path && it.name == name);
    let input = declared.map(|parameter| of_parameter(api, parameter));
    let input = input.unwrap_or_else(|| plain("path", name.to_owned()));
    Input { required: true, value, ..input }
}

fn of_parameter(api: &Api, parameter: &Parameter) -> Input {
    let example = curl::text_of(&curl::parameter_value(api, parameter));
    let schema = parameter.schema;
    let choices = schema.map(|id| api.schemas[id].enumeration.iter().map(curl::text_of).collect());
    Input {
        required: parameter.required,
        kind: schema.map_or_else(|| "string".to_owned(), |id| schema_rows::kind(&api.schemas, id)),
        rule: schema.map(|id| schema_rows::rule(&api.schemas, id)).unwrap_or_default(),
        description: parameter.description.clone().unwrap_or_default(),
        value: if parameter.required { example.clone() } else { String::new() },
        example,
        choices: choices.unwrap_or_default(),
        ..plain(parameter.location.as_str(), parameter.name.clone())
    }
}

fn plain(location: &'static str, name: String) -> Input {
    let (kind, rule, description) = ("string".to_owned(), String::new(), String::new());
    let (value, example, choices) = (String::new(), String::new(), Vec::new());
    Input { location, name, required: false, kind, rule, description, value, example, choices }
}

/// What callers prove who they are with. The key of an API and the token of a signed-in user are not
/// asked for: they are known.
fn credentials(api: &Api, operation: &Operation) -> Vec<Input> {
    let schemes = schemes(api, operation).map(|(scheme, _)| scheme);
    let typed = schemes.filter(|it| !it.is_api_key() && !it.is_iam() && !is_user_pool(it));
    let header = |scheme: &SecurityScheme| match (&scheme.parameter, scheme.location) {
        (Some(name), Some(location)) => Some((location.as_str(), name.clone())),
        _ => scheme.http_scheme.as_ref().map(|_| ("header", "Authorization".to_owned())),
    };
    let inputs = typed
        .filter_map(header)
        .map(|(location, name)| Input { kind: "credential".to_owned(), ..plain(location, name) });
    inputs.collect()
}

/// The schemes of the operation's requirements, and the scopes they ask for.
fn schemes<'a>(
    api: &'a Api,
    operation: &'a Operation,
) -> impl Iterator<Item = (&'a SecurityScheme, &'a Vec<String>)> {
    let named = operation.security.iter().flatten();
    named.filter_map(|(name, scopes)| Some((api.security_schemes.get(name)?, scopes)))
}

fn is_user_pool(scheme: &SecurityScheme) -> bool {
    let authorizer = scheme.authorizer.as_ref();
    authorizer.is_some_and(|it| it.kind == AuthorizerType::CognitoUserPools)
}

/// Whether callers send an API key.
pub(super) fn needs_api_key(api: &Api, operation: &Operation) -> bool {
    api.requires_api_key(operation) && !api.api_key_from_authorizer
}

/// Whether callers sign (IAM).
pub(super) fn is_signed(api: &Api, operation: &Operation) -> bool {
    operation.auth == Some(AuthType::AwsIam)
        || schemes(api, operation).any(|(scheme, _)| scheme.is_iam())
}

/// Where the token of a user pool goes, if the operation asks for one.
pub(super) fn user_token(api: &Api, operation: &Operation) -> Option<UserToken> {
    let (scheme, scopes) = schemes(api, operation).find(|(scheme, _)| is_user_pool(scheme))?;
    let header = scheme.parameter.clone().unwrap_or_else(|| "Authorization".to_owned());
    Some(UserToken { header, kind: if scopes.is_empty() { "id" } else { "access" } })
}

/// The body of the form; JSON where there is a choice.
pub(super) fn body(api: &Api, operation: &Operation) -> Option<Body> {
    let body = operation.request_body.as_ref()?;
    let chosen = body.content.iter().find(|it| it.is_json()).or(body.content.first())?;
    let example = examples::of_media_type(&api.schemas, chosen);
    let example = match (example, chosen.is_json()) {
        (example, true) => Some(example.map(|it| format!("{it:#}")).unwrap_or_default()),
        (Some(Value::String(text)), false) if chosen.is_text() => Some(text),
        (_, false) => chosen.is_text().then(String::new),
    };
    let others = body.content.iter().filter(|it| it.media_type != chosen.media_type);
    Some(Body {
        required: body.required,
        description: body.description.clone().unwrap_or_default(),
        media_types: std::iter::once(chosen)
            .chain(others)
            .map(|it| it.media_type.clone())
            .collect(),
        lines: example.as_ref().map_or(0, |text| text.lines().count().clamp(3, 16)),
        example,
        rows: chosen.schema.map(|id| schema_rows::of(&api.schemas, id)).unwrap_or_default(),
    })
}

/// `GET COLLECTION/{id}` of a `POST COLLECTION` whose answer has the id.
pub(super) fn next(api: &Api, operation: &Operation) -> Option<Next> {
    let gets = api.operations.iter().filter(|it| it.method == Method::Get);
    let mut members = gets.filter_map(|get| {
        let rest = get.path.text.strip_prefix(&operation.path.text)?.strip_prefix("/{")?;
        Some((get, rest.strip_suffix('}').filter(|name| !name.contains('/'))?))
    });
    let (get, parameter) = members.next()?;
    let answers = operation.responses.iter();
    let mut answers = answers.filter(|it| matches!(it.status, ResponseStatus::Code(200..=299)));
    let content = answers.find_map(|it| it.content.iter().find(|it| it.is_json())?.schema)?;
    let properties = examples::properties(&api.schemas, content);
    let member = [parameter, "id"]
        .into_iter()
        .find(|name| properties.iter().any(|property| property.name == *name))?;
    Some(Next {
        operation: get.id.clone(),
        path: get.path.text.clone(),
        parameter: parameter.to_owned(),
        member: member.to_owned(),
    })
}
