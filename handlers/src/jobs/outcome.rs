//! The object that says what became of something: `S` or `F`, a comma, a message.

use crate::objects::NewObject;

/// Such an object.
pub(crate) fn outcome_object(outcome: &str, message: &str) -> NewObject {
    let body = format!("{outcome},{}", field(message)).into();
    NewObject { body, media_type: "text/csv", replace: true }
}

/// A field of a CSV file (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_have_to_be() {
        assert_eq!(field("12 entries"), "12 entries");
        assert_eq!(field("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
