//! The embedded SQS: standard queues over the JSON protocol that current AWS SDKs speak, on a port
//! of the loopback interface.
//!
//! ```text
//! SDK ──▶ operations, sending, batch, moves ──▶ Queues ──▶ Store (SQLite)
//!                              event sources ──┘
//! ```
//!
//! Each queue has a dead-letter queue beside it, named and set up as `terraform/queues.tf` does.

mod batch;
mod fault;
pub(crate) mod message;
mod moves;
mod operations;
mod queues;
mod sending;
mod store;

use std::path::Path;
use std::sync::Arc;

pub use queues::{DeadLetterListener, QueueSpec};
pub use store::{DeadLetter, StoreError};

use crate::aws_json::{self, Server};
use crate::environment::ACCOUNT_ID;
use moves::Moves;
use operations::QueueOperations;
use queues::Queues;
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
    pub fn start(
        file: Option<&Path>,
        on_dead_letters: DeadLetterListener,
    ) -> Result<Self, SqsError> {
        let queues = Arc::new(Queues::new(Store::open(file)?, on_dead_letters));
        let listener = aws_json::listen()?;
        let operations = QueueOperations {
            queues: Arc::clone(&queues),
            moves: Moves::default(),
            endpoint: aws_json::endpoint(listener.local_addr()?),
        };
        let server = Server::start("sqs", listener, Arc::new(operations))?;
        Ok(Self { queues, server })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_SQS`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Has exactly these queues, and one of dead letters beside each. Messages of one that goes stay,
    /// until it comes back.
    pub fn ensure(&self, specs: &[QueueSpec]) {
        self.queues.ensure(specs);
    }
}

/// The address of a queue at an endpoint.
pub(crate) fn queue_url(endpoint: &str, name: &str) -> String {
    format!("{endpoint}/{ACCOUNT_ID}/{name}")
}
