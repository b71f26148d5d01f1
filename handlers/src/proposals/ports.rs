//! What the functions work with, and what is done with it everywhere.

use std::sync::Arc;

use crate::aws;
use crate::jobs::Settings;
use crate::objects::{self, ObjectAddress, ObjectError, ObjectStore, S3, Upload};
use crate::queue::{Queue, Sqs};
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::store::{self, DynamoDbStore, RevisedStore, StoreError};

use super::record::{Draft, PayloadUpload, ProposalRecord};

/// What both functions work with.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The proposals' records.
    pub records: Arc<dyn RevisedStore<ProposalRecord>>,
    /// Documents, submissions, and what became of these.
    pub objects: Arc<dyn ObjectStore>,
    /// Where the intake hears of submissions.
    pub queue: Arc<dyn Queue>,
    /// The bucket of documents.
    pub documents_bucket: String,
    /// The bucket of submissions.
    pub submissions_bucket: String,
    /// How often a submission is read.
    pub settings: Settings,
}

/// Prefix of submissions in their bucket; the proposal's identifier is behind it.
pub(super) const SUBMISSIONS: &str = "submissions/";

impl Ports {
    /// Reads the configuration and connects to AWS.
    ///
    /// # Errors
    /// If a variable is missing.
    pub async fn connect(lookup: Lookup<'_>) -> Result<Self, MissingVariable> {
        let table = required(lookup, "PROPOSALS_TABLE")?;
        let documents_bucket = required(lookup, "DOCUMENTS_BUCKET")?;
        let submissions_bucket = required(lookup, "SUBMISSIONS_BUCKET")?;
        let queue = required(lookup, "PROPOSAL_SUBMISSIONS_QUEUE_URL")?;
        let settings = Settings::read(lookup)?;
        let config = aws::config().await;
        Ok(Self {
            records: Arc::new(DynamoDbStore::new(store::client(&config), table)),
            objects: Arc::new(S3::new(&objects::client(&config))),
            queue: Arc::new(Sqs::new(&config, queue)),
            documents_bucket,
            submissions_bucket,
            settings,
        })
    }

    /// The record of a proposal.
    pub(super) async fn get(&self, id: &str) -> Result<Option<ProposalRecord>, StoreError> {
        self.records.get(id).await
    }

    /// Puts a record in the place of its former revision, or of none; answers whether that was what
    /// there was. A write whose answer was lost is repeated, and then finds itself.
    pub(super) async fn put(
        &self,
        former: Option<&ProposalRecord>,
        next: &ProposalRecord,
    ) -> Result<bool, StoreError> {
        let put = match former {
            Some(_) => self.records.replace(next).await?,
            None => self.records.insert(next).await?,
        };
        Ok(put || self.get(&next.proposal_id).await?.as_ref() == Some(next))
    }

    /// Where a document is.
    pub(super) fn document(&self, key: &str) -> ObjectAddress {
        ObjectAddress::new(self.documents_bucket.as_str(), key)
    }

    /// Where a proposal is submitted.
    pub(super) fn submission(&self, id: &str) -> ObjectAddress {
        let key = format!("{SUBMISSIONS}{id}");
        ObjectAddress::new(self.submissions_bucket.as_str(), key)
    }

    /// The upload of a proposal's payload.
    pub(super) fn payload_upload(&self, id: &str, upload: &PayloadUpload) -> Upload {
        Upload { address: self.submission(id), id: upload.id.clone() }
    }

    /// Clears drafts away, as far as they are there.
    pub(super) async fn clear(&self, drafts: &[Draft]) -> Result<(), ObjectError> {
        for draft in drafts {
            if let Some(id) = draft.upload_id.clone() {
                self.objects.abort(&Upload { address: self.document(&draft.key), id }).await?;
            }
        }
        let keys: Vec<_> = drafts.iter().map(|draft| draft.key.clone()).collect();
        self.delete(&self.documents_bucket, &keys).await
    }

    /// Deletes objects of a bucket, all of them.
    pub(super) async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), ObjectError> {
        if keys.is_empty() {
            return Ok(());
        }
        let undeleted = self.objects.delete(bucket, keys).await?;
        undeleted.into_iter().next().map_or(Ok(()), |first| Err(first.error))
    }
}
