//! Fields of a form or of a query string (WHATWG URL, `application/x-www-form-urlencoded`).

use percent_encoding::percent_decode_str;

/// Names and values in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(decoded).collect())
    }

    /// The first value of this name that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, value)| key == name && !value.is_empty());
        values.next().map(|(_, value)| value.as_str())
    }
}

fn decoded((name, value): (&str, &str)) -> (String, String) {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    (decode(name), decode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded() {
        let fields = Fields::parse("a=1+2&&b=%C3%A4%2B&c&a=3&d=");
        let values = ["a", "b", "c", "d", "e"].map(|name| fields.get(name));
        assert_eq!(values, [Some("1 2"), Some("ä+"), None, None, None]);
    }
}
