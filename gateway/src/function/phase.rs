//! What a worker is doing, and what is said about it.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::fault::StartFailure;
use super::job::{Event, Job};

pub(super) type WorkerId = u64;

/// What a worker's `GET /next` answers with.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) event: Arc<Event>,
    pub(super) deadline_millis: u128,
}

/// What a worker gets for `GET /next`.
#[derive(Debug)]
pub(super) enum Next {
    Deliver(Delivery),
    Wait(oneshot::Receiver<Delivery>),
    /// The worker is about to be stopped.
    Never,
}

/// What a worker's task is to do.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Look again at this time, or when told.
    Continue(Instant),
    /// End the process in an orderly way.
    Stop,
    /// End the process at once: its invocation ran out of time.
    Kill(Arc<Event>),
    /// It did not get through its initialisation.
    Unready(StartFailure),
}

/// Why a posted result is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misplaced {
    /// It names another invocation than the running one.
    RequestId,
    /// It names another attempt.
    InvocationId,
    /// Nothing is running; the state the worker is in.
    State(&'static str),
}

#[derive(Debug)]
pub(super) enum Phase {
    Starting { deadline: Instant, limit: Duration, reported: Option<Bytes> },
    Waiting(oneshot::Sender<Delivery>),
    Busy { job: Job, clock: Clock },
    Returning,
    Stopping,
}

#[derive(Debug)]
pub(super) struct Worker {
    pub(super) phase: Phase,
    pub(super) attention: Arc<Notify>,
}

/// When an invocation has to be done; it starts when a worker takes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) deadline: Instant,
    deadline_millis: u128,
}

impl Clock {
    pub(super) fn start(now: Instant, timeout: Duration) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { deadline: now + timeout, deadline_millis: (wall + timeout).as_millis() }
    }

    pub(super) fn delivery(self, job: &Job) -> Delivery {
        Delivery { event: Arc::clone(&job.event), deadline_millis: self.deadline_millis }
    }
}
