//! What all jobs have.

use std::time::{Duration, SystemTime};

use models::JobStatus;
use models::value::{Timestamp, Uuid};
use serde::{Deserialize, Serialize};

/// How long a record is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobState {
    /// How far it is.
    pub status: JobStatus,
    /// How often the record has changed.
    pub revision: u64,
    /// Tells requests apart that use one idempotency key.
    pub request: Uuid,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Bytes done by the attempt under way.
    pub bytes_done: u64,
    /// Bytes to do.
    pub bytes_total: u64,
    /// How often it was begun.
    pub attempts: u64,
    /// How long the last attempt took.
    pub seconds: Option<f64>,
    /// Why the last attempt failed.
    pub reason: Option<String>,
    /// The message that the attempt under way works on.
    pub message_id: Option<String>,
    /// When the attempt under way ends at the latest, in seconds since 1970.
    pub ends: Option<u64>,
    /// When the record may go, in seconds since 1970: the table's `timeToLive`.
    pub expires: u64,
}

impl JobState {
    /// A job that nobody has begun.
    pub fn new(request: Uuid, bytes_total: u64) -> Self {
        Self {
            status: JobStatus::Queued,
            revision: 0,
            request,
            created_at: Timestamp::now(),
            bytes_done: 0,
            bytes_total,
            attempts: 0,
            seconds: None,
            reason: None,
            message_id: None,
            ends: None,
            expires: seconds(SystemTime::now() + KEPT),
        }
    }

    /// Whether it has succeeded or failed for good.
    pub const fn has_ended(&self) -> bool {
        matches!(self.status, JobStatus::Succeeded | JobStatus::Failed)
    }

    /// Whether another message's attempt is under way. The message itself comes back only when
    /// its attempt is over, but a second message for the job may come at any time.
    pub fn is_with_another(&self, message_id: &str, now: SystemTime) -> bool {
        self.status == JobStatus::Running
            && self.message_id.as_deref() != Some(message_id)
            && self.ends.is_some_and(|ends| ends > seconds(now))
    }

    /// Begins an attempt.
    pub(super) fn begin(&mut self, message_id: &str, deadline: SystemTime) {
        self.status = JobStatus::Running;
        self.attempts += 1;
        self.bytes_done = 0;
        self.seconds = None;
        self.message_id = Some(message_id.to_owned());
        self.ends = Some(seconds(deadline));
    }

    /// Ends an attempt; `reason` says why it failed.
    pub(super) fn end(&mut self, status: JobStatus, took: Duration, reason: Option<String>) {
        self.status = status;
        self.seconds = Some((took.as_secs_f64() * 1e3).round() / 1e3);
        self.reason = reason;
        self.message_id = None;
        self.ends = None;
        if status == JobStatus::Succeeded {
            self.bytes_done = self.bytes_total;
        }
    }
}

/// A count of bytes as the wire has it.
pub(crate) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_belongs_to_its_message_until_it_must_be_over() {
        let now = SystemTime::now();
        let (before, after) = (now - Duration::from_secs(9), now + Duration::from_secs(9));
        let mut state = JobState::new(Uuid::nil(), 7);
        assert!(!state.is_with_another("m-2", now));
        state.begin("m-1", after);
        assert!(state.is_with_another("m-2", now) && !state.is_with_another("m-1", now));
        state.begin("m-1", before);
        assert!(!state.is_with_another("m-2", now));
        assert_eq!((state.attempts, state.has_ended()), (2, false));
        state.end(JobStatus::Succeeded, Duration::from_micros(1_234_567), None);
        assert_eq!((state.seconds, state.bytes_done, state.has_ended()), (Some(1.235), 7, true));
    }
}
