//! From a file or text to everything that is known about it.

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::model::Api;
use crate::placeholder::Placeholders;
use crate::resolve;
use crate::source::Source;

/// A document as read: its text, its tree, its meaning, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Name and text.
    pub source: Source,
    /// The tree; `None` if the syntax is broken.
    pub document: Option<Document>,
    /// The model; `None` if there is an error among the diagnostics.
    pub api: Option<Api>,
    /// Every finding, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The model where errors keep it from being used; good enough to find more.
    pub(crate) incomplete: Option<Api>,
}

impl Reading {
    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    fn new(source: Source, placeholders: &Placeholders, mut diagnostics: Vec<Diagnostic>) -> Self {
        // What could not be read or decoded needs no second finding about its syntax.
        let document = match diagnostics.is_empty() {
            true => Document::parse(&source, placeholders, &mut diagnostics),
            false => None,
        };
        let api = document.as_ref().and_then(|tree| resolve::resolve(tree, &mut diagnostics));
        sort(&mut diagnostics);
        let mut reading = Self { source, document, api, diagnostics, incomplete: None };
        if reading.has_errors() {
            reading.incomplete = reading.api.take();
        }
        reading
    }
}

/// Reads a document from a file. Whatever is wrong with it, or with the file, is among the
/// diagnostics.
pub fn read(path: &Path, placeholders: &Placeholders) -> Reading {
    let mut diagnostics = Vec::new();
    let source = Source::read(path, &mut diagnostics);
    Reading::new(source, placeholders, diagnostics)
}

/// Reads a document from memory; `name` is what findings are reported under.
pub fn parse(name: &str, text: &str, placeholders: &Placeholders) -> Reading {
    Reading::new(Source::new(name, text), placeholders, Vec::new())
}

/// In the order of the text, nothing said twice.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let place = |found: &Diagnostic| found.origin.as_ref().map(|origin| origin.position);
    diagnostics.sort_by(|a, b| {
        (place(a), a.severity, a.code, &a.message).cmp(&(place(b), b.severity, b.code, &b.message))
    });
    // A YAML alias is the same text behind another pointer.
    diagnostics.dedup_by(|a, b| (place(a), a.code, &a.message) == (place(b), b.code, &b.message));
}
