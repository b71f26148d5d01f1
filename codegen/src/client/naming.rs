//! Identifiers that are unique and that progenitor leaves as they are.

use std::collections::BTreeSet;

use openapi::names;

/// Names taken in one scope.
#[derive(Debug, Default)]
pub(super) struct Scope {
    taken: BTreeSet<String>,
}

impl Scope {
    /// A scope in which the emitted code itself uses `reserved`.
    pub(super) fn with_reserved(reserved: &[&str]) -> Self {
        Self { taken: reserved.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// Takes `wanted`, or if it is gone `wanted` with `suffix`, or with a number behind.
    /// `key` makes of a name what must be unique.
    pub(super) fn claim(
        &mut self,
        wanted: &str,
        suffix: &str,
        key: impl Fn(&str) -> String,
    ) -> String {
        let numbered = (2..).map(|number| format!("{wanted}_{suffix}_{number}"));
        let mut candidates =
            [wanted.to_owned(), format!("{wanted}_{suffix}")].into_iter().chain(numbered);
        loop {
            // The numbered candidates never end.
            let Some(candidate) = candidates.next() else { return wanted.to_owned() };
            if self.taken.insert(key(&candidate)) {
                return candidate;
            }
        }
    }
}

/// A snake-case identifier of ASCII letters: progenitor and we agree about no others.
pub(super) fn identifier(text: &str, fallback: &str) -> String {
    if text.is_ascii() {
        return names::value_name(text);
    }
    let ascii: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    if ascii.trim().is_empty() { fallback.to_owned() } else { names::value_name(&ascii) }
}

/// Whether progenitor makes the same identifier of `name` as [`names::value_name`] does.
pub(super) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']'))
}

/// Whether `name` may be the name of a header (RFC 9110, `token`).
pub(super) fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_suffix_and_then_a_number() {
        let mut scope = Scope::with_reserved(&["send"]);
        let claim = |scope: &mut Scope, name| scope.claim(name, "query", str::to_owned);
        assert_eq!(claim(&mut scope, "id"), "id");
        assert_eq!(claim(&mut scope, "id"), "id_query");
        assert_eq!(claim(&mut scope, "id"), "id_query_2");
        assert_eq!(claim(&mut scope, "send"), "send_query");
    }

    #[test]
    fn names_that_differ_only_in_type_case_collide() {
        let mut scope = Scope::default();
        assert_eq!(scope.claim("get_user2", "operation", names::type_name), "get_user2");
        assert_eq!(
            scope.claim("get_user_2", "operation", names::type_name),
            "get_user_2_operation"
        );
    }

    #[test]
    fn letters_beyond_ascii_are_left_out_of_identifiers() {
        assert_eq!(identifier("größe", "parameter"), "gr_e");
        assert_eq!(identifier("日本", "parameter"), "parameter");
    }
}
