//! Answers of the console, and the headers that all of them have.

use askama::Template;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::Stream;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use serde_json::Value;

use super::guard::Refusal;

/// Longest body of somebody else's that is shown.
pub(super) const MAX_SHOWN: usize = 1 << 20;

/// What an answer holds, all at once or bit by bit.
pub(super) type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// An answer.
pub(super) type Answer = Response<Body>;

/// Text of this media type.
pub(super) fn text(status: StatusCode, media_type: &'static str, text: impl Into<Bytes>) -> Answer {
    let body = Full::new(text.into()).map_err(|never| match never {}).boxed_unsync();
    with(status, media_type, body)
}

/// A page. Templates that do not render are our mistake.
pub(super) fn page(template: &impl Template) -> Answer {
    match template.render() {
        Ok(page) => text(StatusCode::OK, "text/html; charset=utf-8", page),
        Err(error) => {
            tracing::error!(%error, "a page of the console does not render");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "The page does not render; the log says why.")
        }
    }
}

/// A sentence.
pub(super) fn plain(status: StatusCode, sentence: impl Into<String>) -> Answer {
    text(status, "text/plain; charset=utf-8", sentence.into())
}

/// JSON for the script.
pub(super) fn json(status: StatusCode, value: &Value) -> Answer {
    text(status, "application/json", value.to_string())
}

/// JSON with line breaks, anything else as it is; not all of it if it is long.
pub(super) fn pretty(text: &str) -> String {
    if text.len() > MAX_SHOWN {
        return text[..text.floor_char_boundary(MAX_SHOWN)].to_owned();
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) if value.is_object() || value.is_array() => format!("{value:#}"),
        _ => text.to_owned(),
    }
}

/// The way on after a form.
pub(super) fn see_other(path: &'static str) -> Answer {
    let mut answer = plain(StatusCode::SEE_OTHER, path);
    answer.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    answer
}

/// An answer that goes on.
pub(super) fn stream(
    media_type: &'static str,
    bytes: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
) -> Answer {
    with(StatusCode::OK, media_type, StreamBody::new(bytes.map_ok(Frame::data)).boxed_unsync())
}

impl From<Refusal> for Answer {
    fn from(Refusal(status, sentence): Refusal) -> Self {
        plain(status, sentence)
    }
}

fn with(status: StatusCode, media_type: &'static str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// Adds what keeps other sites out and scripts of others from running; an answer's own policy stays.
/// `storage` is where pages may send files: the embedded S3.
pub(super) fn secured(mut answer: Answer, storage: &str) -> Answer {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' {storage}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = answer.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With `no-referrer`, forms of the console itself would come from the origin `null`.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_with_line_breaks_and_long_text_cut() {
        assert_eq!(pretty(r#"{"a":1}"#), "{\n  \"a\": 1\n}");
        assert_eq!(pretty("plain"), "plain");
        assert_eq!(pretty(&"ä".repeat(MAX_SHOWN)).len(), MAX_SHOWN);
    }
}
