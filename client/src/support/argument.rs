//! Arguments: from what the caller gives to what is sent.

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

/// The value of an argument, or why it is refused.
///
/// # Errors
/// The conversion's own error, with the argument's name in front.
pub fn argument<V, T>(name: &str, value: V) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: Display,
{
    value.try_into().map_err(|error| format!("{name}: {error}"))
}

/// The value of an argument that is one segment of the path.
///
/// # Errors
/// As [`argument`], and for what would change the path itself: nothing, `.` and `..`.
pub fn segment<V, T>(name: &str, value: V) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: Display,
    T: Display,
{
    let value = argument(name, value)?;
    check_segment(name, &value.to_string())?;
    Ok(value)
}

/// The value of an argument that is the rest of the path.
///
/// # Errors
/// As [`segment`], for every part between slashes.
pub fn rest<V, T>(name: &str, value: V) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: Display,
    T: Display,
{
    let value = argument(name, value)?;
    let text = value.to_string();
    text.split('/').try_for_each(|part| check_segment(name, part))?;
    Ok(value)
}

/// Why an argument cannot be sent.
#[derive(Debug)]
pub struct Refused(pub String);

/// A query parameter as pairs: one for a value, one for each element of a list, none for nothing.
///
/// # Errors
/// If the value is not a scalar or a list of scalars, which generated code never passes.
pub fn query<T: Serialize>(
    name: &'static str,
    value: &T,
) -> Result<Vec<(&'static str, String)>, Refused> {
    let refused = |reason: String| Refused(format!("{name}: {reason}"));
    let scalar = |value: Value| match value {
        Value::String(text) => Ok((name, text)),
        Value::Bool(_) | Value::Number(_) => Ok((name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(refused("is not a value that a query can hold".to_owned()))
        }
    };
    match serde_json::to_value(value).map_err(|error| refused(error.to_string()))? {
        Value::Null => Ok(Vec::new()),
        Value::Array(values) => values.into_iter().map(scalar).collect(),
        value => Ok(vec![scalar(value)?]),
    }
}

/// A URL drops `.` and `..`, and an empty segment names another resource.
fn check_segment(name: &str, text: &str) -> Result<(), String> {
    match text {
        "" => Err(format!("{name}: a segment of the path cannot be empty")),
        "." | ".." => Err(format!("{name}: {text:?} cannot be a segment of the path")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_never_changes_the_path() {
        assert_eq!(segment::<_, String>("uid", "u-1"), Ok("u-1".to_owned()));
        assert_eq!(segment::<_, String>("uid", "a/../b"), Ok("a/../b".to_owned()));
        for text in ["", ".", ".."] {
            assert!(segment::<_, String>("uid", text).unwrap_err().starts_with("uid: "));
        }
        assert!(rest::<_, String>("key", "a/../b").is_err());
        assert!(rest::<_, String>("key", "a/b").is_ok());
    }

    #[test]
    fn a_query_parameter_is_a_value_a_list_or_nothing() {
        assert_eq!(query("q", &Some(1.5)).unwrap(), [("q", "1.5".to_owned())]);
        let list = [("q", "a".to_owned()), ("q", "b".to_owned())];
        assert_eq!(query("q", &["a", "b"]).unwrap(), list);
        assert_eq!(query("q", &None::<bool>).unwrap(), []);
        assert!(query("q", &[["a"]]).is_err());
    }

    #[test]
    fn a_refused_argument_says_why() {
        let refused = argument::<i64, u8>("limit", 300).unwrap_err();
        assert_eq!(refused, "limit: out of range integral type conversion attempted");
    }
}
