//! Content handling: bodies between text and bytes, on their way to the backend and back.
//!
//! The two tables of the guide ("content type conversions"), each row of which is recorded on AWS
//! with S3 as the backend. A payload is binary if its media type is among the document's binary
//! media types; any other is text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use openapi::model::ContentHandling;

use crate::refusal::Refusal;

/// What becomes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// Text stays text. What is not UTF-8 becomes replacement characters.
    KeepText,
    /// Text is base64 and becomes the bytes it stands for.
    Decode,
    /// Bytes become base64 text.
    Encode,
    /// Bytes stay as they are.
    KeepBytes,
}

impl Conversion {
    /// On the way to the backend: the payload is binary by the request's `Content-Type`,
    /// `handling` is the integration's.
    pub(super) const fn of_request(is_binary: bool, handling: Option<ContentHandling>) -> Self {
        match (is_binary, handling) {
            (false, None | Some(ContentHandling::ConvertToText)) => Self::KeepText,
            (false, Some(ContentHandling::ConvertToBinary)) => Self::Decode,
            (true, None | Some(ContentHandling::ConvertToBinary)) => Self::KeepBytes,
            (true, Some(ContentHandling::ConvertToText)) => Self::Encode,
        }
    }

    /// On the way to the client: the payload is binary by the backend's `Content-Type`, the
    /// client takes bytes by the first media type it accepts, `handling` is the integration
    /// response's.
    pub(super) const fn of_response(
        is_binary: bool,
        accepts_binary: bool,
        handling: Option<ContentHandling>,
    ) -> Self {
        let wants_bytes = match handling {
            Some(ContentHandling::ConvertToBinary) => true,
            Some(ContentHandling::ConvertToText) => false,
            None => accepts_binary,
        };
        match (is_binary, wants_bytes) {
            (false, false) => Self::KeepText,
            (false, true) => Self::Decode,
            (true, false) => Self::Encode,
            (true, true) => Self::KeepBytes,
        }
    }

    /// A body no template applies to.
    ///
    /// # Errors
    /// Status 500 if a body that is to be decoded is not base64.
    pub(super) fn apply(self, body: Bytes) -> Result<Bytes, Refusal> {
        match self {
            Self::KeepBytes => Ok(body),
            Self::KeepText if std::str::from_utf8(&body).is_ok() => Ok(body),
            Self::KeepText => Ok(String::from_utf8_lossy(&body).into_owned().into()),
            Self::Encode => Ok(STANDARD.encode(&body).into()),
            Self::Decode => decode(&body),
        }
    }

    /// The body of a request as a template sees it: text, or base64 of bytes that are to become
    /// text.
    ///
    /// # Errors
    /// Status 500 if it is bytes when the template's turn comes (recorded on AWS). No body at all
    /// is no bytes.
    pub(super) fn request_input(self, body: &[u8]) -> Result<String, Refusal> {
        match self {
            Self::KeepText => Ok(String::from_utf8_lossy(body).into_owned()),
            Self::Encode => Ok(STANDARD.encode(body)),
            Self::Decode | Self::KeepBytes if body.is_empty() => Ok(String::new()),
            Self::Decode | Self::KeepBytes => Err(bytes_in_template()),
        }
    }

    /// The body of an answer as a template sees it. Text that is to be decoded is decoded behind
    /// the template.
    ///
    /// # Errors
    /// Status 500 if it is bytes.
    pub(super) fn response_input(self, body: &[u8]) -> Result<String, Refusal> {
        match self {
            Self::KeepText | Self::Decode => Ok(String::from_utf8_lossy(body).into_owned()),
            Self::Encode => Ok(STANDARD.encode(body)),
            Self::KeepBytes if body.is_empty() => Ok(String::new()),
            Self::KeepBytes => Err(bytes_in_template()),
        }
    }

    /// The body that a template made of [`Self::response_input`].
    ///
    /// # Errors
    /// Status 500 if text that is to be decoded is not base64.
    pub(super) fn response_output(self, text: String) -> Result<Bytes, Refusal> {
        match self {
            Self::Decode => decode(text.as_bytes()),
            Self::KeepText | Self::Encode | Self::KeepBytes => Ok(text.into()),
        }
    }
}

fn bytes_in_template() -> Refusal {
    tracing::warn!(
        "a mapping template applies to bytes, which it cannot see; CONVERT_TO_TEXT makes them base64"
    );
    Refusal::configuration_error()
}

