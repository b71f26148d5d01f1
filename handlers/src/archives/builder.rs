//! The function `archive-builder`: builds what createArchive has queued.

use std::error::Error;
use std::sync::Arc;

use models::value::Uuid;
use serde::Deserialize;

use super::check::STATUS_SUFFIX;
use super::document::{self, Document};
use super::{ArchiveRecord, Ports};
use crate::assembly::{self, Budget, BuildError, Observer, Plan, SurveyError, survey};
use crate::jobs::{Attempt, AttemptError, Work, Worker};
use crate::objects::{ObjectAddress, ObjectError, ObjectStore, Upload, fetch};
use crate::runtime::{Consumer, Delivery, Failure};
use crate::store::BoxFuture;

/// Consumes the queue `archiveJobs`.
#[derive(Debug)]
pub struct ArchiveBuilder {
    worker: Worker<Building>,
}

/// What the queue's messages say.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveMessage {
    /// The job.
    pub archive_id: Uuid,
}

impl ArchiveBuilder {
    /// The builder that works with these.
    pub fn new(ports: &Ports) -> Self {
        let objects = Arc::clone(&ports.objects);
        let work = Building { objects, jobs_bucket: ports.jobs_bucket.clone() };
        let (records, queue) = (Arc::clone(&ports.records), Arc::clone(&ports.queue));
        let objects = Arc::clone(&ports.objects);
        Self { worker: Worker::new(work, records, objects, queue, ports.settings) }
    }
}

impl Consumer for ArchiveBuilder {
    const FUNCTION: &'static str = "archive-builder";
    type Message = ArchiveMessage;

    async fn consume(&self, message: ArchiveMessage, delivery: &Delivery) -> Result<(), Failure> {
        self.worker.consume(&message.archive_id.to_string(), delivery).await
    }

    async fn failed(&self, delivery: &Delivery) {
        self.worker.release(delivery).await;
    }
}

/// Building of one archive.
#[derive(Debug)]
struct Building {
    objects: Arc<dyn ObjectStore>,
    jobs_bucket: String,
}

impl Work for Building {
    type Record = ArchiveRecord;

    async fn clear(&self, attempt: &Attempt<ArchiveRecord>) -> Result<(), AttemptError> {
        if let Some(upload) = attempt.record().await.upload {
            self.objects.abort(&upload).await?;
            attempt.change(|record| record.upload = None).await?;
        }
        Ok(())
    }

    async fn perform(&self, attempt: &Attempt<ArchiveRecord>) -> Result<String, AttemptError> {
        let record = attempt.record().await;
        let document = self.document(&record).await?;
        let directories =
            survey(&*self.objects, document.sources).await.map_err(|error| match error {
                // They were fine when the job was taken.
                SurveyError::Faults(faults) => AttemptError::lasting(
                    faults.into_iter().map(|fault| fault.detail).collect::<Vec<_>>().join("; "),
                ),
                SurveyError::Store(error) => error.into(),
            })?;
        let plan = Plan::new(&document.content, directories, document.verify);
        let plan = plan.map_err(|faults| {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            AttemptError::lasting(faults.join("; "))
        })?;
        let (destination, following) = (&document.destination, Following(attempt));
        let built =
            assembly::build(&*self.objects, &plan, destination, Budget::default(), &following);
        let report = built.await.map_err(attempt_error)?;
        let (size, entries) = (report.size, report.entries);
        attempt
            .change(|record| {
                record.upload = None;
                record.size = Some(size);
                record.entries = Some(entries as u64);
                record.verified = Some(report.verified);
            })
            .await?;
        Ok(format!("{destination}: {entries} entries in {size} bytes"))
    }

    fn status_object(&self, record: &ArchiveRecord) -> ObjectAddress {
        let destination = &record.destination;
        let key = format!("{}{STATUS_SUFFIX}", destination.key.as_str());
        ObjectAddress::new(destination.bucket.as_str(), key)
    }
}

impl Building {
    async fn document(&self, record: &ArchiveRecord) -> Result<Document, AttemptError> {
        let (id, request) = (&record.archive_id, &record.state.request);
        let address = document::address(&self.jobs_bucket, id, request);
        let version = self.objects.head(&address).await?;
        let text = fetch(&*self.objects, &version, 0..version.size).await?;
        serde_json::from_slice(&text)
            .map_err(|error| AttemptError::lasting("The job document is broken.").because(error))
    }
}

fn attempt_error(error: BuildError) -> AttemptError {
    match error {
        BuildError::Object(error @ ObjectError::Changed(_)) => AttemptError::lasting(format!(
            "{error}: the archive would hold something else than what was asked for"
        )),
        BuildError::Object(error) => error.into(),
        lasting @ (BuildError::Corrupt { .. } | BuildError::Unplanned(_)) => {
            AttemptError::lasting(lasting.to_string())
        }
        noting @ BuildError::Observer(_) => {
            AttemptError::passing("The job's record cannot be changed.").because(noting)
        }
    }
}

/// Tells the record how far the build is.
struct Following<'a>(&'a Attempt<ArchiveRecord>);

impl Observer for Following<'_> {
    fn begun<'a>(
        &'a self,
        upload: &'a Upload,
    ) -> BoxFuture<'a, Result<(), Box<dyn Error + Send + Sync>>> {
        Box::pin(async move {
            let noted = self.0.change(|record| record.upload = Some(upload.clone())).await;
            noted.map_err(Into::into)
        })
    }

    fn written(&self, bytes: u64) {
        self.0.progress(bytes);
    }
}
