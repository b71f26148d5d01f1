//! Globs over names of entries.

use globset::{GlobBuilder, GlobMatcher};

/// The longest pattern, in bytes.
const LONGEST: usize = 1024;

/// A glob: `*` and `?` stay within a folder, `**` crosses folders, `[ab]` and `{a,b}` choose.
#[derive(Debug)]
pub(super) struct Pattern {
    /// None if nothing in it is special: it matches its own text alone.
    glob: Option<GlobMatcher>,
}

impl Pattern {
    /// # Errors
    /// Why the text is no glob.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self { glob: None });
        }
        if text.len() > LONGEST {
            return Err(format!("is a glob longer than {LONGEST} bytes"));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        let glob = glob.map_err(|error| format!("is not a glob: {}", error.kind()))?;
        Ok(Self { glob: Some(glob.compile_matcher()) })
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.glob.as_ref().is_some_and(|glob| glob.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(name)
    }

    #[test]
    fn one_star_stays_in_a_folder_and_two_cross() {
        assert!(matches("*.txt", "a.txt"));
        assert!(!matches("*.txt", "a/b.txt"));
        assert!(matches("**/*.txt", "a.txt") && matches("**/*.txt", "a/b/c.txt"));
        assert!(matches("**", "a/b") && matches("**", "a/"));
        assert!(matches("a/**", "a/b/c") && !matches("a/**", "b/a/c"));
        assert!(!matches("*", "a/"), "a folder is not a name without slash");
        assert!(!matches("a?b", "a/b"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        assert!(Pattern::new("[").is_err() && Pattern::new("{a").is_err());
        assert!(Pattern::new(&"*".repeat(2000)).is_err());
    }
}
