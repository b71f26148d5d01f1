//! One attempt at keeping a document, from the note of it in the record to the record that has it.
//!
//! ```text
//! begin: the record notes the draft's key ──▶ clear what earlier attempts left ──▶ write
//!          write, if it is large: the record notes the upload's id as well          │
//!          accept: the record has the document ◀────────────────────────────────────┤
//!          fail, release, undo: the record has not, and the draft is cleared away ◀─┘
//! ```
//!
//! Each note is a revision of the record. Whoever finds that the record has another revision was
//! taken over, clears its own draft away and looks again; whoever is killed leaves a note of what
//! its successor has to clear away.

use models::{NewProposal, ProposalId, ProposalStatus};
use uuid::Uuid;

use super::Ports;
use super::document::{DocumentWriter, Fingerprint};
use super::record::{Draft, KeptDocument, ProposalRecord};
use crate::objects::{ObjectError, Upload};
use crate::runtime::Failure;
use crate::store::StoreError;

/// An attempt under way.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    ports: &'a Ports,
    /// The record before the attempt.
    former: Option<ProposalRecord>,
    /// The record as it was last written.
    record: ProposalRecord,
    /// The draft's key.
    key: String,
    writer: DocumentWriter,
}

/// A document could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    /// The record could not be read or changed.
    #[error("the proposal's record cannot be changed")]
    Store(#[from] StoreError),
    /// An object could not be read or written.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// Somebody else has changed the record meanwhile.
    #[error("the proposal is being changed by somebody else")]
    Superseded,
}

