//! What API Gateway would reject, warn about or drop, and the rules of the house.
//!
//! Reading already finds what cannot be understood. The rules here are about documents that can
//! be read and will still not do what their authors expect. One file per theme; each [`Rule`]
//! says where it comes from. Where AWS's own words are known they are quoted at the rule.

mod attributes;
mod components;
mod document;
mod integrations;
mod lychgate;
mod mappings;
mod operations;
mod parameters;
mod paths;
mod quotas;
mod responses;
mod rule;
mod schemas;
mod security;

pub use rule::{Authority, Rule};

use crate::diagnostic::{Diagnostic, Severity};
use crate::document::At;
use crate::model::Api;
use crate::position::Origin;
use crate::reading::{Reading, sort};

/// Every rule, by theme.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let themes = [
        attributes::RULES,
        components::RULES,
        document::RULES,
        integrations::RULES,
        lychgate::RULES,
        mappings::RULES,
        operations::RULES,
        parameters::RULES,
        paths::RULES,
        quotas::RULES,
        responses::RULES,
        schemas::RULES,
        security::RULES,
    ];
    themes.into_iter().flatten().copied()
}

/// Findings about a document that can be read: besides [`Reading::diagnostics`], not among them.
/// A document with errors is looked at as far as it was understood.
pub fn lint(reading: &Reading) -> Vec<Diagnostic> {
    let Some(document) = &reading.document else { return Vec::new() };
    let Some(api) = reading.api.as_ref().or(reading.incomplete.as_ref()) else { return Vec::new() };
    let text = reading.source.text();
    let mut lint = Lint { root: document.at(), api, text, found: Vec::new() };
    lint.document();
    lint.attributes();
    lint.quotas();
    lint.paths();
    lint.operations();
    lint.parameters();
    lint.responses();
    lint.integrations();
    lint.mappings();
    lint.schemas();
    lint.components();
    lint.security();
    lint.lychgate();
    sort(&mut lint.found);
    lint.found
}

struct Lint<'r> {
    root: At<'r>,
    api: &'r Api,
    text: &'r str,
    found: Vec<Diagnostic>,
}

impl<'r> Lint<'r> {
    fn find(
        &mut self,
        rule: &Rule,
        origin: &Origin,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.found.push(match rule.severity {
            Severity::Error => Diagnostic::error(rule.code, origin, message),
            Severity::Warning => Diagnostic::warning(rule.code, origin, message),
        });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// The value at a pointer.
    fn at(&self, pointer: &str) -> Option<At<'r>> {
        self.root.follow_plain(pointer)
    }

    /// Where a key of an object is, or the object if it has no such key.
    fn key_of(&self, object: &Origin, key: &str) -> Origin {
        let value = self.at(&object.pointer).and_then(|at| at.get(key));
        value.map_or_else(|| object.clone(), |value| value.origin())
    }
}
