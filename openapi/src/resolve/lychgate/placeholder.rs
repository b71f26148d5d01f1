//! `x-lychgate.placeholders`: values that each environment may set.

use indexmap::IndexMap;

use crate::document::At;
use crate::model::{Lychgate, Placeholder};
use crate::names;
use crate::resolve::Resolver;

impl<'d> Resolver<'d, '_> {
    pub(super) fn placeholders(&mut self, block: &At<'d>) -> IndexMap<String, Placeholder> {
        let mut placeholders = IndexMap::new();
        let Some(declared) = self.strict_object(block.present("placeholders")) else {
            return placeholders;
        };
        for (name, at) in declared.members() {
            let mut letters = name.chars();
            let starts = letters.next().is_some_and(|c| c.is_ascii_lowercase());
            if !starts || !letters.all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_')) {
                let message = format!("`{name}` cannot be a placeholder");
                self.error("invalid-name", &at.key_origin(), message).help =
                    Some("start with a letter, then small letters, digits and `_`".to_owned());
            }
            if let Some(at) = self.strict_object(Some(at)) {
                placeholders.insert(name.to_owned(), self.placeholder(&at));
            }
        }
        placeholders
    }

    fn placeholder(&mut self, at: &At<'d>) -> Placeholder {
        self.known_keys(at, &["description", "default"]);
        if let Some(default) = at.present("default")
            && default.as_written().is_some_and(|text| text.contains("${") || text.contains("%{"))
        {
            let message = "a default is filled in as it is, so nothing can be filled into it";
            self.error("nested-placeholder", &default.origin(), message).help =
                Some("write a text without `${` and `%{`".to_owned());
        }
        Placeholder {
            description: self.required_text(at, "description").unwrap_or_default(),
            default: self.optional_text(at, "default"),
            origin: at.origin(),
        }
    }

    /// Finds placeholders that have a value anyway, which would win.
    pub(super) fn check_placeholders(&mut self, lychgate: &Lychgate) {
        let derived = lychgate.derived_placeholders();
        for (name, placeholder) in &lychgate.placeholders {
            let filled = if names::AMBIENT.contains(&name.as_str()) {
                "every environment has a value for"
            } else if derived.contains(name) {
                "something else that x-lychgate declares has the placeholder"
            } else {
                continue;
            };
            let message = format!("{filled} `{name}`");
            self.error("same-placeholder", &placeholder.origin, message).help =
                Some("choose another name, or leave the declaration out".to_owned());
        }
    }
}
