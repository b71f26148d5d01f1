//! From a handler's response to what API Gateway expects of a Lambda proxy integration.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use super::problem::{Failure, Problem};

/// The answer to an event. API Gateway turns any other key into a 502, so there are no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyResponse {
    /// The HTTP status.
    #[serde(rename = "statusCode")]
    pub status: u16,
    /// Every header, repeated ones included.
    #[serde(rename = "multiValueHeaders")]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body: text, or bytes in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether API Gateway has to decode the body.
    pub is_base64_encoded: bool,
}

impl ProxyResponse {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: BTreeMap::new(), body: None, is_base64_encoded: false }
    }

    /// An answer with a JSON body. A value that JSON cannot hold is answered 500.
    pub fn json(status: u16, media_type: &str, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(text) => Self::text(status, media_type, text),
            Err(error) => {
                tracing::error!(error = %error, "the response is not representable as JSON");
                Self::text(500, "application/json", UNREPRESENTABLE.to_owned())
            }
        }
    }

    /// An answer with a text body.
    pub fn text(status: u16, media_type: &str, body: String) -> Self {
        Self { body: Some(body), ..Self::empty(status) }.with_header("Content-Type", &media_type)
    }

    /// An answer with bytes. API Gateway decodes them only if the client's `Accept` matches the
    /// document's binary media types.
    pub fn bytes(status: u16, media_type: &str, body: &[u8]) -> Self {
        Self { is_base64_encoded: true, ..Self::text(status, media_type, STANDARD.encode(body)) }
    }

    /// An answer whose media type the document leaves open.
    pub fn content(status: u16, body: Content) -> Self {
        Self::bytes(status, &body.media_type, &body.bytes)
    }

    /// The answer with one header more, if the value is one: `None` adds none. Characters that
    /// would end the header's line are dropped, so that no value can smuggle another header in.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &impl Serialize) -> Self {
        if let Some(text) = serde_json::to_value(value).ok().and_then(header_text) {
            let text = text.replace(|c: char| c.is_control() && c != '\t', "");
            self.headers.entry(name.to_owned()).or_default().push(text);
        }
        self
    }
}

const UNREPRESENTABLE: &str =
    r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#;

/// Implemented by every generated response enum.
pub trait IntoProxyResponse {
    /// The answer.
    fn into_proxy_response(self) -> ProxyResponse;
}

/// What the handler returned, as an answer.
pub(super) fn answer(
    result: Result<impl IntoProxyResponse, Failure>,
    request_id: &str,
) -> ProxyResponse {
    match result {
        Ok(response) => response.into_proxy_response(),
        Err(failure) => {
            tracing::error!(error = failure.chain(), "the handler failed");
            Problem::from(&failure).answer(request_id)
        }
    }
}

/// A status between two bounds, for responses declared as `4XX` or `default`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusIn<const FIRST: u16, const LAST: u16>(u16);

impl<const FIRST: u16, const LAST: u16> StatusIn<FIRST, LAST> {
    /// The status, if the declared response may carry it.
    pub const fn new(status: u16) -> Option<Self> {
        if status >= FIRST && status <= LAST { Some(Self(status)) } else { None }
    }

    /// The code.
    pub const fn code(self) -> u16 {
        self.0
    }
}

impl<const FIRST: u16, const LAST: u16> TryFrom<u16> for StatusIn<FIRST, LAST> {
    type Error = StatusOutOfRange;

    fn try_from(status: u16) -> Result<Self, StatusOutOfRange> {
        Self::new(status).ok_or(StatusOutOfRange { status, first: FIRST, last: LAST })
    }
}

/// The document declares no such status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("status {status} is not declared: it must lie between {first} and {last}")]
pub struct StatusOutOfRange {
    status: u16,
    first: u16,
    last: u16,
}

/// A body of a media type the document leaves open, such as `image/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its media type, for example `image/png`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A header's text: scalars plainly, arrays with commas (style `simple`).
fn header_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Array(values) => {
            Some(values.into_iter().filter_map(header_text).collect::<Vec<_>>().join(","))
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keys_api_gateway_knows_are_sent() {
        let answer = ProxyResponse::json(201, "application/json", &"ok")
            .with_header("Location", &"/users/u-1")
            .with_header("ETag", &None::<String>);
        assert_eq!(
            serde_json::to_value(&answer).unwrap(),
            serde_json::json!({
                "statusCode": 201,
                "multiValueHeaders": {
                    "Content-Type": ["application/json"], "Location": ["/users/u-1"],
                },
                "body": "\"ok\"",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn no_body_has_no_content_type() {
        let value = serde_json::to_value(ProxyResponse::empty(204)).unwrap();
        assert_eq!(value.get("body"), None);
        assert_eq!(value["multiValueHeaders"], serde_json::json!({}));
    }

    #[test]
    fn bytes_travel_in_base64() {
        let answer = ProxyResponse::bytes(200, "image/png", &[0, 255]);
        assert_eq!(answer.body.as_deref(), Some("AP8="));
        assert!(answer.is_base64_encoded);
    }

    #[test]
    fn a_header_value_cannot_smuggle_another_header() {
        let answer = ProxyResponse::empty(200).with_header("Location", &"/a\r\nSet-Cookie: b=1");
        assert_eq!(answer.headers["Location"], ["/aSet-Cookie: b=1"]);
    }

    #[test]
    fn a_ranged_status_stays_in_its_range() {
        assert_eq!(StatusIn::<400, 499>::new(404).map(StatusIn::code), Some(404));
        assert_eq!(StatusIn::<400, 499>::new(500), None);
        let error = StatusIn::<400, 499>::try_from(200).unwrap_err();
        assert_eq!(
            error.to_string(),
            "status 200 is not declared: it must lie between 400 and 499"
        );
    }

    #[test]
    fn header_values_are_plain_text() {
        let text = |value| header_text(value);
        assert_eq!(text("a".into()), Some("a".to_owned()));
        assert_eq!(text(7.into()), Some("7".to_owned()));
        assert_eq!(text(serde_json::json!(["a", 2])), Some("a,2".to_owned()));
        assert_eq!(text(Value::Null), None);
    }

    #[test]
    fn a_value_json_cannot_hold_is_500() {
        let keys_are_not_text = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert_eq!(ProxyResponse::json(200, "application/json", &keys_are_not_text).status, 500);
    }
}
