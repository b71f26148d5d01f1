//! What a rule is.

use crate::diagnostic::Severity;

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// API Gateway refuses, warns, or silently drops. The text names the evidence: a page of the
    /// API Gateway Developer Guide, or the message of an import.
    ApiGateway(&'static str),
    /// A decision of this house, with its reason.
    House(&'static str),
}

/// A rule of the lint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Name of its findings.
    pub code: &'static str,
    /// Severity of its findings.
    pub severity: Severity,
    /// Who says so.
    pub authority: Authority,
}

impl Rule {
    /// API Gateway refuses the document.
    pub(super) const fn refused(code: &'static str, evidence: &'static str) -> Self {
        Self { code, severity: Severity::Error, authority: Authority::ApiGateway(evidence) }
    }

    /// API Gateway accepts the document but ignores or changes something.
    pub(super) const fn dropped(code: &'static str, evidence: &'static str) -> Self {
        Self { code, severity: Severity::Warning, authority: Authority::ApiGateway(evidence) }
    }

    /// The house wants it otherwise.
    pub(super) const fn house(code: &'static str, reason: &'static str) -> Self {
        Self { code, severity: Severity::Warning, authority: Authority::House(reason) }
    }
}
