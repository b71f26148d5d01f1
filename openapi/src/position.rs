//! Where something stands in the document.

use std::fmt;

use crate::document::unescape;

/// A place in the text: line and column, both counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where a part of the model was declared: a JSON pointer (RFC 6901) and its place in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// JSON pointer from the document's root, for example `/paths/~1users/post`.
    pub pointer: String,
    /// Where to look: objects and arrays are found by their key, other values by themselves.
    pub position: Position,
}

impl Origin {
    /// The keys and indexes that lead from the document's root to the part.
    pub fn path(&self) -> impl Iterator<Item = String> {
        self.pointer.split('/').skip(1).map(unescape)
    }
}
