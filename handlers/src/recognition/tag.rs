//! Tags: names that fit a list separated by commas, with how sure the recognizer is.

use std::collections::BTreeMap;

/// How many tags a picture has at most.
pub const MAX_TAGS: usize = 50;
/// How long a name is at most, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// One thing that a picture shows or is.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    name: String,
    confidence: f32,
}

impl Tag {
    /// A tag of that name, made fit: lower case, a single blank for commas, controls and runs of white
    /// space, cut after [`MAX_NAME_CHARS`]. `confidence` is held within 0 and 1. None, if no name is
    /// left or the confidence is no number.
    pub fn new(name: &str, confidence: f32) -> Option<Self> {
        if confidence.is_nan() {
            return None;
        }
        let separates = |c: char| c == ',' || c.is_whitespace() || c.is_control();
        let words: Vec<String> = name
            .split(separates)
            .filter(|word| !word.is_empty())
            // More words cannot matter, and names come from elsewhere.
            .take(MAX_NAME_CHARS)
            .map(str::to_lowercase)
            .collect();
        let name: String = words.join(" ").chars().take(MAX_NAME_CHARS).collect();
        let name = name.trim_end().to_owned();
        (!name.is_empty()).then(|| Self { name, confidence: confidence.clamp(0.0, 1.0) })
    }

    /// Lower case, without comma, at most [`MAX_NAME_CHARS`] characters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How sure the recognizer is, from 0 to 1.
    pub fn confidence(&self) -> f32 {
        self.confidence
    }

    /// The surest tags, each name once. Among equally sure ones the order given stays.
    pub(super) fn surest(tags: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut tags: Vec<Self> = tags.into_iter().collect();
        tags.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        let mut seen = BTreeMap::new();
        tags.retain(|tag| seen.insert(tag.name.clone(), ()).is_none());
        tags.truncate(MAX_TAGS);
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<String> {
        Tag::new(text, 1.0).map(|tag| tag.name)
    }

    #[test]
    fn names_are_made_fit() {
        assert_eq!(name(" Bird,  Flying\n").as_deref(), Some("bird flying"));
        assert_eq!(name("ÄRGER").as_deref(), Some("ärger"));
        assert_eq!(name(&"X".repeat(100)), Some("x".repeat(MAX_NAME_CHARS)));
        // Lower case may be longer than upper case.
        assert_eq!(name(&"İ".repeat(64)).unwrap().chars().count(), MAX_NAME_CHARS);
        // Cut between words, no blank stays behind.
        assert_eq!(name(&format!("{} b", "a".repeat(63))), Some("a".repeat(63)));
        for nothing in ["", " ", ",,", "\0"] {
            assert_eq!(name(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn confidence_is_a_share() {
        for (given, kept) in [(2.0, 1.0), (-1.0, 0.0), (f32::INFINITY, 1.0), (0.5, 0.5)] {
            assert_eq!(Tag::new("a", given).unwrap().confidence(), kept);
        }
        assert_eq!(Tag::new("a", f32::NAN), None);
    }

    #[test]
    fn the_surest_of_a_name_is_kept_and_the_order_is_stable() {
        let given = [("b", 0.5), ("a", 0.9), ("B", 0.7), ("d", 0.7), ("c", 0.7)];
        let tags = Tag::surest(given.iter().filter_map(|(name, sure)| Tag::new(name, *sure)));
        assert_eq!(tags.iter().map(Tag::name).collect::<Vec<_>>(), ["a", "b", "d", "c"]);
        assert_eq!(tags[1].confidence(), 0.7);
    }

    #[test]
    fn there_are_only_so_many() {
        let many =
            (0..10_000_u16).filter_map(|n| Tag::new(&n.to_string(), f32::from(n) / 10_000.0));
        let tags = Tag::surest(many);
        assert_eq!(tags.len(), MAX_TAGS);
        assert_eq!(tags[0].name(), "9999");
    }
}
