//! Query strings and other maps from a name to several values.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

/// Names with all their values, in the order of first sight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct MultiMap(pub(crate) IndexMap<String, Vec<String>>);

impl MultiMap {
    /// Decodes a query string as API Gateway does for functions: `&` and `;` separate, `+` is a
    /// space, `%XX` a byte, and what is not UTF-8 becomes a replacement character. A `%` that no
    /// two hex digits follow stays as it is.
    pub(crate) fn parse_query(query: Option<&str>) -> Self {
        let mut map = Self::default();
        let pieces = query.unwrap_or_default().split(['&', ';']);
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            map.push(decode(name), decode(value));
        }
        map
    }

    /// Adds a value behind those the name has already.
    pub(crate) fn push(&mut self, name: String, value: String) {
        self.0.entry(name).or_default().push(value);
    }

    /// Every value of a name.
    pub(crate) fn get_all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every value with its name.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| {
            values.iter().map(move |value| (name.as_str(), value.as_str()))
        })
    }

    /// `None` if there is nothing in it.
    pub(crate) fn non_empty(&self) -> Option<&Self> {
        (!self.0.is_empty()).then_some(self)
    }
}

/// A [`MultiMap`] seen through its last values: the single-value maps of a proxy event.
#[derive(Debug)]
pub(crate) struct LastValues<'a>(pub(crate) &'a MultiMap);

impl Serialize for LastValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.0.iter().map(|(name, values)| (name, values.last())))
    }
}

/// Decodes `%XX`; what is not UTF-8 becomes a replacement character.
pub(crate) fn percent_decode(text: &str) -> String {
    decode_bytes(text, false)
}

fn decode(text: &str) -> String {
    decode_bytes(text, true)
}

fn decode_bytes(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let escaped = match byte {
            b'%' => bytes.get(index + 1..index + 3).and_then(hex_pair),
            _ => None,
        };
        decoded.push(match (byte, escaped) {
            (b'+', _) if plus_is_space => b' ',
            (_, Some(escaped)) => escaped,
            (byte, None) => byte,
        });
        index += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The byte that two hex digits write.
pub(crate) fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> String {
        serde_json::to_string(&MultiMap::parse_query(Some(query))).unwrap()
    }

    #[test]
    fn plus_is_a_space_and_percent_2b_a_plus() {
        assert_eq!(parse("a=1+2%2B3&b%20c=%C3%A9"), r#"{"a":["1 2+3"],"b c":["é"]}"#);
    }

    #[test]
    fn repeated_names_keep_every_value_and_the_last_wins() {
        let map = MultiMap::parse_query(Some("a=1&b=&a=2;a=3&c"));
        assert_eq!(
            serde_json::to_string(&map).unwrap(),
            r#"{"a":["1","2","3"],"b":[""],"c":[""]}"#
        );
        assert_eq!(serde_json::to_string(&LastValues(&map)).unwrap(), r#"{"a":"3","b":"","c":""}"#);
    }

    #[test]
    fn broken_escapes_and_bytes_that_are_not_utf8_do_no_harm() {
        assert_eq!(parse("a=%&b=%2&c=%zz&d=%ff&e=%2x%"), {
            "{\"a\":[\"%\"],\"b\":[\"%2\"],\"c\":[\"%zz\"],\"d\":[\"\u{fffd}\"],\"e\":[\"%2x%\"]}"
        });
    }

    proptest::proptest! {
        #[test]
        fn an_encoded_value_comes_back(value: String) {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let query = MultiMap::parse_query(Some(&format!("a={encoded}")));
            proptest::prop_assert_eq!(query.get_all("a"), [value.clone()]);
            proptest::prop_assert_eq!(percent_decode(&encoded), value);
        }

        #[test]
        fn no_query_panics(query in "[%&;=+a-f0-9é]{0,30}|\\PC*") {
            MultiMap::parse_query(Some(&query));
        }
    }

    #[test]
    fn no_query_is_an_empty_map() {
        assert!(MultiMap::parse_query(None).non_empty().is_none());
        assert!(MultiMap::parse_query(Some("&&")).non_empty().is_none());
    }
}
