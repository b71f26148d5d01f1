//! Jobs: work that outlives the request that asked for it.
//!
//! ```text
//! request ─▶ Jobs::submit ─▶ record (queued) ─▶ message ─▶ Worker ─▶ Attempt ─▶ Work
//!                                │                                      │
//!                   GET ◀────────┴───────── progress, outcome ◀─────────┴─▶ status object
//! ```
//!
//! A queue delivers a message at least once, so a job may be begun more than once. The record
//! decides: who changes it has to know its last revision, and a job that has ended is begun by
//! nobody.

mod attempt;
mod outcome;
mod reader;
mod request;
mod settings;
mod state;
mod submit;
mod worker;

use crate::store::Revised;

pub use attempt::{Attempt, ChangeError};
pub(crate) use outcome::outcome_object;
pub use reader::Reader;
pub use request::Request;
pub use settings::Settings;
pub use state::JobState;
pub(crate) use state::{count, seconds};
pub use submit::{Jobs, Standing, SubmitError};
pub use worker::{AttemptError, Work, Worker};

/// The record of a job.
pub trait Job: Revised + PartialEq {
    /// What all jobs have.
    fn state(&self) -> &JobState;

    /// What all jobs have, to be changed.
    fn state_mut(&mut self) -> &mut JobState;
}

/// The member that holds the revision, as [`JobState`] has it.
pub const REVISION: &str = "revision";

#[cfg(test)]
mod tests;
