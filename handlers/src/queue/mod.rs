//! Messages to a queue: the port, its in-memory twin and SQS. What a function does with the messages
//! of its queue is [`runtime::Consumer`](crate::runtime::Consumer).

mod memory;
mod sqs;

use std::fmt::Debug;
use std::time::Duration;

pub use memory::MemoryQueue;
pub use sqs::Sqs;

use crate::store::BoxFuture;

/// Where messages are put for whoever consumes them.
pub trait Queue: Debug + Send + Sync {
    /// Puts a message there.
    fn send<'a>(&'a self, body: &'a str) -> BoxFuture<'a, Result<(), QueueError>>;

    /// Has a message that is being consumed, and will not be done with, delivered again after the
    /// delay, 12 hours at most, instead of after the queue's visibility timeout.
    fn release<'a>(
        &'a self,
        receipt_handle: &'a str,
        delay: Duration,
    ) -> BoxFuture<'a, Result<(), QueueError>>;
}

/// The queue could not do it.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the queue {queue}")]
pub struct QueueError {
    action: &'static str,
    queue: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}
