//! The event of a Lambda proxy integration (REST API, payload format 1.0).
//!
//! Not `aws_lambda_events`: it keeps headers in an `http::HeaderMap`, and one header value with a
//! letter outside ASCII, which API Gateway passes on, makes the whole event undecodable.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// What API Gateway sends a function.
///
/// Path parameters are percent-encoded as the client sent them, query parameters are decoded, and
/// repeated headers and query parameters are complete only in the multi-value maps.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Fields")]
pub struct ProxyRequest {
    /// The method the client used, also where the document declares any method.
    pub method: String,
    /// The path template, for example `/users/{uid}`.
    pub resource: String,
    /// The path, without the stage.
    pub path: String,
    /// What API Gateway knows of the request.
    pub context: RequestContext,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    path_parameters: BTreeMap<String, String>,
    body: Option<String>,
    body_is_base64: bool,
}

/// `requestContext`, as far as handlers need it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RequestContext {
    /// Identifies the request in API Gateway's logs and in the answer's `x-amzn-RequestId`.
    pub request_id: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The path as the caller addressed it: with the stage, or a custom domain's base path.
    pub path: Option<String>,
    /// The caller: `sourceIp`, `userAgent`, `vpceId` and what IAM or Cognito say.
    pub identity: Value,
    /// What the authorizer said: `claims` of Cognito, or the keys a Lambda authorizer returned.
    pub authorizer: Value,
}

impl ProxyRequest {
    /// Values of a header in the order sent; its name's case does not matter.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Values of a query parameter in the order sent; its name's case matters.
    pub fn query<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Values of a cookie (RFC 6265) in the order sent.
    pub fn cookie<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.header("cookie")
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| value.trim_matches('"'))
    }

    /// A path parameter as sent: percent-encoded.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path_parameters.get(name).map(String::as_str)
    }

    /// The body's bytes. `None` if there is none: API Gateway sends `null`, its console `""`.
    ///
    /// # Errors
    /// If the event says the body is base64 and it is not.
    pub fn body(&self) -> Result<Option<Cow<'_, [u8]>>, base64::DecodeError> {
        match self.body.as_deref() {
            None | Some("") => Ok(None),
            Some(text) if self.body_is_base64 => Ok(Some(Cow::Owned(STANDARD.decode(text)?))),
            Some(text) => Ok(Some(Cow::Borrowed(text.as_bytes()))),
        }
    }
}

/// The event as written. Everything may be `null`; API Gateway does that with empty maps.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    http_method: Option<String>,
    resource: Option<String>,
    path: Option<String>,
    headers: Option<Map<Option<Value>>>,
    multi_value_headers: Option<Map<Option<Vec<String>>>>,
    query_string_parameters: Option<Map<Option<Value>>>,
    multi_value_query_string_parameters: Option<Map<Option<Vec<String>>>>,
    path_parameters: Option<BTreeMap<String, String>>,
    stage_variables: Option<BTreeMap<String, String>>,
    request_context: Option<RequestContext>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

type Map<T> = BTreeMap<String, T>;

/// The event is of another kind.
#[derive(Debug, thiserror::Error)]
#[error(
    "the event is not that of a Lambda proxy integration of a REST API: it has no `{missing}`; \
     check what invokes this function (integration type aws_proxy, payload format 1.0)"
)]
pub struct NotProxyEvent {
    missing: &'static str,
}

impl TryFrom<Fields> for ProxyRequest {
    type Error = NotProxyEvent;

    fn try_from(fields: Fields) -> Result<Self, NotProxyEvent> {
        Ok(Self {
            method: fields.http_method.ok_or(NotProxyEvent { missing: "httpMethod" })?,
            resource: fields.resource.ok_or(NotProxyEvent { missing: "resource" })?,
            path: fields.path.unwrap_or_default(),
            context: fields.request_context.unwrap_or_default(),
            stage_variables: fields.stage_variables.unwrap_or_default(),
            headers: merge(fields.multi_value_headers, fields.headers),
            query: merge(
                fields.multi_value_query_string_parameters,
                fields.query_string_parameters,
            ),
            path_parameters: fields.path_parameters.unwrap_or_default(),
            body: fields.body,
            body_is_base64: fields.is_base64_encoded.unwrap_or_default(),
        })
    }
}

