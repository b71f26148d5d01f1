//! Parameter mapping expressions: `method.request.header.X`, `context.requestId`, `'static'`.

use std::borrow::Cow;

use serde_json::Value;

use crate::context;
use crate::headers::Headers;
use crate::jsonpath::Path;
use crate::method_request;
use crate::query::MultiMap;
use crate::request::Request;
use crate::stage::Stage;

/// Where a mapped value comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// `'text'`
    Static(String),
    /// `method.request.header.X`: the last value; `multivalueheader`: all, joined by commas.
    Header { name: String, all: bool },
    /// `method.request.querystring.X`, `multivaluequerystring`.
    Query { name: String, all: bool },
    /// `method.request.path.X`
    Path(String),
    /// `method.request.body`, or what a JSONPath finds in it.
    Body(Option<Path>),
    /// `stageVariables.X`
    StageVariable(String),
    /// `context.X`
    Context(String),
    /// `integration.response.header.X`, `multivalueheader`.
    ResponseHeader { name: String, all: bool },
    /// `integration.response.body`, or what a JSONPath finds in it.
    ResponseBody(Option<Path>),
}

/// What expressions are evaluated against.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) request: &'a Request,
    pub(crate) query: &'a MultiMap,
    pub(crate) path_parameters: &'a [(&'a str, String)],
    pub(crate) stage: &'a Stage,
    pub(crate) context: &'a Value,
    /// The backend's headers, once it has answered.
    pub(crate) response_headers: Option<&'a Headers>,
    /// The backend's body, once it has answered.
    pub(crate) response_body: Option<&'a str>,
}

impl Source {
    /// Reads an expression; `None` if it has none of the forms above.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(text) = text.strip_prefix('\'') {
            return text.strip_suffix('\'').map(|text| Self::Static(text.to_owned()));
        }
        if let Some(name) = text.strip_prefix("stageVariables.") {
            return Some(Self::StageVariable(name.to_owned()));
        }
        if let Some(path) = text.strip_prefix("context.") {
            return Some(Self::Context(path.to_owned()));
        }
        if let Some(part) = text.strip_prefix("integration.response.") {
            return Self::parse_response(part);
        }
        let part = text.strip_prefix("method.request.")?;
        if part == "body" {
            return Some(Self::Body(None));
        }
        let (location, name) = part.split_once('.')?;
        if location == "body" {
            return body_path(name).map(|path| Self::Body(Some(path)));
        }
        let name = name.to_owned();
        Some(match location {
            "header" => Self::Header { name, all: false },
            "multivalueheader" => Self::Header { name, all: true },
            "querystring" => Self::Query { name, all: false },
            "multivaluequerystring" => Self::Query { name, all: true },
            "path" => Self::Path(name),
            _ => return None,
        })
    }

    fn parse_response(part: &str) -> Option<Self> {
        match part.split_once('.') {
            None if part == "body" => Some(Self::ResponseBody(None)),
            Some(("body", path)) => body_path(path).map(|path| Self::ResponseBody(Some(path))),
            Some((location @ ("header" | "multivalueheader"), name)) => {
                Some(Self::ResponseHeader { name: name.to_owned(), all: location != "header" })
            }
            _ => None,
        }
    }

    /// Reads what the backend answered.
    pub(crate) const fn is_of_response(&self) -> bool {
        matches!(self, Self::ResponseHeader { .. } | Self::ResponseBody(_))
    }

    /// Reads the request's body.
    pub(crate) const fn is_of_body(&self) -> bool {
        matches!(self, Self::Body(_))
    }

    /// The value; `None` if there is none, or an empty one: empty results are not sent.
    pub(crate) fn evaluate(&self, sources: &Sources<'_>) -> Option<String> {
        let value = match self {
            Self::Static(text) => Some(text.clone()),
            Self::Header { name, all } => {
                let headers = method_request::headers(sources.request);
                pick(&headers.get_all_exact(name).collect::<Vec<_>>(), *all)
            }
            Self::Query { name, all } => pick(sources.query.get_all(name), *all),
            Self::Path(name) => sources
                .path_parameters
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone()),
            Self::Body(path) => {
                let body = request_body(sources.request);
                match path {
                    Some(path) => select(path, &body),
                    None => Some(body.into_owned()),
                }
            }
            Self::StageVariable(name) => sources.stage.variables.get(name).cloned(),
            Self::Context(path) => context::lookup(sources.context, path),
            // Servers write names in any letter case, so this one does not count here.
            Self::ResponseHeader { name, all } => {
                let values: Vec<&str> = sources.response_headers?.get_all(name).collect();
                pick(&values, *all)
            }
            Self::ResponseBody(None) => sources.response_body.map(str::to_owned),
            Self::ResponseBody(Some(path)) => select(path, sources.response_body?),
        };
        value.filter(|value| !value.is_empty())
    }
}

