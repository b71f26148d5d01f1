//! What a scalar without quotes means: the core schema of YAML 1.2.

use serde_json::Number;

use super::Content;

/// The value of a plain scalar. Text that is a number too large to keep every digit of is a
/// number all the same; what JSON cannot say (`.inf`, `.nan`) is text.
pub(super) fn plain(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Boolean(true),
        "false" | "False" | "FALSE" => Content::Boolean(false),
        _ => match number(text) {
            Some(value) => Content::Number { value, text: text.to_owned() },
            None => Content::String { text: text.to_owned(), written: None },
        },
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(octal) = text.strip_prefix("0o") {
        return unsigned(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return unsigned(hexadecimal, 16);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !digits.contains(|c: char| c.is_ascii_digit())
        || !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'))
    {
        return None;
    }
    decimal(text)
}

fn unsigned(digits: &str, radix: u32) -> Option<Number> {
    let plain = digits.starts_with(|c: char| c.is_digit(radix));
    plain.then(|| u64::from_str_radix(digits, radix).ok().map(Number::from)).flatten()
}

/// A decimal number, sign and exponent allowed; whole numbers keep every digit up to 64 bits.
pub(super) fn decimal(text: &str) -> Option<Number> {
    if let Ok(value) = text.parse::<i64>() {
        return Some(value.into());
    }
    if let Ok(value) = text.parse::<u64>() {
        return Some(value.into());
    }
    Number::from_f64(text.parse::<f64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let node = super::super::Node { content: plain(text), position: Default::default() };
        node.to_json().to_string()
    }

    #[test]
    fn core_schema_decides() {
        let expected = [
            ("", "null"),
            ("~", "null"),
            ("True", "true"),
            ("yes", "\"yes\""),
            ("12", "12"),
            ("-3", "-3"),
            ("+3", "3"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("1.50", "1.5"),
            (".5", "0.5"),
            ("1e3", "1000.0"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e999", "\"1e999\""),
            (".inf", "\".inf\""),
            ("3.0.3", "\"3.0.3\""),
            ("2024-01-01", "\"2024-01-01\""),
            ("-", "\"-\""),
            ("0x", "\"0x\""),
        ];
        for (text, value) in expected {
            assert_eq!(json(text), value, "{text}");
        }
    }
}
