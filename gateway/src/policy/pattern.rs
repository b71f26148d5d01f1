//! Text with wildcards and policy variables: `arn:aws:execute-api:*:*:*/dev/GET/${aws:username}`.

use super::error::Problem;
use super::key::ConditionKey;

/// What a text must look like. `*` stands for any characters, `?` for one; a variable is what the
/// request has for it, taken literally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `?`
    One,
    /// `*`
    Many,
    /// `${key}` or `${key, 'default'}`
    Variable {
        key: ConditionKey,
        default: Option<String>,
    },
}

/// One step of a pattern whose variables have their values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Character(char),
    One,
    Many,
}

/// Which characters of a text are special.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// `${...}` is a variable: only policies of version 2012-10-17 have them.
    pub(crate) variables: bool,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A variable that is not closed or is none.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, Problem> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let (piece, length) = match character {
                '*' if syntax.wildcards => (Piece::Many, 1),
                '?' if syntax.wildcards => (Piece::One, 1),
                '$' if syntax.variables && rest.starts_with("${") => variable(rest)?,
                _ => {
                    literal.push(character);
                    rest = &rest[character.len_utf8()..];
                    continue;
                }
            };
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(piece);
            rest = &rest[length..];
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Self(pieces))
    }

    /// Whether a text looks like it. A variable without a value looks like no text.
    pub(crate) fn matches(
        &self,
        text: &str,
        value: impl Fn(&ConditionKey) -> Option<String>,
    ) -> bool {
        self.tokens(value).is_some_and(|tokens| glob(&tokens, text))
    }

    /// The same, letter case aside.
    pub(crate) fn matches_ignoring_case(
        &self,
        text: &str,
        value: impl Fn(&ConditionKey) -> Option<String>,
    ) -> bool {
        let Some(tokens) = self.tokens(value) else { return false };
        let lower = |token| match token {
            Token::Character(character) => lower_case(character).map(Token::Character).collect(),
            other => vec![other],
        };
        let tokens: Vec<Token> = tokens.into_iter().flat_map(lower).collect();
        glob(&tokens, &text.chars().flat_map(lower_case).collect::<String>())
    }

    /// The text, if it holds neither wildcards nor variables.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The condition keys its variables name.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ConditionKey> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key),
            Piece::Text(_) | Piece::One | Piece::Many => None,
        })
    }

    fn tokens(&self, value: impl Fn(&ConditionKey) -> Option<String>) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => tokens.extend(text.chars().map(Token::Character)),
                Piece::One => tokens.push(Token::One),
                Piece::Many => tokens.push(Token::Many),
                Piece::Variable { key, default } => {
                    let text = value(key).or_else(|| default.clone())?;
                    tokens.extend(text.chars().map(Token::Character));
                }
            }
        }
        Some(tokens)
    }
}

fn lower_case(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase()
}

/// The variable a text starts with, and its length. `${*}`, `${?}` and `${$}` are the characters
/// themselves (IAM guide, "Policy variables").
fn variable(text: &str) -> Result<(Piece, usize), Problem> {
    let Some(end) = text.find('}') else {
        return Err(Problem::new(format!("the variable in `{text}` is not closed")));
    };
    let inner = &text[2..end];
    let piece = match inner {
        "*" | "?" | "$" => Piece::Text(inner.to_owned()),
        _ => {
            let (name, default) = match inner.split_once(',') {
                Some((name, default)) => (name.trim(), Some(quoted(default.trim(), inner)?)),
                None => (inner, None),
            };
            if !name.contains(':') {
                return Err(Problem::new(format!("`${{{name}}}` is no policy variable")).with_help(
                    "a placeholder of the document needs a value; a policy variable is a condition key, for example ${aws:username}",
                ));
            }
            Piece::Variable { key: ConditionKey::parse(name), default }
        }
    };
    Ok((piece, end + 1))
}

fn quoted(text: &str, whole: &str) -> Result<String, Problem> {
    text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).map(str::to_owned).ok_or_else(
        || Problem::new(format!("the default in `${{{whole}}}` must be in single quotes")),
    )
}

/// Matches with one mark to come back to, so that no pattern takes more than the product of both
/// lengths.
fn glob(pattern: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut position) = (0, 0);
    let mut mark = None;
    while let Some(character) = text.get(position) {
        match pattern.get(at) {
            Some(Token::Many) => {
                mark = Some((at, position));
                at += 1;
            }
            Some(Token::One) => {
                at += 1;
                position += 1;
            }
            Some(Token::Character(wanted)) if wanted == character => {
                at += 1;
                position += 1;
            }
            _ => {
                let Some((star, taken)) = mark else { return false };
                mark = Some((star, taken + 1));
                at = star + 1;
                position = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|token| *token == Token::Many)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Syntax = Syntax { wildcards: true, variables: true };

    fn matches(pattern: &str, text: &str) -> bool {
        let value = |key: &ConditionKey| match key {
            ConditionKey::UserName => Some("al*ce".to_owned()),
            _ => None,
        };
        Pattern::parse(pattern, ALL).unwrap().matches(text, value)
    }

    #[test]
    fn wildcards_stand_for_any_and_for_one_character() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*ab", "aab", true),
            ("a**", "a", true),
            ("", "", true),
            ("", "a", false),
            ("a", "A", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn variables_are_literal_and_one_without_a_value_matches_nothing() {
        assert!(matches("u/${aws:username}/*", "u/al*ce/x"));
        assert!(!matches("u/${aws:username}", "u/alice"), "a star in a value is no wildcard");
        assert!(!matches("u/${aws:userid}", "u/"));
        assert!(!matches("*${aws:userid}*", "anything"));
        assert!(matches("u/${aws:userid, 'none'}", "u/none"));
        assert!(matches("${*}${?}${$}", "*?$"));
        assert!(!matches("${*}", "a"));
    }

    #[test]
    fn old_policies_have_no_variables() {
        let syntax = Syntax { wildcards: true, variables: false };
        let pattern = Pattern::parse("${aws:username}", syntax).unwrap();
        assert!(pattern.matches("${aws:username}", |_| Some("alice".into())));
    }

    #[test]
    fn broken_variables_are_told() {
        for (text, problem) in [
            ("${aws:username", "the variable in `${aws:username` is not closed"),
            ("${vpc_endpoint_id}", "`${vpc_endpoint_id}` is no policy variable"),
            (
                "${aws:userid, none}",
                "the default in `${aws:userid, none}` must be in single quotes",
            ),
        ] {
            assert_eq!(Pattern::parse(text, ALL).unwrap_err().to_string(), problem);
        }
    }

    #[test]
    fn letter_case_can_be_ignored() {
        let pattern = Pattern::parse("Execute-API:Inv*", ALL).unwrap();
        assert!(pattern.matches_ignoring_case("execute-api:INVOKE", |_| None));
        assert!(!pattern.matches_ignoring_case("execute-api:ManageConnections", |_| None));
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_panics(pattern in "[*?a-b$\\{\\}:,'é]{0,12}|\\PC*", text in "[a-bé]{0,12}") {
            if let Ok(pattern) = Pattern::parse(&pattern, ALL) {
                pattern.matches(&text, |_| Some("a".into()));
            }
        }

        #[test]
        fn a_text_matches_itself_and_every_prefix_with_a_star(text in "[a-c/:-]{0,20}", cut in 0_usize..20) {
            let prefix: String = text.chars().take(cut).collect();
            proptest::prop_assert!(matches(&text, &text));
            let pattern = format!("{prefix}*");
            proptest::prop_assert!(matches(&pattern, &text));
        }
    }
}