/// The multi-value map, and from the single-value map the names it lacks (hand-made test events
/// often have only that one).
fn merge(
    many: Option<Map<Option<Vec<String>>>>,
    single: Option<Map<Option<Value>>>,
) -> Vec<(String, String)> {
    let many = many.unwrap_or_default();
    let lacking: Vec<_> = single
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| !many.contains_key(name))
        .filter_map(|(name, value)| Some((name, text(value?)?)))
        .collect();
    many.into_iter()
        .flat_map(|(name, values)| {
            values.unwrap_or_default().into_iter().map(move |value| (name.clone(), value))
        })
        .chain(lacking)
        .collect()
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(value: Value) -> ProxyRequest {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn repeated_headers_and_parameters_survive() {
        let event = event(json!({
            "httpMethod": "GET", "resource": "/",
            "headers": {"X-Tag": "b"}, "multiValueHeaders": {"X-Tag": ["a", "b"]},
            "queryStringParameters": {"q": "2"}, "multiValueQueryStringParameters": {"q": ["1", "2"]},
        }));
        assert_eq!(event.header("x-tag").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(event.query("q").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(event.query("Q").count(), 0);
    }

    #[test]
    fn single_value_maps_fill_in() {
        let event = event(json!({
            "httpMethod": "GET", "resource": "/", "multiValueHeaders": null,
            "headers": {"Accept": "*/*"}, "queryStringParameters": {"n": 1, "none": null},
        }));
        assert_eq!(event.header("ACCEPT").collect::<Vec<_>>(), ["*/*"]);
        assert_eq!(event.query("n").collect::<Vec<_>>(), ["1"]);
        assert_eq!(event.query("none").count(), 0);
    }

    #[test]
    fn null_maps_are_empty() {
        let event = event(json!({
            "httpMethod": "GET", "resource": "/x", "headers": null, "multiValueHeaders": null,
            "queryStringParameters": null, "multiValueQueryStringParameters": null,
            "pathParameters": null, "stageVariables": null, "body": null, "isBase64Encoded": null,
        }));
        assert_eq!(event.path_parameter("x"), None);
        assert!(event.body().unwrap().is_none());
    }

    #[test]
    fn header_values_outside_ascii_pass() {
        let event =
            event(json!({"httpMethod": "GET", "resource": "/", "headers": {"x-name": "Zoë"}}));
        assert_eq!(event.header("X-Name").next(), Some("Zoë"));
    }

    #[test]
    fn cookies_come_from_every_cookie_header() {
        let event = event(json!({
            "httpMethod": "GET", "resource": "/",
            "multiValueHeaders": {"Cookie": ["a=1; b=\"2\"", "a=3"]},
        }));
        assert_eq!(event.cookie("a").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(event.cookie("b").collect::<Vec<_>>(), ["2"]);
    }

    #[test]
    fn base64_bodies_are_decoded_and_broken_ones_refused() {
        let coded = |body: &str| {
            event(
                json!({"httpMethod": "PUT", "resource": "/", "body": body, "isBase64Encoded": true}),
            )
        };
        assert_eq!(coded("AP8=").body().unwrap().as_deref(), Some(&[0, 255][..]));
        assert!(coded("AP8").body().is_err());
        assert!(coded("").body().unwrap().is_none());
    }

    #[test]
    fn other_events_are_refused_by_name() {
        let error = serde_json::from_value::<ProxyRequest>(json!({"Records": []})).unwrap_err();
        assert!(error.to_string().contains("has no `httpMethod`"), "{error}");
    }
}
