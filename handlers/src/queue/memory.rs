//! The twin in memory: it keeps what was done with it, for tests to look at.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Queue, QueueError};
use crate::store::BoxFuture;

/// A queue in memory that nobody consumes.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<String>,
    released: Vec<(String, Duration)>,
    is_lost: bool,
}

impl MemoryQueue {
    /// The messages, in the order they were sent.
    pub fn sent(&self) -> Vec<String> {
        self.state().sent.clone()
    }

    /// Receipt handles and delays of the messages that were released.
    pub fn released(&self) -> Vec<(String, Duration)> {
        self.state().released.clone()
    }

    /// From now on every call fails, or none.
    pub fn lose(&self, is_lost: bool) {
        self.state().is_lost = is_lost;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(
        &self,
        action: &'static str,
        change: impl FnOnce(&mut State),
    ) -> Result<(), QueueError> {
        let mut state = self.state();
        if state.is_lost {
            return Err(QueueError { action, queue: "memory".to_owned(), source: "lost".into() });
        }
        change(&mut state);
        Ok(())
    }
}

impl Queue for MemoryQueue {
    fn send<'a>(&'a self, body: &'a str) -> BoxFuture<'a, Result<(), QueueError>> {
        Box::pin(async { self.change("send to", |state| state.sent.push(body.to_owned())) })
    }

    fn release<'a>(
        &'a self,
        receipt_handle: &'a str,
        delay: Duration,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        let released = (receipt_handle.to_owned(), delay);
        Box::pin(async { self.change("release to", |state| state.released.push(released)) })
    }
}
