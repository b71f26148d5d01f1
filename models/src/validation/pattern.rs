//! Patterns: ECMA 262 regular expressions, compiled when first needed.

use std::sync::OnceLock;

use regress::Regex;

/// A regular expression of the document. It may match anywhere in the text unless it anchors itself.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Takes the expression as the document writes it.
    pub const fn new(source: &'static str) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// The expression as the document writes it.
    pub const fn as_str(&self) -> &'static str {
        self.source
    }

    /// Whether the expression matches in `text`. An expression that does not compile matches
    /// everything; what reads the document reports it and leaves it out.
    pub fn is_match(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| compile(self.source));
        compiled.as_ref().is_none_or(|regex| regex.find(text).is_some())
    }
}

/// Documents are written for engines with and without the `u` flag: with it first, since it
/// counts characters rather than UTF-16 units, without it for escapes that only then are allowed.
fn compile(source: &str) -> Option<Regex> {
    Regex::with_flags(source, "u").or_else(|_| Regex::new(source)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_anywhere_unless_anchored() {
        assert!(Pattern::new("b").is_match("abc"));
        assert!(!Pattern::new("^b").is_match("abc"));
    }

    #[test]
    fn characters_outside_the_basic_plane_count_as_one() {
        assert!(Pattern::new("^.$").is_match("😀"));
    }

    #[test]
    fn escapes_of_legacy_syntax_are_understood() {
        assert!(Pattern::new(r"^a\-b$").is_match("a-b"));
    }

    #[test]
    fn lookahead_is_understood() {
        let pattern = Pattern::new(r"^(?=.*\d)[a-z\d]+$");
        assert!(pattern.is_match("a1"));
        assert!(!pattern.is_match("ab"));
    }
}
