//! What both notations share: filling placeholders, refusing duplicate keys, keeping pointers.

use indexmap::IndexMap;

use super::{Content, Entry, MAX_DEPTH, Node, escape, scalar};
use crate::diagnostic::Diagnostic;
use crate::placeholder::Placeholders;
use crate::position::{Origin, Position};

/// Makes text of a scalar that was in quotes.
pub(super) fn text(written: &str, placeholders: &Placeholders) -> Content {
    let filled = placeholders.fill(written);
    let different = filled != written;
    Content::String { text: filled.into_owned(), written: different.then(|| written.to_owned()) }
}

/// Makes a value of a scalar without quotes. What a placeholder stands for is looked at again, as
/// a deployment does that fills placeholders before it reads the YAML.
pub(super) fn plain(written: &str, placeholders: &Placeholders) -> Content {
    match text(written, placeholders) {
        Content::String { text, written: Some(written) } => match scalar::plain(&text) {
            Content::String { text, .. } => Content::String { text, written: Some(written) },
            other => other,
        },
        _ => scalar::plain(written),
    }
}

/// Adds a key; a repeated one is found wrong. Its last value is kept; of objects every member is,
/// so that nothing that stands in the text looks as if it were missing or unused.
pub(super) fn insert(
    entries: &mut IndexMap<String, Entry>,
    key: (String, Position),
    node: Node,
    pointer: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (name, position) = key;
    if let Some(first) = entries.get(&name) {
        let origin = Origin { pointer: format!("{pointer}/{}", escape(&name)), position };
        diagnostics.push(
            Diagnostic::error("duplicate-key", &origin, format!("the key `{name}` is used twice"))
                .with_help(format!("the first one is at {}; keep one of them", first.key)),
        );
    }
    let node = match entries.shift_remove(&name) {
        Some(first) => united(first.node, node),
        None => node,
    };
    entries.insert(name, Entry { key: position, node });
}

/// The last value with the members of the first that it lacks.
fn united(first: Node, last: Node) -> Node {
    match (first.content, last.content) {
        (Content::Object(mut members), Content::Object(others)) => {
            for (name, entry) in others {
                let node = match members.shift_remove(&name) {
                    Some(first) => united(first.node, entry.node),
                    None => entry.node,
                };
                members.insert(name, Entry { key: entry.key, node });
            }
            Node { content: Content::Object(members), position: last.position }
        }
        (_, content) => Node { content, position: last.position },
    }
}

pub(super) fn too_deep(pointer: &str, position: Position) -> Diagnostic {
    let origin = Origin { pointer: pointer.to_owned(), position };
    let message = format!("values are nested more than {MAX_DEPTH} deep");
    Diagnostic::error("nested-too-deep", &origin, message)
        .with_help("move inner schemas to components.schemas and refer to them")
}
