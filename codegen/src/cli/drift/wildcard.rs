//! Texts with placeholders, against what they were filled with.

/// Whether `filled` is `text` with something in the place of each placeholder.
pub(super) fn matches(text: &str, filled: &str) -> bool {
    let mut literals = literals(text).into_iter();
    let Some(first) = literals.next() else { return filled.is_empty() };
    let Some(mut rest) = filled.strip_prefix(first) else { return false };
    let mut literals = literals.peekable();
    if literals.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(literal) = literals.next() {
        if literals.peek().is_none() {
            return rest.len() > literal.len() && rest.ends_with(literal);
        }
        // A placeholder is never filled with nothing.
        let Some(at) = rest
            .char_indices()
            .skip(1)
            .map(|(at, _)| at)
            .find(|&at| rest[at..].starts_with(literal))
        else {
            return false;
        };
        rest = &rest[at + literal.len()..];
    }
    true
}

/// What stands around the placeholders.
fn literals(text: &str) -> Vec<&str> {
    let mut literals = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some(at) = text[from..].find("${").map(|at| from + at) {
        let name = text[at + 2..].find('}').map(|end| (&text[at + 2..at + 2 + end], at + 3 + end));
        match name {
            Some((name, end)) if is_name(name) => {
                literals.push(&text[start..at]);
                start = end;
                from = end;
            }
            _ => from = at + 2,
        }
    }
    literals.push(&text[start..]);
    literals
}

fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_for_what_they_are_filled_with() {
        for (text, filled, expected) in [
            ("plain", "plain", true),
            ("plain", "plainer", false),
            ("", "", true),
            ("arn:${region}:${name}/x", "arn:eu-west-1:a-b:live/x", true),
            ("arn:${region}:${name}/x", "arn:eu-west-1:a-b", false),
            ("arn:${region}:x", "arn::x", false),
            ("${a}", "anything", true),
            ("${a}${b}", "ab", true),
            ("${stageVariables.x}/${a}", "${stageVariables.x}/b", true),
            ("${stageVariables.x}", "filled", false),
            ("a${b}c", "ac", false),
            ("é${b}é", "éxé", true),
        ] {
            assert_eq!(matches(text, filled), expected, "{text} {filled}");
        }
    }
}
