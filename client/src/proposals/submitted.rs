//! What became of a submission.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use models::{Proposal, ProposalId, ProposalStatus};

use super::error::{SubmitError, is_absent};
use super::route::Route;
use crate::Client;

/// The function that makes proposals of submissions may run so long (`timeout` in the document).
const PATIENCE: Duration = Duration::from_secs(900);
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A payload that arrived. Whether it has become a proposal, [`wait`](Self::wait) tells.
#[derive(Clone)]
pub struct Submitted {
    pub(super) client: Client,
    pub(super) id: ProposalId,
    pub(super) route: Route,
    pub(super) length: u64,
    pub(super) submission: Option<String>,
    pub(super) sha256: Option<Arc<OnceLock<String>>>,
    pub(super) proposal: Option<Proposal>,
}

impl fmt::Debug for Submitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submitted")
            .field("id", &self.id)
            .field("route", &self.route)
            .field("length", &self.length)
            .field("submission", &self.submission)
            .field("sha256", &self.sha256())
            .field("proposal", &self.proposal)
            .finish()
    }
}

impl Submitted {
    /// The way the payload took.
    pub fn route(&self) -> Route {
        self.route
    }

    /// Bytes of the payload.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Names the submission; `None` by [`Route::Function`].
    pub fn submission(&self) -> Option<&str> {
        self.submission.as_deref()
    }

    /// SHA-256 of the document in hexadecimal; `None` if the payload was encoded by somebody else.
    pub fn sha256(&self) -> Option<&str> {
        self.sha256.as_ref()?.get().map(String::as_str)
    }

    /// The proposal, if it is known already: always by [`Route::Function`].
    pub fn proposal(&self) -> Option<&Proposal> {
        self.proposal.as_ref()
    }

    /// Waits until the payload has become a proposal, 15 minutes at most.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    pub async fn wait(&self) -> Result<Proposal, SubmitError> {
        self.wait_for(PATIENCE).await
    }

    /// Waits until the payload has become a proposal, for so long at most.
    ///
    /// # Errors
    /// [`Failed`](SubmitError::Failed) if it cannot become one, [`Conflict`](SubmitError::Conflict)
    /// if the identifier is another proposal's, [`Withdrawn`](SubmitError::Withdrawn) if it was
    /// deleted meanwhile, [`Timeout`](SubmitError::Timeout) if nothing was decided in time, and
    /// whatever can go wrong with a call.
    pub async fn wait_for(&self, patience: Duration) -> Result<Proposal, SubmitError> {
        if let Some(proposal) = &self.proposal {
            return Ok(proposal.clone());
        }
        let started = Instant::now();
        // An upload has a record from its beginning; other submissions get theirs when they are read.
        let mut was_there = self.route == Route::Upload;
        let mut pause = SHORTEST_PAUSE;
        loop {
            match self.client.get_proposal().proposal_id(self.id.clone()).send().await {
                Ok(record) => {
                    was_there = true;
                    if let Some(proposal) = self.decided(record.into_inner())? {
                        return Ok(proposal);
                    }
                }
                Err(error) if is_absent(&error) && !was_there => {}
                Err(error) if is_absent(&error) => return Err(SubmitError::Withdrawn),
                Err(error) => return Err(error.into()),
            }
            let left = patience.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(SubmitError::Timeout);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
    }

    /// The proposal, if the record is about this submission and there is nothing to wait for.
    fn decided(&self, record: Proposal) -> Result<Option<Proposal>, SubmitError> {
        let is_mine = self.submission.is_some() && record.submission == self.submission;
        // Nothing was submitted where the same was being read already.
        let is_awaited = is_mine || self.submission.is_none();
        match record.status {
            ProposalStatus::Accepted if is_mine || self.is_same_document(&record) => {
                Ok(Some(record))
            }
            ProposalStatus::Accepted => Err(conflict(record)),
            ProposalStatus::Failed if is_awaited => {
                let reason = record.reason.unwrap_or_else(|| "no reason is given".to_owned());
                Err(SubmitError::Failed { reason })
            }
            // Should an earlier submission have failed, this one is on its way.
            ProposalStatus::Uploading | ProposalStatus::Processing | ProposalStatus::Failed => {
                Ok(None)
            }
        }
    }

    fn is_same_document(&self, record: &Proposal) -> bool {
        let document = record.document.as_ref();
        document.is_some_and(|document| self.sha256() == Some(document.sha256.as_str()))
    }
}

/// The identifier is another proposal's.
pub(super) fn conflict(record: Proposal) -> SubmitError {
    let detail = format!("proposal {} has other content", record.proposal_id);
    SubmitError::Conflict { detail, proposal: Some(Box::new(record)) }
}