/// The bytes that base64 stands for. A function that returns base64 returns it as a string of JSON,
/// in quotation marks (AWS's blog, "Binary Support for API Integrations").
fn decode(text: &[u8]) -> Result<Bytes, Refusal> {
    let quoted = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    let text = quoted.unwrap_or(text);
    STANDARD.decode(text).map(Bytes::from).map_err(|_| {
        tracing::warn!("a body that is to become bytes is not base64");
        Refusal::configuration_error()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO_BINARY: Option<ContentHandling> = Some(ContentHandling::ConvertToBinary);
    const TO_TEXT: Option<ContentHandling> = Some(ContentHandling::ConvertToText);

    /// `\xFF` is no UTF-8, `/w==` its base64.
    fn applied(conversion: Conversion, body: &'static [u8]) -> Option<Bytes> {
        conversion.apply(Bytes::from_static(body)).ok()
    }

    /// The guide's table. "List undefined" is a payload that is not binary.
    #[test]
    fn requests_follow_the_guides_table() {
        for (is_binary, handling, body, expected) in [
            (false, None, &b"text"[..], Some(&b"text"[..])),
            (false, None, b"\xFF", Some("\u{FFFD}".as_bytes())),
            (false, TO_BINARY, b"/w==", Some(b"\xFF")),
            (false, TO_BINARY, b"\"/w==\"", Some(b"\xFF")),
            (false, TO_BINARY, b"this is text", None),
            (false, TO_BINARY, b"\xFF", None),
            (false, TO_TEXT, b"text", Some(b"text")),
            (false, TO_TEXT, b"\xFF", Some("\u{FFFD}".as_bytes())),
            (true, None, b"\xFF", Some(b"\xFF")),
            (true, TO_BINARY, b"\xFF", Some(b"\xFF")),
            (true, TO_BINARY, b"/w==", Some(b"/w==")),
            (true, TO_TEXT, b"\xFF", Some(b"/w==")),
            (true, TO_TEXT, b"text", Some(b"dGV4dA==")),
        ] {
            let conversion = Conversion::of_request(is_binary, handling);
            let expected = expected.map(Bytes::from_static);
            assert_eq!(applied(conversion, body), expected, "{is_binary} {handling:?} {body:?}");
        }
    }

    #[test]
    fn responses_follow_the_guides_table() {
        use Conversion::{Decode, Encode, KeepBytes, KeepText};
        for (is_binary, accepts_binary, handling, expected) in [
            (false, false, None, KeepText),
            (false, false, TO_BINARY, Decode),
            (false, false, TO_TEXT, KeepText),
            (false, true, None, Decode),
            (false, true, TO_BINARY, Decode),
            (false, true, TO_TEXT, KeepText),
            (true, false, None, Encode),
            (true, false, TO_BINARY, KeepBytes),
            (true, false, TO_TEXT, Encode),
            (true, true, None, KeepBytes),
            (true, true, TO_BINARY, KeepBytes),
            (true, true, TO_TEXT, Encode),
        ] {
            assert_eq!(
                Conversion::of_response(is_binary, accepts_binary, handling),
                expected,
                "{is_binary} {accepts_binary} {handling:?}"
            );
        }
    }

    #[test]
    fn templates_see_text_only() {
        for (conversion, body, request, response) in [
            (Conversion::KeepText, &b"a"[..], Some("a"), Some("a")),
            (Conversion::Encode, b"\xFF", Some("/w=="), Some("/w==")),
            (Conversion::Decode, b"/w==", None, Some("/w==")),
            (Conversion::KeepBytes, b"\xFF", None, None),
            (Conversion::KeepBytes, b"", Some(""), Some("")),
        ] {
            assert_eq!(conversion.request_input(body).ok().as_deref(), request, "{conversion:?}");
            assert_eq!(conversion.response_input(body).ok().as_deref(), response, "{conversion:?}");
        }
    }

    #[test]
    fn what_a_template_makes_of_text_is_decoded_where_bytes_are_wanted() {
        let output = |conversion: Conversion, text: &str| conversion.response_output(text.into());
        assert_eq!(output(Conversion::Decode, "/w==").unwrap(), &b"\xFF"[..]);
        assert_eq!(output(Conversion::Decode, "no base64").unwrap_err().status, 500);
        assert_eq!(output(Conversion::Encode, "/w==").unwrap(), "/w==");
    }
}
