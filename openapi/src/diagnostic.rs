//! What is wrong with a document, where, and how to mend it.

use crate::position::Origin;

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot work: API Gateway, the code generator or the local runner would refuse it.
    Error,
    /// It works, but API Gateway drops or reinterprets it, or the author surely meant something else.
    Warning,
}

/// One finding about a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable kebab-case name of the rule, for example `dangling-reference`.
    pub code: &'static str,
    /// Whether the finding stops work.
    pub severity: Severity,
    /// Where it is; `None` only if the file could not be read at all.
    pub origin: Option<Origin>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it, if that is not obvious from the message.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `origin`.
    pub fn error(code: &'static str, origin: &Origin, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, origin, message)
    }

    /// A warning at `origin`.
    pub fn warning(code: &'static str, origin: &Origin, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, origin, message)
    }

    fn new(
        code: &'static str,
        severity: Severity,
        origin: &Origin,
        message: impl Into<String>,
    ) -> Self {
        Self { code, severity, origin: Some(origin.clone()), message: message.into(), help: None }
    }

    /// Whether it stops work.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same finding with advice on how to mend it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
