//! What is wrong with a policy, and where in it.

use std::fmt;

/// Something IAM would not accept, or that cannot be evaluated here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What is wrong, in one sentence without a full stop.
    pub(crate) message: String,
    /// How to mend it, if that is not obvious.
    pub(crate) help: Option<&'static str>,
}

/// A problem with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PolicyError {
    /// Members and indexes that lead from the policy to the place, for example `Statement`, `0`,
    /// `Action`.
    pub(crate) path: Vec<String>,
    /// What is wrong there.
    pub(crate) problem: Problem,
}

impl Problem {
    /// A problem that explains itself.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// The same with advice.
    pub(crate) const fn with_help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return write!(f, "{}", self.problem);
        }
        write!(f, "{}: {}", self.path.join("."), self.problem)
    }
}

impl std::error::Error for PolicyError {}
