//! Findings for people (file, line, column, the line itself) and for programs (JSON).

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Severity};
use crate::position::Position;
use crate::source::{Lines, Source};

/// Longest line that is shown, in bytes. A document that is one line would be shown whole.
const LONGEST_EXCERPT: usize = 2000;

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RenderFormat {
    /// Plain text with excerpts of the source.
    #[default]
    Text,
    /// Like [`Self::Text`], with colours for a terminal.
    Colored,
    /// A JSON array of `{code, severity, file, line, column, pointer, message, help}`.
    Json,
}

/// Writes findings about a document. Empty if there are none and the format is not JSON.
pub fn render(source: &Source, diagnostics: &[Diagnostic], format: RenderFormat) -> String {
    let renderer = match format {
        RenderFormat::Text => Renderer::plain(),
        RenderFormat::Colored => Renderer::styled(),
        RenderFormat::Json => return json_text(source, diagnostics),
    };
    let lines = Lines::new(source.text());
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&[group(source, &lines, diagnostic)]));
        text.push_str("\n\n");
    }
    text
}

fn group<'s>(source: &'s Source, lines: &Lines<'_>, diagnostic: &'s Diagnostic) -> Group<'s> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = match &diagnostic.origin {
        None => Group::with_title(title),
        Some(origin) => place(source, lines, origin.position, title),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

/// The finding's place, with its line unless that is too long to be read.
fn place<'s>(
    source: &'s Source,
    lines: &Lines<'_>,
    position: Position,
    title: Title<'s>,
) -> Group<'s> {
    let (line, start) = lines.locate(position);
    if line.len() > LONGEST_EXCERPT {
        let path = Origin::path(source.name()).line(position.line).char_column(position.column);
        return title.element(path);
    }
    let length = token_length(&source.text()[start..line.end]);
    let span = start - line.start..start - line.start + length;
    title.element(
        Snippet::source(&source.text()[line])
            .line_start(position.line)
            .path(source.name())
            .annotation(AnnotationKind::Primary.span(span)),
    )
}

/// How much of the line belongs to the value or key that starts here.
fn token_length(rest: &str) -> usize {
    let line = rest.trim_end();
    let mut chars = line.char_indices();
    let end = match chars.next() {
        None => 0,
        Some((_, quote @ ('"' | '\''))) => {
            let closing = line[1..].find(quote).map(|at| at + 2);
            closing.unwrap_or(line.len())
        }
        Some((_, bracket @ ('{' | '['))) => bracket.len_utf8(),
        Some(_) => [": ", " #", ",", "}", "]"]
            .iter()
            .filter_map(|end| line.find(end))
            .min()
            .map_or_else(|| line.trim_end_matches(':').len(), |end| line[..end].trim_end().len()),
    };
    end.max(line.chars().next().map_or(0, char::len_utf8))
}

fn json_text(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let found: Vec<Value> = diagnostics.iter().map(|found| json_value(source, found)).collect();
    let mut text = format!("{:#}", Value::Array(found));
    text.push('\n');
    text
}

fn json_value(source: &Source, diagnostic: &Diagnostic) -> Value {
    let position = diagnostic.origin.as_ref().map(|origin| origin.position);
    json!({
        "code": diagnostic.code,
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "file": source.name(),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "pointer": diagnostic.origin.as_ref().map(|origin| origin.pointer.as_str()),
        "message": diagnostic.message,
        "help": diagnostic.help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position;

    fn finding(line: usize, column: usize) -> Diagnostic {
        let pointer = "/info".to_owned();
        let origin = position::Origin { pointer, position: Position { line, column } };
        Diagnostic::warning("a-rule", &origin, "it is wrong").with_help("mend it")
    }

    #[test]
    fn tokens_end_where_the_value_ends() {
        for (rest, token) in [
            ("name: value", "name"),
            ("name:", "name"),
            ("value # why", "value"),
            ("'it: is', b", "'it: is'"),
            ("\"open", "\"open"),
            ("{ a: 1 }", "{"),
            ("float }", "float"),
            ("arn:aws:x, b", "arn:aws:x"),
            ("ä", "ä"),
            ("", ""),
        ] {
            assert_eq!(&rest[..token_length(rest)], token);
        }
    }

    #[test]
    fn json_has_every_part_of_a_finding() {
        let source = Source::new("a.yaml", "info: {}\n");
        let text = render(&source, &[finding(1, 7)], RenderFormat::Json);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            value,
            json!([{
                "code": "a-rule",
                "severity": "warning",
                "file": "a.yaml",
                "line": 1,
                "column": 7,
                "pointer": "/info",
                "message": "it is wrong",
                "help": "mend it",
            }])
        );
        assert_eq!(render(&source, &[], RenderFormat::Json), "[]\n");
        assert_eq!(render(&source, &[], RenderFormat::Text), "");
    }

    #[test]
    fn endless_line_is_named_but_not_shown() {
        let source = Source::new("a.json", "x".repeat(LONGEST_EXCERPT + 1));
        let text = render(&source, &[finding(1, 42)], RenderFormat::Text);
        assert!(text.contains("a.json:1:42") && !text.contains("xxx"), "{text}");
    }

    #[test]
    fn place_behind_the_end_is_the_end() {
        let source = Source::new("a.yaml", "info");
        let text = render(&source, &[finding(7, 7)], RenderFormat::Text);
        assert!(text.contains("it is wrong"), "{text}");
    }
}
