//! A document's text as it was read.

use std::cell::Cell;
use std::fs;
use std::ops::Range;
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

/// Translates between byte offsets and positions.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// Offset and position that were asked for last: offsets mostly come in order, and counting
    /// from the start of the line each time would be slow in a document that is one line.
    last: Cell<(usize, Position)>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { text, starts, last: Cell::new((0, Position::default())) }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let (from, column) = match self.last.get() {
            (last, position) if position.line == line && last <= offset => (last, position.column),
            _ => (self.starts[line - 1], 1),
        };
        let between = self.text.get(from..offset).map_or(0, |part| part.chars().count());
        let position = Position { line, column: column + between };
        self.last.set((offset, position));
        position
    }

    /// Where a line starts and ends, and the offset of the position in it. Positions behind the
    /// end are the end.
    pub(crate) fn locate(&self, position: Position) -> (Range<usize>, usize) {
        let line = position.line.clamp(1, self.starts.len());
        let start = self.starts[line - 1];
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let text = &self.text[start..end];
        let column = text.char_indices().nth(position.column.saturating_sub(1));
        (start..end, column.map_or(end, |(offset, _)| start + offset))
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
        assert_eq!(lines.locate(position), (6..13, second));
        assert_eq!(lines.locate(Position { line: 9, column: 9 }), (14..14, 14));
        assert_eq!(lines.position(second + 1), Position { line: 2, column: 6 });
        assert_eq!(lines.position(0), Position { line: 1, column: 1 });
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
