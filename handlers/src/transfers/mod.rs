//! The functions `transfers` and `transfer-sender`: objects sent to the SFTP server.
//!
//! ```text
//! POST ─▶ create_transfer ─▶ record (with the object's version), message
//!                                                              │
//! GET ─▶ get_transfer ◀── record ◀── sender ◀──────────────────┘
//!                                      └─▶ Transport ─▶ SFTP server
//! ```

mod create_transfer;
mod get_transfer;
mod record;
mod sender;
mod transport;

use std::sync::Arc;

use crate::aws;
use crate::generated::transfers::*;
use crate::jobs::{Jobs, Settings};
use crate::objects::{self, ObjectStore, S3};
use crate::parameters::Ssm;
use crate::queue::{Queue, Sqs};
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::runtime::{Context, Failure};
use crate::sftp::DestinationError;
use crate::store::{self, DynamoDbStore, RevisedStore};

pub use record::TransferRecord;
pub use sender::TransferSender;
pub use transport::{SendError, Sftp, Transport};

/// What both functions work with.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The jobs' records.
    pub records: Arc<dyn RevisedStore<TransferRecord>>,
    /// The objects to send.
    pub objects: Arc<dyn ObjectStore>,
    /// Where the sender gets its jobs from.
    pub queue: Arc<dyn Queue>,
    /// The way to the server.
    pub transport: Arc<dyn Transport>,
    /// How often a job is begun.
    pub settings: Settings,
}

/// The functions cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing.
    #[error(transparent)]
    Variable(#[from] MissingVariable),
    /// The server's address is none.
    #[error("SFTP_URL cannot be used")]
    Destination(#[from] DestinationError),
}

impl Ports {
    /// Reads the configuration and connects to AWS; to the SFTP server only once there is something
    /// to send.
    ///
    /// # Errors
    /// If a variable is missing or unfit.
    pub async fn connect(lookup: Lookup<'_>) -> Result<Self, StartError> {
        let table = required(lookup, "TRANSFERS_TABLE")?;
        let queue = required(lookup, "TRANSFER_JOBS_QUEUE_URL")?;
        let destination = required(lookup, "SFTP_URL")?.parse()?;
        let private_key = required(lookup, "SFTP_PRIVATE_KEY_PARAMETER")?;
        let known_hosts = required(lookup, "SFTP_KNOWN_HOSTS_PARAMETER")?;
        let settings = Settings::read(lookup)?;
        let config = aws::config().await;
        let transport = Sftp::new(Ssm::new(&config), destination, private_key, known_hosts);
        Ok(Self {
            records: Arc::new(DynamoDbStore::new(store::client(&config), table)),
            objects: Arc::new(S3::new(&objects::client(&config))),
            queue: Arc::new(Sqs::new(&config, queue)),
            transport: Arc::new(transport),
            settings,
        })
    }
}

/// Serves the operations of the function `transfers`.
#[derive(Clone, Debug)]
pub struct TransfersFunction {
    jobs: Jobs<TransferRecord>,
    objects: Arc<dyn ObjectStore>,
}

impl TransfersFunction {
    /// The function that works with these.
    pub fn new(ports: &Ports) -> Self {
        let jobs = Jobs::new(Arc::clone(&ports.records), Arc::clone(&ports.queue));
        Self { jobs, objects: Arc::clone(&ports.objects) }
    }
}

impl Transfers for TransfersFunction {
    async fn create_transfer(
        &self,
        request: CreateTransferRequest,
        context: &Context,
    ) -> Result<CreateTransferResponse, Failure> {
        create_transfer::handle(self, request, context).await
    }

    async fn get_transfer(
        &self,
        request: GetTransferRequest,
        context: &Context,
    ) -> Result<GetTransferResponse, Failure> {
        get_transfer::handle(self, request, context).await
    }
}