impl<'a> Attempt<'a> {
    /// Begins to keep a document of at most so many bytes; none if somebody else has changed the
    /// record. One that is accepted stays so, others are processing.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn begin(
        ports: &'a Ports,
        id: &ProposalId,
        former: Option<ProposalRecord>,
        at_most: u64,
        change: impl FnOnce(&mut ProposalRecord),
    ) -> Result<Option<Self>, StoreError> {
        let key = format!("documents/{}", Uuid::new_v4());
        let draft = Draft { key: key.clone(), upload_id: None };
        let record = match &former {
            Some(former) if former.is_accepted() => former.noting(|next| next.drafts.push(draft)),
            former => {
                ProposalRecord::next(former.as_ref(), id, ProposalStatus::Processing, |next| {
                    next.drafts.push(draft);
                    change(next);
                })
            }
        };
        if !ports.put(former.as_ref(), &record).await? {
            return Ok(None);
        }
        let address = ports.document(&key);
        let writer = DocumentWriter::new(ports.objects.clone(), address, at_most);
        Ok(Some(Self { ports, former, record, key, writer }))
    }

    /// Clears away what earlier attempts left.
    ///
    /// # Errors
    /// If the store of objects fails.
    pub(super) async fn clear(&mut self) -> Result<(), KeepError> {
        if let Some(former) = &self.former {
            self.ports.clear(&former.drafts).await?;
        }
        // The next revision says so.
        self.record.drafts.retain(|draft| draft.key == self.key);
        Ok(())
    }

    /// Writes bytes of the document.
    ///
    /// # Errors
    /// If a store fails, or somebody else has taken the record over.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), KeepError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = self.writer.take(rest);
            rest = rest.get(taken..).unwrap_or_default();
            if taken == 0 {
                let upload = match self.writer.upload() {
                    Some(upload) => upload.clone(),
                    None => self.begin_upload().await?,
                };
                self.writer.send(upload).await?;
            }
        }
        Ok(())
    }

    /// Writes what is left of the document.
    ///
    /// # Errors
    /// If the store of objects fails.
    pub(super) async fn written(&mut self) -> Result<(), KeepError> {
        Ok(self.writer.finish().await?)
    }

    async fn begin_upload(&mut self) -> Result<Upload, KeepError> {
        let upload = self.writer.begin().await?;
        let next = self.record.noting(|next| {
            if let Some(draft) = next.drafts.iter_mut().find(|draft| draft.key == self.key) {
                draft.upload_id = Some(upload.id.clone());
            }
        });
        if !self.ports.put(Some(&self.record), &next).await? {
            return Err(KeepError::Superseded);
        }
        self.record = next;
        Ok(upload)
    }

    /// Keeps the document, which is written; answers the record that has it, or none if somebody
    /// else has taken the record over or deleted it.
    ///
    /// # Errors
    /// If the store fails: the record may have the document or not.
    pub(super) async fn accept(
        self,
        new: &NewProposal,
        content: &Fingerprint,
    ) -> Result<Option<ProposalRecord>, StoreError> {
        let former = self.record.document.as_ref().map(|former| former.key.clone());
        let next = self.record.changed(|next| {
            next.status = ProposalStatus::Accepted;
            next.client_id = Some(new.client_id.clone());
            next.title = Some(new.title.clone());
            next.document = Some(KeptDocument {
                key: self.key.clone(),
                file_name: new.document.file_name.clone(),
                media_type: new.document.media_type.clone(),
                size: content.size,
                sha256: content.sha256.clone(),
            });
            next.reason = None;
            next.reader = None;
            next.drafts.retain(|draft| draft.key != self.key);
            next.drafts.extend(former.map(|key| Draft { key, upload_id: None }));
        });
        if !self.ports.put(Some(&self.record), &next).await? {
            // Somebody may have changed it since it had the document.
            let now = self.ports.get(&next.proposal_id).await?;
            if let Some(kept) = now.filter(|now| now.has_document(&self.key)) {
                return Ok(Some(kept));
            }
            self.clear_draft().await;
            return Ok(None);
        }
        self.clear_former(&next).await;
        Ok(Some(next))
    }

    /// Ends the attempt for good; answers whether the record still was this attempt's.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn fail(self, reason: &str) -> Result<bool, StoreError> {
        let next = self.record.changed(|next| {
            next.status = ProposalStatus::Failed;
            next.reason = Some(reason.to_owned());
            next.reader = None;
        });
        self.end(Some(next)).await
    }

    /// Ends the attempt, so that another may begin; answers whether the record still was this
    /// attempt's.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn release(self) -> Result<bool, StoreError> {
        let next = self.record.noting(|next| next.reader = None);
        self.end(Some(next)).await
    }

    /// Ends the attempt and leaves the proposal as it was before; answers whether the record still
    /// was this attempt's.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn undo(self) -> Result<bool, StoreError> {
        let next = self.former.as_ref().map(|former| {
            self.record.noting(|next| {
                let (revision, drafts) = (next.revision, std::mem::take(&mut next.drafts));
                *next = ProposalRecord { revision, drafts, ..former.clone() };
            })
        });
        self.end(next).await
    }

    /// Writes the record that says how the attempt ended, or removes it; clears the draft away.
    async fn end(mut self, next: Option<ProposalRecord>) -> Result<bool, StoreError> {
        self.writer.stop().await;
        let is_ours = match &next {
            Some(next) => self.ports.put(Some(&self.record), next).await?,
            None => self.ports.records.remove_unchanged(&self.record).await?,
        };
        if !is_ours {
            let now = self.ports.get(&self.record.proposal_id).await?;
            // The answer to accept may have been lost.
            if now.is_some_and(|now| now.has_document(&self.key)) {
                return Ok(false);
            }
        }
        self.clear_draft().await;
        Ok(is_ours)
    }

    /// Clears the own draft away. If that fails, the record notes it for the next attempt.
    async fn clear_draft(&self) {
        let upload_id = self.writer.upload().map(|upload| upload.id.clone());
        let draft = Draft { key: self.key.clone(), upload_id };
        log(self.ports.clear(&[draft]).await, "a draft is left behind");
    }

    /// Clears away what an accepted proposal has no use for.
    async fn clear_former(&self, record: &ProposalRecord) {
        log(self.ports.clear(&record.drafts).await, "a former document is left behind");
        if let Some(upload) = &record.upload {
            let upload = self.ports.payload_upload(&record.proposal_id, upload);
            log(self.ports.objects.abort(&upload).await, "an upload is left behind");
        }
    }
}

fn log(cleared: Result<(), ObjectError>, what: &str) {
    if let Err(error) = cleared {
        tracing::warn!(error = Failure::from(error).chain(), "{what}");
    }
}
