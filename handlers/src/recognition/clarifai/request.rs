//! What Clarifai is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::HeaderValue;
use models::value::Secret;

use crate::recognition::picture::Picture;

/// Around the picture; base64 has no character that JSON would have escaped. The model belongs to
/// Clarifai itself. What the answer is limited to is what is kept.
const BEFORE: &str = concat!(
    r#"{"user_app_id":{"user_id":"clarifai","app_id":"main"},"#,
    r#""model":{"output_info":{"output_config":{"max_concepts":50,"min_value":0.9}}},"#,
    r#""inputs":[{"data":{"image":{"base64":""#
);
const AFTER: &str = r#""}}}]}"#;

/// The body: the picture itself, a third longer than it is.
pub(super) fn body(picture: &Picture) -> Bytes {
    let bytes = picture.bytes();
    let size = BEFORE.len() + bytes.len().div_ceil(3) * 4 + AFTER.len();
    let mut body = String::with_capacity(size);
    body.push_str(BEFORE);
    STANDARD.encode_string(bytes, &mut body);
    body.push_str(AFTER);
    Bytes::from(body)
}

/// `Key ...`. None, if no header can hold the key.
pub(super) fn authorization(key: &Secret) -> Option<HeaderValue> {
    let key = key.expose().trim();
    let mut value = HeaderValue::from_str(&format!("Key {key}")).ok()?;
    value.set_sensitive(true);
    (!key.is_empty()).then_some(value)
}
