//! What is held against every proposal, whichever way it came.

use models::NewProposal;

use super::document::{Fingerprint, Fingerprinting};
use super::identifier;
use super::payload::decode_content;
use crate::runtime::{Failure, Violation};

/// A proposal with its document in memory.
#[derive(Debug)]
pub(super) struct Checked {
    /// What it says; the content is empty.
    pub(super) new: NewProposal,
    /// The document.
    pub(super) bytes: Vec<u8>,
    /// Of the document.
    pub(super) content: Fingerprint,
}

/// Checks a proposal that came as a whole.
///
/// # Errors
/// If a digest cannot be written as the document declares.
pub(super) fn check(mut new: NewProposal) -> Result<Result<Checked, Vec<Violation>>, Failure> {
    let bytes = match decode_content(&std::mem::take(&mut new.document.content)) {
        Ok(bytes) => bytes,
        Err(violation) => {
            let mut all = vec![violation];
            all.extend(of_identifier(&new));
            return Ok(Err(all));
        }
    };
    let mut content = Fingerprinting::default();
    content.update(&bytes);
    let content = content.finish()?;
    let violations = violations(&new, &content);
    Ok(if violations.is_empty() { Ok(Checked { new, bytes, content }) } else { Err(violations) })
}

/// What no schema says of a proposal.
pub(super) fn violations(new: &NewProposal, content: &Fingerprint) -> Vec<Violation> {
    let mut violations: Vec<_> = of_identifier(new).into_iter().collect();
    if let Some(declared) = &new.document.sha256
        && *declared != content.sha256
    {
        let detail = format!("is not that of the document, which is {}", content.sha256);
        violations.push(in_body("/document/sha256", detail));
    }
    violations
}

/// A violation by a part of the body.
pub(super) fn in_body(pointer: &str, detail: impl Into<String>) -> Violation {
    Violation { location: "body", pointer: pointer.to_owned(), detail: detail.into() }
}

fn of_identifier(new: &NewProposal) -> Option<Violation> {
    identifier::check(&new.proposal_id).err().map(|detail| in_body("/proposalId", detail))
}
