//! Names that are identifiers, and different from each other.

use std::collections::HashSet;

use openapi::names;
use proc_macro2::{Ident, Span};

/// Names taken in one namespace.
#[derive(Debug, Default)]
pub(super) struct Taken(HashSet<String>);

impl Taken {
    /// The name, or the name with the first number from 2 that is free.
    pub(super) fn take(&mut self, name: String, separator: &str) -> String {
        let numbered = (2_usize..).map(|number| format!("{name}{separator}{number}"));
        let free =
            std::iter::once(name.clone()).chain(numbered).find(|name| !self.0.contains(name));
        let free = free.unwrap_or(name);
        self.0.insert(free.clone());
        free
    }
}

/// A type or variant name for text of the document.
pub(super) fn type_name(text: &str) -> String {
    spelt(names::type_name(text))
}

/// A field name for text of the document.
pub(super) fn field_name(text: &str) -> String {
    spelt(names::value_name(text))
}

/// Rust's identifiers hold fewer characters than Unicode calls alphanumeric (`²` is one): what
/// does not fit is spelt as its code point.
fn spelt(name: String) -> String {
    if syn::parse_str::<Ident>(&name).is_ok() {
        return name;
    }
    let spell = |c: char| match c {
        c if c.is_ascii_alphanumeric() || c == '_' => c.to_string(),
        c => format!("u{:x}", u32::from(c)),
    };
    let name: String = name.chars().map(spell).collect();
    if syn::parse_str::<Ident>(&name).is_ok() { name } else { format!("X{name}") }
}

/// The identifier; `name` is one of the names made here.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_equal_after_casing_are_numbered_in_order() {
        let mut taken = Taken::default();
        assert_eq!(taken.take(type_name("a-b"), ""), "AB");
        assert_eq!(taken.take(type_name("aB"), ""), "AB2");
    }

    #[test]
    fn characters_rust_does_not_allow_are_spelt() {
        for text in ["m²", "½", "١", "日本", "_", "", "crate", "9", "~"] {
            assert!(syn::parse_str::<Ident>(&type_name(text)).is_ok(), "{text}");
            assert!(syn::parse_str::<Ident>(&field_name(text)).is_ok(), "{text}");
        }
    }
}
