//! `$util`: escaping and encoding (guide, "mapping template reference").

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::input::lenient_json;
use super::limits::Budget;
use super::print::to_text;
use super::value::{Fault, Heap, Value};
use crate::query::hex_pair;

/// `$util.<method>(argument)`; a missing argument value gives an empty text.
pub(super) fn call(
    heap: &mut Heap,
    budget: &mut Budget,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Fault> {
    let [argument] = arguments else { return Ok(Value::Null) };
    let text = to_text(heap, budget, argument)?;
    let result = match method {
        "escapeJavaScript" => escape_javascript(&text),
        "urlEncode" => url_encode(&text),
        "urlDecode" => url_decode(&text)?,
        "base64Encode" => STANDARD.encode(&text),
        "base64Decode" => {
            let bytes = STANDARD.decode(text.trim()).map_err(|error| {
                Fault(format!("`$util.base64Decode`: this is not base64: {error}"))
            })?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        "parseJson" => return heap.take_json(&lenient_json(&text), budget),
        _ => return Ok(Value::Null),
    };
    budget.bytes(result.len())?;
    Ok(Value::text(result))
}

/// As `StringEscapeUtils.escapeJavaScript` does it: `'` becomes `\'`, which is not valid JSON
/// (the guide advises `.replaceAll("\\'","'")`); what is not ASCII becomes `\uXXXX`.
fn escape_javascript(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(b'\'') => out.push_str("\\'"),
            Ok(b'"') => out.push_str("\\\""),
            Ok(b'\\') => out.push_str("\\\\"),
            Ok(b'/') => out.push_str("\\/"),
            Ok(b'\n') => out.push_str("\\n"),
            Ok(b'\r') => out.push_str("\\r"),
            Ok(b'\t') => out.push_str("\\t"),
            Ok(0x08) => out.push_str("\\b"),
            Ok(0x0c) => out.push_str("\\f"),
            Ok(byte @ 0x20..=0x7f) => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => _ = write!(out, "\\u{unit:04X}"),
        }
    }
    out
}

/// As `java.net.URLEncoder`: form style, a blank becomes `+`.
fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            // Writing to a String cannot fail.
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}

fn url_decode(text: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let byte = tail.get(..2).and_then(hex_pair).ok_or_else(|| {
                    Fault("`$util.urlDecode`: `%` is not followed by two hex digits".to_owned())
                })?;
                bytes.push(byte);
                rest = &tail[2..];
            }
            other => bytes.push(*other),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_is_escaped_as_apache_commons_does() {
        assert_eq!(
            escape_javascript("it's \"a\" \\ \n\u{e9}\u{1}"),
            "it\\'s \\\"a\\\" \\\\ \\n\\u00E9\\u0001"
        );
    }

    #[test]
    fn urls_are_encoded_as_forms_are() {
        assert_eq!(url_encode(r#"{"some": "value"}"#), "%7B%22some%22%3A+%22value%22%7D");
        assert_eq!(url_decode("a+b%3D%C3%A9").unwrap(), "a b=é");
        assert!(url_decode("%4").is_err());
        assert!(url_decode("%+4").is_err());
        assert!(url_decode("%é").is_err());
    }
}
