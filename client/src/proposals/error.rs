//! What can go wrong with a submission.

use std::io;

use models::{Problem, Proposal};
use reqwest::StatusCode;
use thiserror::Error;

use crate::support::Error as CallError;

/// Why there is no proposal to show.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Nothing was sent: an argument is none.
    #[error("nothing was sent: {0}")]
    InvalidArgument(String),
    /// The API does not take the proposal.
    #[error("the proposal is refused: {}", told(problem))]
    Refused {
        /// Status of the answer.
        status: StatusCode,
        /// Why.
        problem: Box<Problem>,
    },
    /// The identifier is another proposal's, or an upload of other content is under way.
    #[error("the identifier is taken: {detail}")]
    Conflict {
        /// By what.
        detail: String,
        /// The proposal that has it, if there is one already.
        proposal: Option<Box<Proposal>>,
    },
    /// The submission arrived, and cannot become a proposal.
    #[error("the submission failed: {reason}")]
    Failed {
        /// Why.
        reason: String,
    },
    /// The proposal was deleted while its submission was under way.
    #[error("the proposal was deleted while its submission was under way")]
    Withdrawn,
    /// Nothing was decided in time; waiting again may help.
    #[error("the submission is still under way")]
    Timeout,
    /// The payload cannot be read, or is not as long as was said.
    #[error("the payload cannot be read: {0}")]
    Payload(io::Error),
    /// S3 does not take a part of the payload.
    #[error("part {number} of the upload does not arrive: {detail}")]
    Part {
        /// Its place, from 1.
        number: i64,
        /// What became of the last try.
        detail: String,
    },
    /// A call has no declared answer, or none at all.
    #[error("{0}")]
    Call(CallError<Problem>),
}

fn told(problem: &Problem) -> String {
    let mut text = problem.detail.clone().unwrap_or_else(|| problem.title.clone());
    for violation in problem.errors.iter().flatten() {
        text.push_str(&format!("; {}: {}", violation.pointer, violation.detail));
    }
    text
}

impl From<CallError<Problem>> for SubmitError {
    fn from(error: CallError<Problem>) -> Self {
        match error {
            CallError::Problem { status, problem, .. } if status == StatusCode::CONFLICT => {
                Self::Conflict { detail: told(&problem), proposal: None }
            }
            CallError::Problem { status, problem, .. } if status.is_client_error() => {
                Self::Refused { status, problem }
            }
            CallError::InvalidRequest(reason) => Self::InvalidArgument(reason),
            error => Self::Call(error),
        }
    }
}

/// Whether the answer is 404.
pub(super) fn is_absent(error: &CallError<Problem>) -> bool {
    error.status() == Some(StatusCode::NOT_FOUND)
}