/// A JSONPath written without its `$.`.
fn body_path(path: &str) -> Option<Path> {
    Path::parse(&format!("$.{path}")).ok()
}

/// The request's body as text, without space around it; an empty one is `{}`.
pub(crate) fn request_body(request: &Request) -> Cow<'_, str> {
    let body = request.body.trim_ascii();
    if body.is_empty() { Cow::Borrowed("{}") } else { String::from_utf8_lossy(body) }
}

/// What a path finds in a body, as text. JSON in an `errorMessage` is looked into (guide, "Handle
/// custom Lambda errors").
fn select(path: &Path, body: &str) -> Option<String> {
    let mut body: Value = serde_json::from_str(body).ok()?;
    if let Some(message) = body.get_mut("errorMessage")
        && let Some(inner) = message.as_str().and_then(|text| serde_json::from_str(text).ok())
        && matches!(inner, Value::Object(_))
    {
        *message = inner;
    }
    match path.select(&body).ok()?? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn pick<T: AsRef<str>>(values: &[T], all: bool) -> Option<String> {
    if all {
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        Some(values.join(","))
    } else {
        values.last().map(|value| value.as_ref().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(expression: &str) -> Option<String> {
        let headers = [("X-A", "1"), ("X-A", "2"), ("x-a", "3")].into_iter().collect();
        let request = Request::new("GET", "/dev/a?q=1&q=2", headers, r#" {"a":{"b":[1,"x"]}} "#);
        let query = MultiMap::parse_query(request.query.as_deref());
        let mut stage = Stage::default();
        stage.variables.insert("color".into(), "red".into());
        let sources = Sources {
            request: &request,
            query: &query,
            path_parameters: &[("id", "a%20b".to_owned())],
            stage: &stage,
            context: &json!({ "requestId": "r", "identity": { "sourceIp": "1.2.3.4" } }),
            response_headers: Some(&[("etag", "1"), ("Etag", "2")].into_iter().collect()),
            response_body: Some(r#"{"id":7,"errorMessage":"{\"code\":\"E1\"}","none":null}"#),
        };
        Source::parse(expression)?.evaluate(&sources)
    }

    #[test]
    fn expressions_yield_what_they_name() {
        for (expression, expected) in [
            ("'*'", Some("*")),
            ("''", None),
            ("method.request.header.X-A", Some("2")),
            ("method.request.multivalueheader.X-A", Some("1,2")),
            ("method.request.header.X-B", None),
            ("method.request.querystring.q", Some("2")),
            ("method.request.multivaluequerystring.q", Some("1,2")),
            ("method.request.path.id", Some("a%20b")),
            ("method.request.header.X-Forwarded-For", Some("127.0.0.1")),
            ("method.request.body", Some(r#"{"a":{"b":[1,"x"]}}"#)),
            ("method.request.body.a.b[1]", Some("x")),
            ("method.request.body.a", Some(r#"{"b":[1,"x"]}"#)),
            ("method.request.body.c", None),
            ("stageVariables.color", Some("red")),
            ("context.identity.sourceIp", Some("1.2.3.4")),
            ("context.nothing", None),
            ("integration.response.body.id", Some("7")),
            ("integration.response.body.errorMessage.code", Some("E1")),
            ("integration.response.body.none", None),
            ("integration.response.body.absent", None),
            ("integration.response.header.X", None),
            ("integration.response.header.ETag", Some("2")),
            ("integration.response.multivalueheader.ETag", Some("1,2")),
            ("integration.response.cookie.X", None),
            ("nonsense", None),
            ("'half", None),
            ("method.request.cookie.a", None),
        ] {
            assert_eq!(evaluate(expression).as_deref(), expected, "{expression}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_expression_panics(
            start in "'|method.request.|integration.response.|context.|stageVariables.|",
            part in "header.|multivalueheader.|querystring.|multivaluequerystring.|path.|body.|body|",
            rest in "[a-zA-Z.'\\[\\]*$0-9é ()?@-]{0,12}",
        ) {
            evaluate(&format!("{start}{part}{rest}"));
        }
    }
}
