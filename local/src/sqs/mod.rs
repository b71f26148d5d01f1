//! The embedded SQS: standard queues over the JSON protocol that current AWS SDKs speak, on a port
//! of the loopback interface.
//!
//! ```text
//! SDK ──▶ operations, sending, batch, moves ──▶ Queues ──▶ Store (SQLite)
//! API Gateway ──▶ query ──┘                       │
//!                              event sources ──┘
//! ```
//!
//! Each queue has a dead-letter queue beside it, named and set up as `terraform/queues.tf` does.

mod batch;
mod fault;
mod message;
mod moves;
mod operations;
mod query;
mod queues;
mod sending;
mod store;

use std::path::Path;
use std::sync::Arc;

pub(crate) use message::{Message, MessageAttribute, NewMessage, Receipt, md5};
pub(crate) use operations::system_attributes;
pub use queues::{GivenUp, Listener, QueueSpec};
pub(crate) use queues::{QueueError, Queues, ReceiveOptions, arn, queue_url};
pub(crate) use store::{Counts, Peeked};
pub use store::{DeadLetter, StoreError};

use crate::aws_json::{self, Server};
use moves::Moves;
use operations::QueueOperations;
use store::Store;

/// Why the embedded SQS does not run.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// There is nothing to keep messages in.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No port, no thread.
    #[error("cannot start the embedded SQS")]
    Start(#[from] std::io::Error),
}

/// A running SQS; dropping it stops it.
#[derive(Debug)]
pub struct Sqs {
    queues: Arc<Queues>,
    server: Server,
}

impl Sqs {
    /// Opens the file, or keeps messages in memory without one, and serves the queues on a free port.
    pub fn start(file: Option<&Path>, listener: Listener) -> Result<Self, SqsError> {
        let socket = aws_json::listen()?;
        let endpoint = aws_json::endpoint(socket.local_addr()?);
        let queues = Arc::new(Queues::new(Store::open(file)?, endpoint, listener));
        let operations = QueueOperations { queues: Arc::clone(&queues), moves: Moves::default() };
        let server = Server::start("sqs", socket, Arc::new(operations))?;
        Ok(Self { queues, server })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_SQS`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// The queues, for what works on them without a request.
    pub(crate) fn queues(&self) -> &Arc<Queues> {
        &self.queues
    }

    /// Has exactly these queues, and one of dead letters beside each. Messages of one that goes stay,
    /// until it comes back.
    pub fn ensure(&self, specs: &[QueueSpec]) {
        self.queues.ensure(specs);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::message::{MessageAttributes, Receipt};
    use super::*;

    /// A message as it is received for the first time.
    pub(crate) fn message(id: &str, body: &str) -> Message {
        Message {
            message_id: id.to_owned(),
            receipt: Receipt::new(1),
            body: body.to_owned(),
            attributes: MessageAttributes::default(),
            trace_header: None,
            group_id: None,
            sent_at: 1_700_000_000_000,
            first_received_at: 1_700_000_000_001,
            receive_count: 1,
            dead_letter_source: None,
        }
    }
}
