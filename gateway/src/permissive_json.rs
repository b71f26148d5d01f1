//! JSON as API Gateway reads it: with json-smart in permissive mode, which stands behind its JSONPath.
//!
//! Names and texts need no quotes, single quotes do as well, commas may be left over, and what follows
//! the value is ignored. So `{statusCode: 200}` is an object, as CDK's preflight mocks rely on, and
//! form data is a text, as templates with `$input.path('$').split('&')` do. What is unfinished is an
//! error.

use serde_json::{Map, Number, Value};

/// How deep values may nest; the limit of `serde_json`.
const MAX_DEPTH: usize = 127;

/// Reads `text`; `None` if it is unfinished, out of order or nested too deeply.
pub(crate) fn parse(text: &str) -> Option<Value> {
    if let Ok(strict) = serde_json::from_str(text) {
        return Some(strict);
    }
    Reader { rest: text, depth: 0 }.value(&[])
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// A value; one without quotes ends before any of `stops`.
    fn value(&mut self, stops: &[char]) -> Option<Value> {
        self.blanks();
        match self.rest.chars().next()? {
            '{' => self.nested(Self::object),
            '[' => self.nested(Self::array),
            quote @ ('"' | '\'') => self.quoted(quote).map(Value::String),
            ':' | '}' | ']' => None,
            _ => Some(scalar(self.unquoted(stops))),
        }
    }

    fn object(&mut self) -> Option<Value> {
        let mut members = Map::new();
        loop {
            self.blanks_and_commas();
            match self.rest.chars().next()? {
                '}' => {
                    self.skip(1);
                    return Some(Value::Object(members));
                }
                ':' | ']' | '[' | '{' => return None,
                _ => {}
            }
            let name = match self.rest.chars().next()? {
                quote @ ('"' | '\'') => self.quoted(quote)?,
                _ => self.unquoted(&[':']).to_owned(),
            };
            self.blanks();
            self.rest = self.rest.strip_prefix(':')?;
            let value = self.value(&[',', '}'])?;
            members.insert(name, value);
            self.blanks();
            if !self.rest.starts_with([',', '}']) {
                return None;
            }
        }
    }

    fn array(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        loop {
            self.blanks_and_commas();
            if self.rest.starts_with(']') {
                self.skip(1);
                return Some(Value::Array(items));
            }
            items.push(self.value(&[',', ']'])?);
            self.blanks();
            if !self.rest.starts_with([',', ']']) {
                return None;
            }
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<Value>) -> Option<Value> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.skip(1);
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// The text between two quotes, with its escapes resolved.
    fn quoted(&mut self, quote: char) -> Option<String> {
        self.skip(1);
        let mut text = String::new();
        loop {
            let end = self.rest.find([quote, '\\'])?;
            text.push_str(&self.rest[..end]);
            self.skip(end);
            if self.rest.starts_with(quote) {
                self.skip(1);
                return Some(text);
            }
            self.skip(1);
            let escaped = self.rest.chars().next()?;
            self.skip(escaped.len_utf8());
            match escaped {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'u' => {
                    let digits = self.rest.get(..4)?;
                    let unit = u32::from_str_radix(digits, 16).ok()?;
                    text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                    self.skip(4);
                }
                other => text.push(other),
            }
        }
    }

    fn unquoted(&mut self, stops: &[char]) -> &'t str {
        let (text, rest) = self.rest.split_at(self.rest.find(stops).unwrap_or(self.rest.len()));
        self.rest = rest;
        text.trim_end()
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn blanks_and_commas(&mut self) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }
}

/// What a word without quotes is: a number, `true`, `false`, `null`, or a text.
fn scalar(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => number(word),
        _ => Value::from(word),
    }
}

/// A number, which may start with zeros and end with its full stop.
fn number(word: &str) -> Value {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    if !word.chars().all(is_part) {
        return Value::from(word);
    }
    let whole = word.parse().ok().and_then(Number::from_i128);
    let number = whole.or_else(|| word.parse().ok().and_then(Number::from_f64));
    number.map_or_else(|| Value::from(word), Value::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_nearly_json_is_read() {
        for (text, expected) in [
            (r#"{"a": [1, 2.5]}"#, json!({"a": [1, 2.5]})),
            ("{a: 200}", json!({"a": 200})),
            ("{'a' : 'it' , }", json!({"a": "it"})),
            ("{a: 200,super{ f}oo: [ba r]}", json!({"a": 200, "super{ f}oo": ["ba r"]})),
            ("{a: 200, }foo: ''}", json!({"a": 200})),
            ("{a: 1 ,, b: x y , '': ''}", json!({"a": 1, "b": "x y", "": ""})),
            ("{a: 1} trailing", json!({"a": 1})),
            (
                "[a, 'b', 007, 1., -2, 12 m, null, true]",
                json!(["a", "b", 7, 1.0, -2, "12 m", null, true]),
            ),
            (r#"['\u0041\n\'']"#, json!(["A\n'"])),
            ("a=1&b=2", json!("a=1&b=2")),
            ("12 Main Street", json!("12 Main Street")),
            ("<a>b</a>", json!("<a>b</a>")),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_unfinished_is_not() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            " ",
            "{\"a\": 200 ",
            "{'a: 200}",
            "{a}",
            "{a: 1",
            "[1",
            "{a: [1}",
            "'a",
            deep.as_str(),
        ] {
            assert_eq!(parse(text), None, "{}", &text[..text.len().min(20)]);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[{}\\[\\],:'\"\\\\a-cu0-9.eé -]{0,32}|.{0,32}") {
            parse(&text);
        }

        #[test]
        fn json_stays_what_it_is(text in "[a-z]{1,8}", number in any::<i64>()) {
            let value = json!({ "text": text, "number": number });
            prop_assert_eq!(parse(&value.to_string()), Some(value));
        }
    }
}
