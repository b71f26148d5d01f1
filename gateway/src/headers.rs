//! Header fields as the client wrote them: order, repetition and letter case kept.

use std::borrow::Cow;

use http::HeaderMap;

/// Fields in the order they were sent. Names keep the sender's letter case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No fields yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field behind the others.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Replaces every field of this name, whatever its letter case, or adds one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.retain(|known, _| !known.eq_ignore_ascii_case(&name));
        self.push(name, value);
    }

    /// Keeps the fields that a test of name and value is true for.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str, &str) -> bool) {
        self.0.retain(|(name, value)| keeps(name, value));
    }

    /// Takes every field of a name away, whatever its letter case; their values, joined by commas.
    pub(crate) fn remove(&mut self, name: &str) -> Option<String> {
        let is_named = |(key, _): &mut (String, String)| key.eq_ignore_ascii_case(name);
        let values: Vec<String> = self.0.extract_if(.., is_named).map(|(_, value)| value).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// The last value of a field, whatever the letter case of its name: API Gateway lets the last
    /// of repeated fields win wherever it has room for one only.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter().rev();
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value of a field, whatever the letter case of its name.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a field whose name has exactly this letter case: API Gateway's mapping
    /// expressions are case-sensitive (guide, "known issues").
    pub fn get_all_exact<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every field in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The media type of `Content-Type`, without parameters, lower case; `application/json` when
    /// the field is missing, as API Gateway assumes for templates and models.
    pub fn media_type(&self) -> String {
        essence(self.get("content-type").unwrap_or_default())
    }
}

/// The fields as hyper has them: names in lower case.
impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        map.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(fields: T) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl IntoIterator for Headers {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The bytes of a field on the wire as text: UTF-8 if they are, else ISO 8859-1.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// A media type without its parameters, lower case; `application/json` if there is none.
pub(crate) fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.is_empty() { "application/json".to_owned() } else { essence.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_repeated_fields_wins_and_all_survive() {
        let headers: Headers = [("X-A", "1"), ("x-b", "2"), ("x-a", "3")].into_iter().collect();
        assert_eq!(headers.get("X-a"), Some("3"));
        assert_eq!(headers.get_all("x-a").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(headers.get_all_exact("x-a").collect::<Vec<_>>(), ["3"]);
    }

    #[test]
    fn a_field_is_set_whatever_the_letter_case_of_its_name() {
        let mut headers: Headers = [("X-A", "1"), ("x-a", "2"), ("b", "3")].into_iter().collect();
        headers.set("x-A", "4");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("b", "3"), ("x-A", "4")]);
    }

    #[test]
    fn media_type_ignores_parameters_and_defaults_to_json() {
        let headers: Headers =
            [("content-type", "Text/Plain; charset=utf-8")].into_iter().collect();
        assert_eq!(headers.media_type(), "text/plain");
        assert_eq!(Headers::new().media_type(), "application/json");
    }
}
