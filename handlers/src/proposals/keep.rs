//! Keeping a proposal whose document is in memory.

use super::attempt::{Attempt, KeepError};
use super::check::Checked;
use super::record::ProposalRecord;
use super::{Ports, ROUNDS};
use crate::runtime::{Failure, Problem};

/// What is said after that.
const SUPERSEDED: &str = "The proposal is being changed by somebody else.";

/// What became of it.
#[derive(Debug)]
pub(super) enum Kept {
    /// The proposal is kept, or was.
    Same(Box<ProposalRecord>),
    /// Something else is kept under its identifier.
    Other,
}

/// Keeps a proposal, unless its identifier is taken.
pub(super) async fn keep(ports: &Ports, checked: &Checked) -> Result<Kept, KeepError> {
    let id = &checked.new.proposal_id;
    for _ in 0..ROUNDS {
        let former = ports.get(id).await?;
        if let Some(former) = former.as_ref().filter(|former| former.is_accepted()) {
            let is_same = former.is_same(&checked.new, &checked.content);
            return Ok(if is_same { Kept::Same(Box::new(former.clone())) } else { Kept::Other });
        }
        if let Some(record) = put(ports, former, checked).await? {
            return Ok(Kept::Same(Box::new(record)));
        }
    }
    Err(KeepError::Superseded)
}

/// Writes the document, and the record that has it; none if somebody else has changed the record.
pub(super) async fn put(
    ports: &Ports,
    former: Option<ProposalRecord>,
    checked: &Checked,
) -> Result<Option<ProposalRecord>, KeepError> {
    let Checked { new, bytes, content } = checked;
    let begun = Attempt::begin(ports, &new.proposal_id, former, content.size, |next| {
        next.submission = None;
        next.reader = None;
    });
    let Some(mut attempt) = begun.await? else { return Ok(None) };
    match write(&mut attempt, bytes).await {
        Ok(()) => Ok(attempt.accept(new, content).await?),
        Err(error) => match attempt.undo().await {
            // What failed was done away with by whoever took over.
            Ok(false) => Ok(None),
            Ok(true) => Err(error),
            Err(undone) => {
                tracing::warn!(error = Failure::from(undone).chain(), "a note is left behind");
                Err(error)
            }
        },
    }
}

async fn write(attempt: &mut Attempt<'_>, bytes: &[u8]) -> Result<(), KeepError> {
    attempt.clear().await?;
    attempt.write(bytes).await?;
    attempt.written().await
}

/// What a caller is told of an error that may pass.
///
/// # Errors
/// The error, if it will not.
pub(super) fn unavailable(error: impl Into<KeepError>) -> Result<Problem, Failure> {
    match error.into() {
        KeepError::Object(error) if error.is_passing() => {
            tracing::warn!(error = Failure::from(error).chain(), "S3 cannot do it now");
            Ok(Problem::new(503, "S3 cannot keep or find the proposal's data now."))
        }
        KeepError::Superseded => Ok(Problem::new(503, SUPERSEDED)),
        error => Err(error.into()),
    }
}
