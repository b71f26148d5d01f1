//! How generated code names types that stand elsewhere.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::item::Item;
use super::naming::ident;

/// What Rust's prelude offers and generated code uses.
#[derive(Clone, Copy, Debug)]
pub(super) enum Prelude {
    Box,
    From,
    Option,
    Result,
    String,
    Vec,
}

/// Paths from one place of generated code: beside the made types as short as is safe, elsewhere
/// absolute, since nobody knows what has which name there.
#[derive(Debug)]
pub(super) struct Paths {
    beside: bool,
    /// Names that mean a type of the document, not what the prelude calls so.
    taken: HashSet<String>,
}

impl Paths {
    /// In the file of the made types, which uses `models::validation` and `models::value`: types
    /// are written in capitals, so none can have the name of a module.
    pub(super) fn beside(items: &[Item]) -> Self {
        Self { beside: true, taken: items.iter().map(|item| item.name.clone()).collect() }
    }

    /// In any other file.
    pub(super) fn elsewhere() -> Self {
        Self { beside: false, taken: HashSet::new() }
    }

    /// A made type.
    pub(super) fn made(&self, name: &str) -> TokenStream {
        let name = ident(name);
        if self.beside { quote!(#name) } else { quote!(::models::#name) }
    }

    /// A type of `models::value`.
    pub(super) fn value(&self, name: &str) -> TokenStream {
        let name = ident(name);
        if self.beside { quote!(value::#name) } else { quote!(::models::value::#name) }
    }

    /// What the prelude calls so, even where the document has a type of that name.
    pub(super) fn prelude(&self, item: Prelude) -> TokenStream {
        let name = format!("{item:?}");
        if self.beside && !self.taken.contains(&name) {
            let name = ident(&name);
            return quote!(#name);
        }
        match item {
            Prelude::Box => quote!(::std::boxed::Box),
            Prelude::From => quote!(::std::convert::From),
            Prelude::Option => quote!(::std::option::Option),
            Prelude::Result => quote!(::std::result::Result),
            Prelude::String => quote!(::std::string::String),
            Prelude::Vec => quote!(::std::vec::Vec),
        }
    }
}
