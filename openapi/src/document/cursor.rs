//! A value of the tree together with the way to it.

use super::pointer::{decode_fragment, escape, unescape};
use super::{Content, Entry, Node};
use crate::position::{Origin, Position};

/// A value, its JSON pointer, and the key it stands behind.
#[derive(Clone, Debug)]
pub struct At<'d> {
    node: &'d Node,
    pointer: String,
    key: Option<Position>,
}

impl<'d> At<'d> {
    pub(super) fn root(node: &'d Node) -> Self {
        Self { node, pointer: String::new(), key: None }
    }

    /// The value itself.
    pub fn node(&self) -> &'d Node {
        self.node
    }

    /// Its JSON pointer.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What to call it: its key, or `parameters/0` for an element of an array.
    pub fn name(&self) -> String {
        let mut tokens = self.pointer.rsplit('/');
        let last = unescape(tokens.next().unwrap_or_default());
        match (self.key, tokens.next()) {
            (None, Some(array)) if !array.is_empty() => format!("{}/{last}", unescape(array)),
            _ => last,
        }
    }

    /// Where to look for it: an object or array is found by its key, anything else by itself.
    pub fn origin(&self) -> Origin {
        let position = match (&self.node.content, self.key) {
            (Content::Object(_) | Content::Array(_) | Content::Null, Some(key)) => key,
            _ => self.node.position,
        };
        Origin { pointer: self.pointer.clone(), position }
    }

    /// Where its key stands; its own place if it has none.
    pub fn key_origin(&self) -> Origin {
        let position = self.key.unwrap_or(self.node.position);
        Origin { pointer: self.pointer.clone(), position }
    }

    /// The value of a key, `null` included.
    pub fn get(&self, key: &str) -> Option<At<'d>> {
        let Content::Object(entries) = &self.node.content else { return None };
        Some(self.entry(key, entries.get(key)?))
    }

    /// The value of a key unless it is `null`, which in YAML is what a key without a value has.
    pub fn present(&self, key: &str) -> Option<At<'d>> {
        self.get(key).filter(|value| !matches!(value.node.content, Content::Null))
    }

    /// Keys and values of an object; nothing for any other value.
    pub fn members(&self) -> impl Iterator<Item = (&'d str, At<'d>)> + use<'d> {
        let this = self.clone();
        let entries = match &self.node.content {
            Content::Object(entries) => Some(entries.iter()),
            _ => None,
        };
        entries
            .into_iter()
            .flatten()
            .map(move |(key, entry)| (key.as_str(), this.entry(key, entry)))
    }

    /// Elements of an array; nothing for any other value.
    pub fn elements(&self) -> impl Iterator<Item = At<'d>> + use<'d> {
        let pointer = self.pointer.clone();
        let items = match &self.node.content {
            Content::Array(items) => items.as_slice(),
            _ => &[],
        };
        items.iter().enumerate().map(move |(index, node)| At {
            node,
            pointer: format!("{pointer}/{index}"),
            key: None,
        })
    }

    /// Text, placeholders filled.
    pub fn as_str(&self) -> Option<&'d str> {
        match &self.node.content {
            Content::String { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of CloudFormation's `Fn::Sub`, which templates put where text belongs.
    pub fn substitution(&self) -> Option<At<'d>> {
        let Content::Object(entries) = &self.node.content else { return None };
        let text = self.get("Fn::Sub").filter(|_| entries.len() == 1)?;
        let text = text.elements().next().unwrap_or(text);
        text.as_str().is_some().then_some(text)
    }

    /// Text as written.
    pub fn as_written(&self) -> Option<&'d str> {
        match &self.node.content {
            Content::String { text, written } => Some(written.as_ref().unwrap_or(text)),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.node.content {
            Content::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.node.content, Content::Object(_))
    }

    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        matches!(self.node.content, Content::Array(_))
    }

    /// The value that a pointer leads to from here; `fragment` is without its `#`.
    pub(crate) fn follow(&self, fragment: &str) -> Option<At<'d>> {
        let pointer = decode_fragment(fragment)?;
        if pointer.is_empty() {
            return Some(self.clone());
        }
        pointer.starts_with('/').then(|| self.follow_plain(&pointer)).flatten()
    }

    /// Like [`Self::follow`], for a pointer that is not percent-encoded.
    pub(crate) fn follow_plain(&self, pointer: &str) -> Option<At<'d>> {
        pointer.split('/').skip(1).try_fold(self.clone(), |at, token| at.step(&unescape(token)))
    }

    fn step(&self, token: &str) -> Option<At<'d>> {
        match &self.node.content {
            Content::Array(_) => self.elements().nth(token.parse().ok()?),
            _ => self.get(token),
        }
    }

    fn entry(&self, key: &str, entry: &'d Entry) -> At<'d> {
        At {
            node: &entry.node,
            pointer: format!("{}/{}", self.pointer, escape(key)),
            key: Some(entry.key),
        }
    }
}
