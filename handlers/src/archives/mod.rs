//! The functions `archives` and `archive-builder`: zips assembled of entries of other zips.
//!
//! ```text
//! POST ─▶ create_archive ─▶ check ─▶ job document, record, message
//!                                                            │
//! GET ─▶ get_archive ◀── record ◀── builder ◀────────────────┘
//! ```

mod builder;
mod check;
mod create_archive;
mod document;
mod get_archive;
mod record;

use std::sync::Arc;

use crate::aws;
use crate::generated::archives::*;
use crate::jobs::{Jobs, Settings};
use crate::objects::{self, ObjectStore, S3};
use crate::queue::{Queue, Sqs};
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::runtime::{Context, Failure};
use crate::store::{self, DynamoDbStore, RevisedStore};

pub use builder::ArchiveBuilder;
pub use record::ArchiveRecord;

/// What both functions work with.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The jobs' records.
    pub records: Arc<dyn RevisedStore<ArchiveRecord>>,
    /// Sources, results and job documents.
    pub objects: Arc<dyn ObjectStore>,
    /// Where the builder gets its jobs from.
    pub queue: Arc<dyn Queue>,
    /// The bucket of job documents.
    pub jobs_bucket: String,
    /// How often a job is begun.
    pub settings: Settings,
}

impl Ports {
    /// Reads the configuration and connects to AWS.
    ///
    /// # Errors
    /// If a variable is missing.
    pub async fn connect(lookup: Lookup<'_>) -> Result<Self, MissingVariable> {
        let table = required(lookup, "ARCHIVES_TABLE")?;
        let queue = required(lookup, "ARCHIVE_JOBS_QUEUE_URL")?;
        let jobs_bucket = required(lookup, "JOBS_BUCKET")?;
        let settings = Settings::read(lookup)?;
        let config = aws::config().await;
        Ok(Self {
            records: Arc::new(DynamoDbStore::new(store::client(&config), table)),
            objects: Arc::new(S3::new(&objects::client(&config))),
            queue: Arc::new(Sqs::new(&config, queue)),
            jobs_bucket,
            settings,
        })
    }
}

/// Serves the operations of the function `archives`.
#[derive(Clone, Debug)]
pub struct ArchivesFunction {
    jobs: Jobs<ArchiveRecord>,
    objects: Arc<dyn ObjectStore>,
    jobs_bucket: String,
}

impl ArchivesFunction {
    /// The function that works with these.
    pub fn new(ports: &Ports) -> Self {
        Self {
            jobs: Jobs::new(Arc::clone(&ports.records), Arc::clone(&ports.queue)),
            objects: Arc::clone(&ports.objects),
            jobs_bucket: ports.jobs_bucket.clone(),
        }
    }
}

impl Archives for ArchivesFunction {
    async fn create_archive(
        &self,
        request: CreateArchiveRequest,
        context: &Context,
    ) -> Result<CreateArchiveResponse, Failure> {
        create_archive::handle(self, request, context).await
    }

    async fn get_archive(
        &self,
        request: GetArchiveRequest,
        context: &Context,
    ) -> Result<GetArchiveResponse, Failure> {
        get_archive::handle(self, request, context).await
    }
}
