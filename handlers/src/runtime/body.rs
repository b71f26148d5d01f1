//! Bodies of requests: which declared media type they are of, and how they are read.

use std::borrow::Cow;

use models::validation::{Constrained, decode};
use serde::de::DeserializeOwned;

use super::encode::Content;
use super::event::ProxyRequest;
use super::problem::Refusal;

/// A body of a declared media type.
#[derive(Debug)]
pub struct Body<'a> {
    declared: usize,
    content_type: &'a str,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Body<'a> {
    /// The event's body, `None` if it has none.
    pub(super) fn of(
        event: &'a ProxyRequest,
        declared: &[&'static str],
    ) -> Result<Option<Self>, Refusal> {
        let body = event.body().map_err(|error| {
            Refusal::Malformed(format!("The body is not the base64 that was announced: {error}."))
        })?;
        let Some(bytes) = body else { return Ok(None) };
        let content_type = event.header("content-type").last().unwrap_or_default();
        match choose(declared, content_type) {
            Some(declared) => Ok(Some(Self { declared, content_type, bytes })),
            None => Err(Refusal::UnsupportedMediaType(advice(declared))),
        }
    }

    /// Which of the declared media types it is of.
    pub const fn declared(&self) -> usize {
        self.declared
    }

    /// The body as JSON of this type.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] with line and column, or [`Refusal::Invalid`] with every violation.
    pub fn json<T: DeserializeOwned + Constrained>(self) -> Result<T, Refusal> {
        decode(&self.bytes).map_err(Refusal::from)
    }

    /// The body as text.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn text(self) -> Result<String, Refusal> {
        String::from_utf8(self.bytes.into_owned()).map_err(|error| {
            let byte = error.utf8_error().valid_up_to();
            Refusal::Malformed(format!("The body is not UTF-8 from byte {byte} on."))
        })
    }

    /// The body's bytes.
    ///
    /// # Errors
    /// Never; it is a reader like the others.
    pub fn bytes(self) -> Result<Vec<u8>, Refusal> {
        Ok(self.bytes.into_owned())
    }

    /// The body's bytes with the media type that the client gave them, for `*/*` and the like.
    ///
    /// # Errors
    /// Never; it is a reader like the others.
    pub fn content(self) -> Result<Content, Refusal> {
        Ok(Content { media_type: self.content_type.to_owned(), bytes: self.bytes.into_owned() })
    }
}

fn advice(declared: &[&str]) -> String {
    match declared {
        [one] => format!("Send {one}."),
        many => format!("Send one of {}.", many.join(", ")),
    }
}

/// The declared media type that fits best: with its parameters, without, `type/*`, `*/*`.
fn choose(declared: &[&str], content_type: &str) -> Option<usize> {
    let essence = essence(content_type);
    if essence.is_empty() {
        return None;
    }
    let fit = |declared: &str| {
        let range = self::essence(declared);
        let whole = |text: &str| text.replace(' ', "").to_ascii_lowercase();
        if whole(declared) == whole(content_type) {
            Some(3)
        } else if range.eq_ignore_ascii_case(essence) {
            Some(2)
        } else if range == "*/*" {
            Some(0)
        } else {
            let kind = range.strip_suffix("/*")?;
            let (given, _) = essence.split_once('/')?;
            kind.eq_ignore_ascii_case(given).then_some(1)
        }
    };
    let fits =
        declared.iter().enumerate().filter_map(|(index, declared)| Some((fit(declared)?, index)));
    // The first of those that fit equally well.
    fits.min_by_key(|(fit, _)| std::cmp::Reverse(*fit)).map(|(_, index)| index)
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body<'a>(event: &'a ProxyRequest, declared: &[&'static str]) -> Result<Body<'a>, Refusal> {
        Ok(Body::of(event, declared)?.unwrap())
    }

    fn event(content_type: Option<&str>, text: &str) -> ProxyRequest {
        serde_json::from_value(json!({
            "httpMethod": "POST", "resource": "/", "body": text,
            "headers": {"content-type": content_type},
        }))
        .unwrap()
    }

    #[test]
    fn the_best_declared_media_type_is_chosen() {
        let declared = ["*/*", "text/*", "text/csv", "text/csv; header=absent"];
        assert_eq!(choose(&declared, "text/csv;header=absent"), Some(3));
        assert_eq!(choose(&declared, "TEXT/CSV; charset=utf-8"), Some(2));
        assert_eq!(choose(&declared, "text/plain"), Some(1));
        assert_eq!(choose(&declared, "image/png"), Some(0));
        assert_eq!(choose(&["application/json"], "application/jsonp"), None);
    }

    #[test]
    fn a_wrong_or_missing_content_type_is_415_and_names_the_declared_ones() {
        for content_type in [Some("text/plain"), Some(""), None] {
            let refusal = body(&event(content_type, "{}"), &["application/json"]).unwrap_err();
            assert_eq!(refusal, Refusal::UnsupportedMediaType("Send application/json.".to_owned()));
        }
        let refusal = body(&event(None, "{}"), &["application/json", "text/csv"]).unwrap_err();
        let advice = "Send one of application/json, text/csv.".to_owned();
        assert_eq!(refusal, Refusal::UnsupportedMediaType(advice));
    }

    #[test]
    fn syntax_errors_have_line_and_column() {
        let event = event(Some("application/json"), "{\n  \"a\": }");
        let refusal = body(&event, &["application/json"]).unwrap().json::<i64>().unwrap_err();
        let Refusal::Malformed(detail) = refusal else { panic!("{refusal:?}") };
        assert_eq!(detail, "The body is not JSON: expected value at 2:8.");
    }

    #[test]
    fn text_must_be_utf8() {
        let event: ProxyRequest = serde_json::from_value(json!({
            "httpMethod": "POST", "resource": "/", "body": "YWL/", "isBase64Encoded": true,
            "headers": {"content-type": "text/plain"},
        }))
        .unwrap();
        let refusal = body(&event, &["text/plain"]).unwrap().text().unwrap_err();
        assert_eq!(refusal, Refusal::Malformed("The body is not UTF-8 from byte 2 on.".to_owned()));
        assert_eq!(body(&event, &["*/*"]).unwrap().bytes().unwrap(), b"ab\xff");
    }

    #[test]
    fn open_media_types_keep_what_the_client_said() {
        let event = event(Some("image/png"), "x");
        let content = body(&event, &["image/*"]).unwrap().content().unwrap();
        assert_eq!(content, Content { media_type: "image/png".to_owned(), bytes: b"x".to_vec() });
    }
}
