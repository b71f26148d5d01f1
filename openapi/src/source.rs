//! A document's text as it was read.

use std::fs;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::position::{Origin, Position};

/// The notation of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notation {
    /// YAML 1.2.
    Yaml,
    /// JSON as RFC 8259 has it, without comments and trailing commas.
    Json,
}

/// Name and text of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// A document that is already in memory; `name` is what findings are reported under. A byte
    /// order mark in front is left out, so that columns are those an editor shows.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        Self { name: name.into(), text }
    }

    /// Reads a file. What could not be decoded as UTF-8 is replaced, and found wrong.
    pub(crate) fn read(path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let name = path.display().to_string();
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                diagnostics.push(unreadable(&name, &error));
                return Self::new(name, "");
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => Self::new(name, text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let bytes = error.into_bytes();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let source = Self::new(name, text);
                diagnostics.push(source.not_utf8(&bytes, valid));
                source
            }
        }
    }

    /// What the document is called in findings: the path it was read from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The notation: by the name's extension, else by the first character.
    pub fn notation(&self) -> Notation {
        let extension = self.name.rsplit('.').next().unwrap_or_default();
        if extension.eq_ignore_ascii_case("json") {
            return Notation::Json;
        }
        if extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml") {
            return Notation::Yaml;
        }
        if self.text.trim_start().starts_with('{') { Notation::Json } else { Notation::Yaml }
    }

    /// Byte offset of a position; a column behind the line's end is the end of the line.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let mut start = 0;
        for _ in 1..position.line {
            match self.text[start..].find('\n') {
                Some(length) => start += length + 1,
                None => return self.text.len(),
            }
        }
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let column = line.char_indices().nth(position.column.saturating_sub(1));
        start + column.map_or(line.len(), |(offset, _)| offset)
    }

    fn not_utf8(&self, bytes: &[u8], valid: usize) -> Diagnostic {
        let before = String::from_utf8_lossy(&bytes[..valid]);
        let before = before.trim_start_matches('\u{feff}');
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let origin = Origin { pointer: String::new(), position: Position { line, column } };
        let (message, help) = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                ("the file is UTF-16, not UTF-8", "save it as UTF-8")
            }
            _ => ("the file is not UTF-8 from here on", "save it as UTF-8 text"),
        };
        Diagnostic::error("not-utf8", &origin, message).with_help(help)
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic {
        code: "unreadable-file",
        severity: Severity::Error,
        origin: None,
        message: format!("cannot read {name}: {error}"),
        help: Some("name an existing OpenAPI document, YAML or JSON".to_owned()),
    }
}

/// Finds the positions of byte offsets that are asked for in any order.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, starts: std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect() }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let column = self.text.get(start..offset).map_or(0, |part| part.chars().count()) + 1;
        Position { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_offsets_agree() {
        let source = Source::new("a.yaml", "ä: 1\nöü: 2\n");
        let lines = Lines::new(source.text());
        let second = source.text().find('2').unwrap();
        let position = lines.position(second);
        assert_eq!(position, Position { line: 2, column: 5 });
        assert_eq!(source.offset(position), second);
        assert_eq!(source.offset(Position { line: 9, column: 9 }), source.text().len());
    }

    #[test]
    fn byte_order_mark_takes_no_column() {
        assert_eq!(Source::new("a", "\u{feff}a: 1").text(), "a: 1");
    }

    #[test]
    fn notation_is_by_extension_then_by_content() {
        assert_eq!(Source::new("a.json", "").notation(), Notation::Json);
        assert_eq!(Source::new("a.yml", "{}").notation(), Notation::Yaml);
        assert_eq!(Source::new("stdin", " {}").notation(), Notation::Json);
        assert_eq!(Source::new("stdin", "openapi: 3.0.3").notation(), Notation::Yaml);
    }
}
