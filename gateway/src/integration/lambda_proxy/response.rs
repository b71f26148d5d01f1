//! The result of a function behind a Lambda proxy integration, as an answer.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::method_response::{HeaderSource, put_headers};
use crate::refusal::Refusal;

/// What API Gateway takes, for whoever wrote something else.
const EXPECTED: &str = "a JSON object of no more than statusCode (200 to 599), headers, multiValueHeaders \
    (lists), body (a string) and isBase64Encoded (a boolean)";

/// As much of a malformed result as tells what it is; it may have 6 MB.
const SHOWN: usize = 1000;

/// Reads the result of the function of this name. One that is not an answer is a 502, as on AWS.
pub(super) fn decode(
    payload: &[u8],
    function: &str,
    exchange: &Exchange<'_>,
) -> Result<Answer, Refusal> {
    let result = parse(payload).ok_or_else(|| {
        tracing::warn!(
            function,
            bytes = payload.len(),
            payload = %start(payload),
            "malformed Lambda proxy response: expected {EXPECTED}"
        );
        exchange.journal.line(|| {
            "Execution failed due to configuration error: Malformed Lambda proxy response"
                .to_owned()
        });
        Refusal::integration_failure()
    })?;
    let accept = exchange.request.headers.get("accept");
    let body = if result.is_base64 && exchange.gateway.binary.accepted(accept) {
        // Recorded on AWS: a body that does not decode is a 500, not a 502.
        Bytes::from(STANDARD.decode(&result.body).map_err(|_| Refusal::configuration_error())?)
    } else {
        Bytes::from(result.body)
    };
    let mut answer = Answer::new(result.status, body);
    put_headers(&mut answer, result.headers.iter(), HeaderSource::Function);
    Ok(answer)
}

fn start(payload: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(&payload[..payload.len().min(SHOWN)])
}

struct ProxyResult {
    status: u16,
    headers: Headers,
    body: String,
    is_base64: bool,
}

const KEYS: &[&str] = &["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

/// `None` if the payload is malformed: no object, another key, or a value of another type.
fn parse(payload: &[u8]) -> Option<ProxyResult> {
    let Value::Object(mut result) = serde_json::from_slice(payload).ok()? else { return None };
    if result.keys().any(|key| !KEYS.contains(&key.as_str())) {
        return None;
    }
    Some(ProxyResult {
        status: status(result.get("statusCode"))?,
        headers: headers(&result)?,
        is_base64: match result.get("isBase64Encoded") {
            None | Some(Value::Null) => false,
            Some(flag) => flag.as_bool()?,
        },
        body: match result.remove("body") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(body)) => body,
            Some(_) => return None,
        },
    })
}

/// Missing is 200; numeric strings count.
fn status(value: Option<&Value>) -> Option<u16> {
    let status = match value {
        None | Some(Value::Null) => 200,
        Some(Value::String(text)) => text.parse().ok()?,
        Some(Value::Number(number)) => u16::try_from(number.as_u64()?).ok()?,
        Some(_) => return None,
    };
    (200..=599).contains(&status).then_some(status)
}

/// Both maps merged: the values of `multiValueHeaders` first and in its letter case, a pair that
/// stands in both once.
fn headers(result: &Map<String, Value>) -> Option<Headers> {
    let mut headers = Headers::new();
    for (name, values) in object(result.get("multiValueHeaders"))? {
        for value in values.as_array()? {
            push(&mut headers, name, value)?;
        }
    }
    let several = headers.clone();
    for (name, value) in object(result.get("headers"))? {
        let known =
            several.iter().map(|(known, _)| known).find(|known| known.eq_ignore_ascii_case(name));
        let is_there =
            text(value).is_some_and(|value| several.get_all(name).any(|known| known == value));
        if !is_there {
            push(&mut headers, known.unwrap_or(name), value)?;
        }
    }
    Some(headers)
}

fn object(value: Option<&Value>) -> Option<impl Iterator<Item = (&String, &Value)>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(Value::Object(map)) => Some(Some(map.iter())),
        Some(_) => None,
    }
    .map(|entries| entries.into_iter().flatten())
}

