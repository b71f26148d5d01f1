//! JSON text to a value, with what a plain parser passes over: members that are given twice.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::pointer::push;
use super::{Broken, DecodeError};

/// The value, and a violation for each member that is given twice.
pub(super) fn parse(json: &[u8]) -> Result<(Value, Vec<Broken>), DecodeError> {
    let log = RefCell::new(Log::default());
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = Node(&log).deserialize(&mut deserializer).map_err(|error| syntax(&error))?;
    deserializer.end().map_err(|error| syntax(&error))?;
    Ok((value, log.into_inner().duplicates))
}

fn syntax(error: &serde_json::Error) -> DecodeError {
    let text = error.to_string();
    let message = match text.rsplit_once(" at line ") {
        Some((message, _)) => message,
        None => &text,
    };
    let message = match message {
        "recursion limit exceeded" => "is nested deeper than 127 levels",
        "number out of range" => "has a number beyond the range of a double",
        message if message.starts_with("EOF") => "ends too early",
        message => message,
    };
    DecodeError::Syntax { line: error.line(), column: error.column(), message: message.to_owned() }
}

#[derive(Default)]
struct Log {
    pointer: String,
    duplicates: Vec<Broken>,
}

/// One value of the text on its way to a [`Value`].
#[derive(Clone, Copy)]
struct Node<'a>(&'a RefCell<Log>);

impl Node<'_> {
    /// Runs `read` with the pointer one level deeper.
    fn inside<T>(self, token: &str, read: impl FnOnce() -> T) -> T {
        let length = self.0.borrow().pointer.len();
        push(&mut self.0.borrow_mut().pointer, token);
        let result = read();
        self.0.borrow_mut().pointer.truncate(length);
        result
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let index = values.len().to_string();
            match self.inside(&index, || items.next_element_seed(self))? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = self.inside(&name, || members.next_value_seed(self))?;
            if map.contains_key(&name) {
                let mut log = self.0.borrow_mut();
                let mut pointer = log.pointer.clone();
                push(&mut pointer, &name);
                log.duplicates.push(Broken { pointer, detail: "is given twice".to_owned() });
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syntax_error(json: &str) -> (usize, String) {
        match parse(json.as_bytes()) {
            Err(DecodeError::Syntax { line, message, .. }) => (line, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_member_given_twice_is_a_violation_with_its_pointer() {
        let (_, broken) = parse(br#"{"a":[{"x/y":1,"x/y":2}]}"#).unwrap();
        assert_eq!(broken.len(), 1);
        assert_eq!(broken[0].to_string(), "/a/0/x~1y is given twice");
    }

    #[test]
    fn broken_text_has_line_and_message() {
        assert_eq!(syntax_error("{\n\"a\": }"), (2, "expected value".to_owned()));
        assert_eq!(syntax_error("").1, "ends too early");
        assert_eq!(syntax_error("[1] 2").1, "trailing characters");
    }

    #[test]
    fn deep_nesting_and_huge_numbers_are_refused_clearly() {
        assert_eq!(syntax_error(&"[".repeat(5000)).1, "is nested deeper than 127 levels");
        assert_eq!(syntax_error("1e999").1, "has a number beyond the range of a double");
    }

    #[test]
    fn text_that_is_not_utf8_is_refused() {
        assert!(parse(b"\"\xff\"").is_err());
    }
}
