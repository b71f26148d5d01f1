//! What is wrong with a value, and where in it.

use std::fmt;

/// One violated constraint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Broken {
    /// JSON pointer (RFC 6901) inside the value; empty for the value itself.
    pub pointer: String,
    /// What the part at `pointer` breaks, as the end of a sentence that starts with the part:
    /// `is shorter than 1 character`.
    pub detail: String,
}

impl Broken {
    /// A violation by the value as a whole.
    pub fn whole(detail: impl Into<String>) -> Self {
        Self { pointer: String::new(), detail: detail.into() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = if self.pointer.is_empty() { "value" } else { &self.pointer };
        write!(f, "{part} {}", self.detail)
    }
}

/// A value that breaks its schema: every violation. Constructors of generated types answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(pub Vec<Broken>);

impl Invalid {
    /// One violation by the value as a whole.
    pub fn whole(detail: impl Into<String>) -> Self {
        Self(vec![Broken::whole(detail)])
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, broken) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{broken}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// Why JSON text did not become a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The text is not JSON.
    #[error("{message} at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// The text is JSON and breaks its schema.
    #[error("{}", Invalid(.0.clone()))]
    Broken(Vec<Broken>),
}