/// Adds a field. `None` if it cannot be sent; a null value is left out.
fn push(headers: &mut Headers, name: &str, value: &Value) -> Option<()> {
    if value.is_null() {
        return Some(());
    }
    let value = text(value)?;
    HeaderName::from_bytes(name.as_bytes()).ok()?;
    HeaderValue::from_str(&value).or_else(|_| HeaderValue::from_bytes(value.as_bytes())).ok()?;
    headers.push(name, value);
    Some(())
}

/// Scalars are sent as their text: `true` is recorded on AWS.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status_of(payload: &str) -> Option<u16> {
        parse(payload.as_bytes()).map(|result| result.status)
    }

    /// Most of it recorded on AWS, the rest from the guide ("output format of a Lambda function").
    #[test]
    fn malformed_results_are_told_from_answers() {
        for (payload, expected) in [
            ("{}", Some(200)),
            (r#"{"statusCode":null}"#, Some(200)),
            (r#"{"statusCode":"201"}"#, Some(201)),
            (
                r#"{"statusCode":204,"headers":null,"multiValueHeaders":null,"body":null}"#,
                Some(204),
            ),
            (r#"{"headers":{"a":true,"b":1,"c":null}}"#, Some(200)),
            (r#"{"statusCode":"abc"}"#, None),
            (r#"{"statusCode":true}"#, None),
            (r#"{"statusCode":99}"#, None),
            (r#"{"statusCode":100}"#, None),
            (r#"{"statusCode":600}"#, None),
            (r#"{"statusCode":-1}"#, None),
            (r#"{"statusCode":200,"wrongValue":"value"}"#, None),
            (r#"{"body":{"a":1}}"#, None),
            (r#"{"body":1}"#, None),
            (r#"{"multiValueHeaders":{"a":"b"}}"#, None),
            (r#"{"headers":{"a":["b"]}}"#, None),
            (r#"{"headers":{"a":"b\r\nc: d"}}"#, None),
            (r#"{"headers":{"a b":"c"}}"#, None),
            (r#"{"headers":{"":"c"}}"#, None),
            (r#"{"headers":[]}"#, None),
            (r#"{"isBase64Encoded":"yes"}"#, None),
            (r#""text""#, None),
            ("null", None),
            ("[]", None),
            ("", None),
            ("{", None),
        ] {
            assert_eq!(status_of(payload), expected, "{payload}");
        }
    }

    #[test]
    fn of_a_malformed_result_the_start_is_shown() {
        assert_eq!(start(b"[1]\xff"), "[1]\u{fffd}");
        assert_eq!(start(&vec![b'x'; 6 << 20]).len(), SHOWN);
    }

    #[test]
    fn both_header_maps_are_merged_in_the_multi_maps_letter_case() {
        let payload = br#"{"multiValueHeaders":{"tesT-Multi":["a","b"]},"headers":{"test-multi":"c","x":"y"}}"#;
        let headers = parse(payload).unwrap().headers;
        let fields: Vec<_> = headers.iter().collect();
        assert_eq!(
            fields,
            [("tesT-Multi", "a"), ("tesT-Multi", "b"), ("tesT-Multi", "c"), ("x", "y")]
        );
    }

    #[test]
    fn a_pair_in_both_maps_is_sent_once() {
        let payload = br#"{"multiValueHeaders":{"a":["1"]},"headers":{"A":"1"}}"#;
        let headers = parse(payload).unwrap().headers;
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "1")]);
    }

    fn any_member() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (100_u16..650).prop_map(Value::from),
            "[ -~é\n]{0,8}".prop_map(Value::from),
        ];
        scalar.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(("[A-Za-z -]{0,6}", inner), 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_result_panics_and_what_is_taken_can_be_sent(
            members in prop::collection::vec((prop::sample::select(KEYS), any_member()), 0..5),
        ) {
            let result: Map<String, Value> =
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            if let Some(result) = parse(Value::Object(result).to_string().as_bytes()) {
                prop_assert!((200..600).contains(&result.status));
                for (name, value) in result.headers.iter() {
                    prop_assert!(HeaderName::from_bytes(name.as_bytes()).is_ok(), "{name}");
                    prop_assert!(HeaderValue::from_bytes(value.as_bytes()).is_ok(), "{value}");
                }
            }
        }

        #[test]
        fn no_bytes_panic(payload in prop::collection::vec(any::<u8>(), 0..64)) {
            parse(&payload);
        }
    }
}
