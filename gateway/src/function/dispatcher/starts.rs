//! What is known about starting a function's workers: failures, and who wants to hear.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::function::fault::StartFailure;

/// After a failed start, answers are given from memory for this long before the next attempt.
/// Doubled with each further failure.
pub(super) const BACK_OFF: Duration = Duration::from_millis(200);
const MAX_BACK_OFF: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Starts {
    failures: u32,
    last: Option<(Instant, StartFailure)>,
    awaited: Vec<oneshot::Sender<Result<(), StartFailure>>>,
}

impl Starts {
    /// The failure to answer with instead of another attempt, until it is time for one.
    pub(super) fn remembered(&self, now: Instant) -> Option<&StartFailure> {
        self.last.as_ref().filter(|(until, _)| now < *until).map(|(_, failure)| failure)
    }

    /// Whether the last attempt failed: the next has to succeed before there are several at once.
    pub(super) fn is_doubtful(&self) -> bool {
        self.failures > 0
    }

    /// Tells `started` of the next outcome.
    pub(super) fn notify(&mut self, started: oneshot::Sender<Result<(), StartFailure>>) {
        self.awaited.push(started);
    }

    /// A worker asked for its first invocation.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.last = None;
        self.tell(&Ok(()));
    }

    /// A worker was given up.
    pub(super) fn failed(&mut self, failure: StartFailure, now: Instant) {
        let back_off = BACK_OFF.saturating_mul(1 << self.failures.min(8)).min(MAX_BACK_OFF);
        self.failures = self.failures.saturating_add(1);
        self.tell(&Err(failure.clone()));
        self.last = Some((now + back_off, failure));
    }

    /// There will be no further attempts; who waits learns it from the closed channel.
    pub(super) fn abandon(&mut self) {
        self.awaited.clear();
    }

    fn tell(&mut self, outcome: &Result<(), StartFailure>) {
        for waiting in self.awaited.drain(..) {
            // One that gave up needs no answer.
            let _ = waiting.send(outcome.clone());
        }
    }
}
