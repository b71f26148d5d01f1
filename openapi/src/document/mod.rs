//! The document as a tree of values, each with its place in the text.
//!
//! YAML and JSON end up in the same tree; nothing behind this module knows which it was.

mod builder;
mod cursor;
mod indentation;
mod json;
mod pointer;
mod scalar;
mod template;
mod yaml;

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

pub use cursor::At;
pub(crate) use pointer::{escape, local_pointer, unescape};

use crate::diagnostic::Diagnostic;
use crate::placeholder::Placeholders;
use crate::position::{Origin, Position};
use crate::source::{Notation, Source};

/// Deepest nesting that is read. Real documents stay under 40; the limit keeps recursion over
/// the tree from running out of stack.
pub const MAX_DEPTH: usize = 128;

/// Most values that YAML aliases may add to a document: a few lines of aliases of aliases could
/// otherwise stand for billions.
pub const MAX_ALIASED: usize = 200_000;

/// A whole document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its top value.
    pub root: Node,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// Where the value starts.
    pub position: Position,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Content {
    /// `null`, also a key without a value in YAML.
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number.
    Number {
        /// Its value.
        value: Number,
        /// Its digits as written: `1.10` is not `1.1` if text was meant.
        text: String,
    },
    /// Text.
    String {
        /// Placeholders filled.
        text: String,
        /// As written, if placeholders made a difference.
        written: Option<String>,
    },
    /// `[...]`
    Array(Vec<Node>),
    /// `{...}`, in document order.
    Object(IndexMap<String, Entry>),
}

/// The value of a key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the key starts.
    pub key: Position,
    /// The value.
    pub node: Node,
}

impl Document {
    /// Parses a text. `None` if its syntax is broken; every finding goes to `diagnostics`.
    pub fn parse(
        source: &Source,
        placeholders: &Placeholders,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let before = diagnostics.len();
        let root = match source.notation() {
            _ if source.text().trim().is_empty() => None,
            Notation::Yaml => yaml::parse(source.text(), placeholders, diagnostics),
            Notation::Json => json::parse(source.text(), placeholders, diagnostics),
        };
        let Some(root) = root else {
            if diagnostics.len() == before {
                let message = "the document is empty";
                diagnostics.push(
                    Diagnostic::error("empty-document", &Origin::default(), message)
                        .with_help("start it with `openapi: 3.0.3`"),
                );
            }
            return None;
        };
        Some(Self { root })
    }

    /// The root, to read from.
    pub fn at(&self) -> At<'_> {
        At::root(&self.root)
    }
}

impl Node {
    /// The value without positions.
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Boolean(value) => Value::Bool(*value),
            Content::Number { value, .. } => Value::Number(value.clone()),
            Content::String { text, .. } => Value::String(text.clone()),
            Content::Array(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Content::Object(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), entry.node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Null => "null",
            Content::Boolean(_) => "a boolean",
            Content::Number { .. } => "a number",
            Content::String { .. } => "a string",
            Content::Array(_) => "an array",
            Content::Object(_) => "an object",
        }
    }
}
