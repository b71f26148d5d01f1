//! Parameters: where they travel and how their text is cut.

use std::borrow::Cow;

use models::validation::{Broken, Constrained, DecodeError, decode};
use serde::de::DeserializeOwned;

use super::event::ProxyRequest;

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query string.
    Query,
    /// In a header.
    Header,
    /// In the `Cookie` header.
    Cookie,
}

impl Location {
    /// The value of `in`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// What the text of a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One value.
    Single,
    /// Items, each under the parameter's name.
    Repeated,
    /// Items in one text.
    Separated(char),
    /// One JSON value.
    Json,
}

/// A declared parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub(super) location: Location,
    pub(super) name: &'static str,
    form: Form,
}

impl Parameter {
    /// A parameter in the path.
    pub const fn path(name: &'static str) -> Self {
        Self { location: Location::Path, name, form: Form::Single }
    }

    /// A parameter in the query string.
    pub const fn query(name: &'static str) -> Self {
        Self { location: Location::Query, name, form: Form::Single }
    }

    /// A header.
    pub const fn header(name: &'static str) -> Self {
        Self { location: Location::Header, name, form: Form::Single }
    }

    /// A cookie.
    pub const fn cookie(name: &'static str) -> Self {
        Self { location: Location::Cookie, name, form: Form::Single }
    }

    /// Its items repeat its name: style `form`, exploded.
    #[must_use]
    pub const fn repeated(self) -> Self {
        Self { form: Form::Repeated, ..self }
    }

    /// Its items are in one text: `,` for `simple` and `form`, a space for `spaceDelimited`,
    /// `|` for `pipeDelimited`.
    #[must_use]
    pub const fn separated(self, by: char) -> Self {
        Self { form: Form::Separated(by), ..self }
    }

    /// It is declared by `content`: its text is JSON.
    #[must_use]
    pub const fn json(self) -> Self {
        Self { form: Form::Json, ..self }
    }

    pub(super) const fn is_json(self) -> bool {
        matches!(self.form, Form::Json)
    }

    /// Its texts in the event, cut into items; `None` if it is not there.
    pub(super) fn texts<'a>(self, event: &'a ProxyRequest) -> Result<Option<Texts<'a>>, Broken> {
        let whole: Vec<&str> = match self.location {
            Location::Path => event.path_parameter(self.name).into_iter().collect(),
            Location::Query => event.query(self.name).collect(),
            Location::Header => event.header(self.name).map(str::trim).collect(),
            Location::Cookie => event.cookie(self.name).collect(),
        };
        if whole.is_empty() {
            return Ok(None);
        }
        let cut = match self.form {
            // RFC 9110, section 5.3: a header sent in several lines is one list.
            Form::Single | Form::Json if self.location == Location::Header && whole.len() > 1 => {
                return Ok(Some(Texts(vec![Cow::Owned(whole.join(", "))])));
            }
            Form::Single | Form::Json | Form::Repeated => whole,
            // An empty list is written as an empty text (OpenAPI 3.0, style examples).
            Form::Separated(_) if whole.iter().all(|text| text.is_empty()) => Vec::new(),
            Form::Separated(by) => whole
                .into_iter()
                .flat_map(|text| text.split(by))
                .map(|item| if self.location == Location::Header { item.trim() } else { item })
                .collect(),
        };
        let texts = cut.into_iter().map(|text| match self.location {
            // API Gateway leaves path values as sent; items are cut first, so that an encoded
            // separator belongs to its item.
            Location::Path => percent_decode(text),
            _ => Ok(Cow::Borrowed(text)),
        });
        Ok(Some(Texts(texts.collect::<Result<_, _>>()?)))
    }
}

/// The texts of a parameter, one for each item.
#[derive(Debug)]
pub(super) struct Texts<'a>(Vec<Cow<'a, str>>);

impl Texts<'_> {
    pub(super) fn as_strs(&self) -> Vec<&str> {
        self.0.iter().map(AsRef::as_ref).collect()
    }

    /// The text as JSON.
    pub(super) fn json<T: DeserializeOwned + Constrained>(&self) -> Result<T, Vec<Broken>> {
        let [text] = self.0.as_slice() else {
            return Err(vec![Broken::whole("is given more than once")]);
        };
        decode(text.as_bytes()).map_err(|error| match error {
            DecodeError::Broken(broken) => broken,
            DecodeError::Syntax { message, .. } => {
                vec![Broken::whole(format!("is not JSON: {message}"))]
            }
        })
    }
}

/// The text with `%XX` decoded.
fn percent_decode(text: &str) -> Result<Cow<'_, str>, Broken> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let broken = || Broken::whole("is not percent-encoded UTF-8");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.and_then(hex));
                let [Some(high), Some(low)] = digits else { return Err(broken()) };
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| broken())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn texts(parameter: Parameter, mut fields: Value) -> Option<Vec<String>> {
        fields["httpMethod"] = json!("GET");
        fields["resource"] = json!("/");
        let event = serde_json::from_value(fields).unwrap();
        let texts = parameter.texts(&event).unwrap()?;
        Some(texts.as_strs().into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn path_values_are_percent_decoded_after_they_are_cut() {
        let path = json!({"pathParameters": {"ids": "a%2Cb,c%20d,%C3%AB+"}});
        let parameter = Parameter::path("ids").separated(',');
        assert_eq!(texts(parameter, path).unwrap(), ["a,b", "c d", "ë+"]);
    }

    #[test]
    fn broken_percent_encoding_is_refused() {
        for text in ["%", "%a", "%zz", "%+1", "%ff", "a%C3"] {
            assert!(percent_decode(text).is_err(), "{text}");
        }
        assert_eq!(percent_decode("100%25").unwrap(), "100%");
    }

    #[test]
    fn items_are_cut_by_style() {
        let query = |values: &[&str]| json!({"multiValueQueryStringParameters": {"q": values}});
        let q = Parameter::query("q");
        assert_eq!(texts(q.repeated(), query(&["a,b", "c"])).unwrap(), ["a,b", "c"]);
        assert_eq!(texts(q.separated(','), query(&["a,b", "c"])).unwrap(), ["a", "b", "c"]);
        assert_eq!(texts(q.separated('|'), query(&["a|b"])).unwrap(), ["a", "b"]);
        assert_eq!(texts(q.separated(' '), query(&["a b"])).unwrap(), ["a", "b"]);
        assert_eq!(texts(q.separated(','), query(&[""])).unwrap(), Vec::<String>::new());
        assert_eq!(texts(q, json!({})), None);
    }

    #[test]
    fn a_repeated_header_is_one_list() {
        let headers = json!({"multiValueHeaders": {"X-List": ["a, b ", "c"]}});
        let header = Parameter::header("x-list");
        assert_eq!(texts(header.separated(','), headers.clone()).unwrap(), ["a", "b", "c"]);
        assert_eq!(texts(header, headers).unwrap(), ["a, b, c"]);
    }

    #[test]
    fn parameters_declared_by_content_are_json() {
        let texts = Texts(vec![Cow::Borrowed("[1,2]")]);
        assert_eq!(texts.json::<Vec<i32>>(), Ok(vec![1, 2]));
        let texts = Texts(vec![Cow::Borrowed("[1,")]);
        assert!(texts.json::<Vec<i32>>().unwrap_err()[0].detail.starts_with("is not JSON: "));
    }
}
