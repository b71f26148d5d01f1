//! Reading a submission: once from its first byte to its last, never as a whole in memory.

use std::sync::Arc;

use futures_util::StreamExt as _;
use models::NewProposal;

use super::submission::Submission;
use crate::objects::{Description, resuming};
use crate::proposals::Ports;
use crate::proposals::attempt::{Attempt, KeepError};
use crate::proposals::check::{in_body, violations};
use crate::proposals::document::{Fingerprint, Fingerprinting};
use crate::proposals::payload::PayloadReader;
use crate::runtime::Refusal;

/// What a submission says, without its document.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    pub(super) new: NewProposal,
    pub(super) content: Fingerprint,
}

/// It could not be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// There is something wrong with it, which another try finds again.
    Refused(Refusal),
    /// There is something wrong elsewhere.
    Failed(KeepError),
}

impl<E: Into<KeepError>> From<E> for ReadError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Reads a submission and writes its document, or only looks at it if there is no attempt.
pub(super) async fn read(
    ports: &Ports,
    submission: &Submission,
    found: &Description,
    mut attempt: Option<&mut Attempt<'_>>,
) -> Result<Payload, ReadError> {
    if let Some(attempt) = &mut attempt {
        attempt.clear().await?;
    }
    // Whatever it was called: an empty body often loses its Content-Type on the way.
    if found.version.size == 0 {
        return Err(ReadError::Refused(Refusal::Malformed("The body is empty.".to_owned())));
    }
    media_type(found).map_err(ReadError::Refused)?;
    let (store, version) = (Arc::clone(&ports.objects), found.version.clone());
    let mut chunks = resuming(store, version, 0..found.version.size);
    let (mut reader, mut content) = (PayloadReader::default(), Fingerprinting::default());
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        bytes.clear();
        reader.push(&chunk?, &mut bytes).map_err(ReadError::Refused)?;
        content.update(&bytes);
        if let Some(attempt) = &mut attempt {
            attempt.write(&bytes).await?;
        }
    }
    let new = reader.finish().map_err(ReadError::Refused)?;
    let content = content.finish().map_err(|invalid| {
        ReadError::Refused(Refusal::Malformed(format!("The document has no SHA-256: {invalid}.")))
    })?;
    let mut violations = violations(&new, &content);
    if new.proposal_id.as_str() != submission.id {
        violations.push(in_body("/proposalId", "is not the one it was submitted under"));
    }
    if !violations.is_empty() {
        return Err(ReadError::Refused(Refusal::Invalid(violations)));
    }
    if let Some(attempt) = attempt {
        attempt.written().await?;
    }
    Ok(Payload { new, content })
}

/// Whether it was sent as what it has to be.
fn media_type(found: &Description) -> Result<(), Refusal> {
    let said = found.media_type.as_deref().unwrap_or_default();
    let essence = said.split(';').next().unwrap_or_default().trim();
    let taken = ["application/octet-stream", "application/json"];
    if taken.iter().any(|taken| taken.eq_ignore_ascii_case(essence)) {
        return Ok(());
    }
    let detail = "The body's Content-Type has to be application/octet-stream or application/json.";
    Err(Refusal::UnsupportedMediaType(detail.to_owned()))
}

/// What is wrong with a submission, in a sentence or two.
pub(super) fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Malformed(detail) | Refusal::UnsupportedMediaType(detail) => detail.clone(),
        Refusal::Invalid(violations) => {
            let details = violations.iter().map(|it| match it.pointer.as_str() {
                "" => format!("the body {}", it.detail),
                pointer => format!("{pointer} {}", it.detail),
            });
            let details: Vec<_> = details.collect();
            format!("The body breaks constraints: {}.", details.join("; "))
        }
    }
}
