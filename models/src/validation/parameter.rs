//! Parameters: text that becomes a value by the type its schema asks for.

use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use super::schema::Kind;
use super::{Broken, Constrained, Schema, decode_value};

/// Reads a parameter from its texts: one for a single value, one for each item of an array. How
/// the texts are cut (repeated names, commas, pipes) is for the caller, who knows the style.
///
/// # Errors
/// Every violation; pointers are inside the parameter, empty for the parameter itself.
pub fn decode_parameter<T>(texts: &[&str]) -> Result<T, Vec<Broken>>
where
    T: DeserializeOwned + Constrained,
{
    let schema = T::schema();
    let value = match (items(schema, 0), texts) {
        (Some(items), texts) => {
            Value::Array(texts.iter().map(|text| coerce(items, text, 0)).collect())
        }
        (None, [text]) => coerce(schema, text, 0),
        (None, []) => return Err(vec![Broken::whole("is missing")]),
        (None, _) => return Err(vec![Broken::whole("is given more than once")]),
    };
    decode_value(value)
}

/// Schemas within schemas that are looked through; more than that is a circle.
const MAX_DEPTH: usize = 32;

/// The schema of the items, if the parameter is an array.
fn items(schema: &'static Schema, depth: usize) -> Option<&'static Schema> {
    match schema.kind {
        Kind::List(items) => Some(items()),
        Kind::Nullable(other) if depth < MAX_DEPTH => items(other(), depth + 1),
        Kind::OneOf | Kind::AnyOf | Kind::AllOf if depth < MAX_DEPTH => {
            schema.parts.iter().find_map(|part| items((part.schema)(), depth + 1))
        }
        _ => None,
    }
}

/// The text as the first type of the schema it can be read as; text that cannot stays text, and
/// the check says what was expected.
fn coerce(schema: &'static Schema, text: &str, depth: usize) -> Value {
    let text_value = || Value::String(text.to_owned());
    match schema.kind {
        Kind::Boolean => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => text_value(),
        },
        Kind::Integer | Kind::Number => {
            text.parse::<Number>().map_or_else(|_| text_value(), Value::Number)
        }
        Kind::Nullable(other) if depth < MAX_DEPTH => coerce(other(), text, depth + 1),
        Kind::OneOf | Kind::AnyOf | Kind::AllOf if depth < MAX_DEPTH => schema
            .parts
            .iter()
            .map(|part| coerce((part.schema)(), text, depth + 1))
            .find(|value| !value.is_string())
            .unwrap_or_else(text_value),
        _ => text_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details<T: DeserializeOwned + Constrained>(texts: &[&str]) -> Vec<String> {
        let broken = decode_parameter::<T>(texts).err().unwrap_or_default();
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn text_becomes_the_declared_type() {
        assert_eq!(decode_parameter::<i64>(&["-7"]), Ok(-7));
        assert_eq!(decode_parameter::<bool>(&["true"]), Ok(true));
        assert_eq!(decode_parameter::<f64>(&["2.5e3"]), Ok(2500.0));
        assert_eq!(decode_parameter::<String>(&["7"]), Ok("7".to_owned()));
        assert_eq!(decode_parameter::<Vec<i32>>(&["1", "2"]), Ok(vec![1, 2]));
        assert_eq!(decode_parameter::<Vec<i32>>(&[]), Ok(vec![]));
    }

    #[test]
    fn text_of_another_type_is_a_violation() {
        assert_eq!(details::<i64>(&["seven"]), ["value is not an integer"]);
        assert_eq!(details::<i64>(&[""]), ["value is not an integer"]);
        assert_eq!(details::<i64>(&["+7"]), ["value is not an integer"]);
        assert_eq!(details::<i64>(&[" 7"]), ["value is not an integer"]);
        assert_eq!(details::<i64>(&["1.0"]), ["value is not an integer"]);
        assert_eq!(details::<bool>(&["True"]), ["value is not true or false"]);
        assert_eq!(details::<Vec<i32>>(&["1", "x"]), ["/1 is not an integer"]);
    }

    #[test]
    fn an_integer_beyond_its_width_is_a_violation() {
        assert_eq!(details::<i32>(&["3000000000"]), ["value is greater than 2147483647"]);
        assert_eq!(
            details::<i64>(&["99999999999999999999"]),
            ["value is greater than 9223372036854775807"]
        );
    }

    #[test]
    fn a_single_value_is_given_once() {
        assert_eq!(details::<i64>(&["1", "2"]), ["value is given more than once"]);
        assert_eq!(details::<i64>(&[]), ["value is missing"]);
    }
}
