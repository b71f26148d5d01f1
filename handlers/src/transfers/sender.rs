//! The function `transfer-sender`: sends what createTransfer has queued.

use std::error::Error as _;
use std::sync::Arc;

use models::value::Uuid;
use serde::Deserialize;

use super::create_transfer::STATUS_SUFFIX;
use super::{Ports, SendError, TransferRecord, Transport};
use crate::jobs::{Attempt, AttemptError, Work, Worker};
use crate::objects::{ObjectAddress, ObjectStore};
use crate::runtime::{Consumer, Delivery, Failure};
use crate::sftp::{ObjectSource, RemoteFile};

/// Consumes the queue `transferJobs`.
#[derive(Debug)]
pub struct TransferSender {
    worker: Worker<Sending>,
}

/// What the queue's messages say.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferMessage {
    /// The job.
    pub transfer_id: Uuid,
}

impl TransferSender {
    /// The sender that works with these.
    pub fn new(ports: &Ports) -> Self {
        let objects = Arc::clone(&ports.objects);
        let work = Sending { objects, transport: Arc::clone(&ports.transport) };
        let (records, queue) = (Arc::clone(&ports.records), Arc::clone(&ports.queue));
        let objects = Arc::clone(&ports.objects);
        Self { worker: Worker::new(work, records, objects, queue, ports.settings) }
    }
}

impl Consumer for TransferSender {
    const FUNCTION: &'static str = "transfer-sender";
    type Message = TransferMessage;

    async fn consume(&self, message: TransferMessage, delivery: &Delivery) -> Result<(), Failure> {
        self.worker.consume(&message.transfer_id.to_string(), delivery).await
    }

    async fn failed(&self, delivery: &Delivery) {
        self.worker.release(delivery).await;
    }
}

/// Sending of one object.
#[derive(Debug)]
struct Sending {
    objects: Arc<dyn ObjectStore>,
    transport: Arc<dyn Transport>,
}

impl Work for Sending {
    type Record = TransferRecord;

    /// What reached the server is of use to the next attempt.
    async fn clear(&self, _: &Attempt<TransferRecord>) -> Result<(), AttemptError> {
        Ok(())
    }

    async fn perform(&self, attempt: &Attempt<TransferRecord>) -> Result<String, AttemptError> {
        let record = attempt.record().await;
        let file = RemoteFile::new(&record.file_name, &record.transfer_id.to_string())
            .map_err(|error| AttemptError::lasting(error.to_string()))?;
        let source = ObjectSource { store: Arc::clone(&self.objects), version: record.version };
        let progress = |bytes| attempt.progress(bytes);
        let sent = self.transport.send(&source, &file, &progress).await.map_err(attempt_error)?;
        if sent.resumed_at > 0 {
            tracing::info!(resumedAt = sent.resumed_at, "an earlier attempt's file was completed");
        }
        Ok(format!("{}: {} bytes sent", record.file_name.as_str(), sent.size))
    }

    fn status_object(&self, record: &TransferRecord) -> ObjectAddress {
        let source = &record.source;
        ObjectAddress::new(
            source.bucket.as_str(),
            format!("{}{STATUS_SUFFIX}", source.key.as_str()),
        )
    }
}

/// What is wrong with a key or a server helps whoever asked; what is under it is for the log.
fn attempt_error(error: SendError) -> AttemptError {
    let reason = match (&error, error.source()) {
        (SendError::PrivateKey(_) | SendError::KnownHosts(_), Some(why)) => {
            format!("{error}: {why}")
        }
        _ => error.to_string(),
    };
    if error.is_passing() {
        AttemptError::passing(reason).because(error)
    } else {
        AttemptError::lasting(reason).because(error)
    }
}
