//! What is kept of a proposal, and what callers see of it.

use models::value::Timestamp;
use models::{
    ClientId, Document, DocumentName, MediaType, NewProposal, Proposal, ProposalId, ProposalStatus,
    ProposalTitle, Sha256,
};
use serde::{Deserialize, Serialize};

use super::document::Fingerprint;
use crate::jobs::{Reader, count};
use crate::runtime::Delivery;
use crate::store::{Index, Record, Revised};

/// Proposals by client. Only those that are accepted have one.
pub(super) const BY_CLIENT: Index = Index { name: "byClient", member: "clientId" };

/// The record of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposalRecord {
    /// Identifies the proposal.
    pub proposal_id: ProposalId,
    /// Counts changes. It begins with the time, in microseconds since 1970: that of a proposal that
    /// was deleted and submitted again goes on from there, so that no ETag comes back.
    pub revision: u64,
    /// The revision that callers last saw a change in: the ETag.
    pub edition: u64,
    /// How far it is.
    pub status: ProposalStatus,
    /// When it was first heard of.
    pub created_at: Timestamp,
    /// When callers last saw a change in it.
    pub updated_at: Timestamp,
    /// The client, once it is accepted. An index cannot take a null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// What it is about, once it is accepted.
    pub title: Option<ProposalTitle>,
    /// The document, once it is accepted.
    pub document: Option<KeptDocument>,
    /// The version of the submission that it was made of, or is being made of.
    pub submission: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
    /// The payload that is to come, or came, in parts.
    pub upload: Option<PayloadUpload>,
    /// What may have been written for nothing: whoever changes the record next clears it away.
    pub drafts: Vec<Draft>,
    /// Who is reading a submission.
    pub reader: Option<Reader>,
}

/// The document of a proposal, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptDocument {
    /// Its key in the bucket of documents.
    pub key: String,
    /// The name whoever sent it gave it.
    pub file_name: DocumentName,
    /// Its media type.
    pub media_type: MediaType,
    /// In bytes.
    pub size: u64,
    /// Of its bytes.
    pub sha256: Sha256,
}

/// A document that is written, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Its key in the bucket of documents.
    pub key: String,
    /// Its multipart upload, unless it is small.
    pub upload_id: Option<String>,
}

/// The multipart upload of a payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadUpload {
    /// What S3 calls `UploadId`.
    pub id: String,
    /// Bytes of the payload.
    pub size: u64,
    /// Bytes of each part but the last.
    pub part_size: u64,
    /// The submission that it became.
    pub submission: Option<String>,
}

impl ProposalRecord {
    /// The first record of a proposal.
    pub(super) fn new(proposal_id: ProposalId, status: ProposalStatus) -> Self {
        let now = Timestamp::now();
        let revision = u64::try_from(now.as_microsecond()).unwrap_or_default();
        Self {
            proposal_id,
            revision,
            edition: revision,
            status,
            created_at: now,
            updated_at: now,
            client_id: None,
            title: None,
            document: None,
            submission: None,
            reason: None,
            upload: None,
            drafts: Vec::new(),
            reader: None,
        }
    }

    /// The record after a change that callers see and that leads to this status, be it the first.
    pub(super) fn next(
        former: Option<&Self>,
        id: &ProposalId,
        status: ProposalStatus,
        change: impl FnOnce(&mut Self),
    ) -> Self {
        let change = |next: &mut Self| {
            next.status = status;
            next.reason = None;
            change(next);
        };
        if let Some(former) = former {
            return former.changed(change);
        }
        let mut first = Self::new(id.clone(), status);
        change(&mut first);
        first
    }

    /// The record after a change that callers need not see.
    #[must_use]
    pub(super) fn noting(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        next.revision += 1;
        change(&mut next);
        next
    }

    /// The record after a change that callers see.
    #[must_use]
    pub(super) fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        self.noting(|next| {
            next.edition = next.revision;
            next.updated_at = Timestamp::now();
            change(next);
        })
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.status == ProposalStatus::Accepted
    }

    /// Whether the proposal is kept with this document.
    pub(super) fn has_document(&self, key: &str) -> bool {
        self.document.as_ref().is_some_and(|document| document.key == key)
    }

    /// Whether it was made of what this one says, or could have been.
    pub(super) fn is_same(&self, new: &NewProposal, content: &Fingerprint) -> bool {
        self.is_accepted()
            && self.client_id.as_ref() == Some(&new.client_id)
            && self.title.as_ref() == Some(&new.title)
            && self.document.as_ref().is_some_and(|document| {
                document.file_name == new.document.file_name
                    && document.media_type == new.document.media_type
                    && document.size == content.size
                    && document.sha256 == content.sha256
            })
    }

    /// Whether somebody reads its submission who got another message. The message itself comes
    /// back only when its reader has ended.
    pub(super) fn is_read_for_another(&self, delivery: &Delivery) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.is_another_than(delivery))
    }

    /// Names the proposal as it is now.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", self.edition)
    }

    /// The proposal as callers see it.
    pub(super) fn answer(&self) -> Proposal {
        let document = self.document.as_ref().map(|document| Document {
            file_name: document.file_name.clone(),
            media_type: document.media_type.clone(),
            size: count(document.size),
            sha256: document.sha256.clone(),
            link: None,
        });
        Proposal {
            proposal_id: self.proposal_id.clone(),
            client_id: self.client_id.clone(),
            title: self.title.clone(),
            status: self.status,
            submission: self.submission.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            document,
            reason: self.reason.clone(),
        }
    }
}

impl Record for ProposalRecord {
    const KEY: &'static str = "proposalId";

    fn key(&self) -> String {
        self.proposal_id.to_string()
    }
}

impl Revised for ProposalRecord {
    const REVISION: &'static str = "revision";

    fn revision(&self) -> u64 {
        self.revision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> ProposalRecord {
        ProposalRecord::new("p-1".parse().unwrap(), ProposalStatus::Uploading)
    }

    #[test]
    fn notes_keep_the_etag_and_changes_do_not() {
        let record = record();
        let noted = record.noting(|next| next.drafts.clear());
        assert_eq!((noted.revision, noted.etag()), (record.revision + 1, record.etag()));
        let changed = noted.changed(|next| next.status = ProposalStatus::Failed);
        assert_eq!((changed.revision, changed.edition), (record.revision + 2, record.revision + 2));
    }

    #[test]
    fn a_record_without_client_has_no_such_member() {
        let record = record();
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json.get("clientId"), None);
        assert_eq!(serde_json::from_value::<ProposalRecord>(json).unwrap(), record);
    }
}
