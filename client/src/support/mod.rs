//! What generated code calls: answers, errors, and what a request needs besides.
//!
//! Nothing here knows a document, so code generated from another one works with it as well.

mod answer;
mod error;
mod retry;
mod session;
mod wire;

pub use answer::{Failure, Raw, bytes, empty, json, map, problem, raw, text, undeclared};
pub use error::Error;
pub use progenitor_client::ResponseValue;
pub use retry::Retry;
pub use session::Session;
pub use wire::{Query, Wire};

use std::fmt::Display;

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
    fn a_refused_argument_says_why() {
        let refused = argument::<i64, u8>("limit", 300).unwrap_err();
        assert_eq!(refused, "limit: out of range integral type conversion attempted");
    }
}
