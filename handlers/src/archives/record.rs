//! What is kept of an archive job, and what callers see of it.

use models::Archive;
use models::value::Uuid;
use serde::{Deserialize, Serialize};

use crate::jobs::{self, Job, JobState, count};
use crate::objects::Upload;
use crate::store::{Record, Revised};

/// The record of an archive job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveRecord {
    /// Identifies the job.
    pub archive_id: Uuid,
    /// Where the zip goes.
    pub destination: models::ObjectAddress,
    /// The upload of the attempt under way, or of one that was ended before it could abort it.
    pub upload: Option<Upload>,
    /// Bytes of the zip, once it is there.
    pub size: Option<u64>,
    /// Entries of the zip, once it is there.
    pub entries: Option<u64>,
    /// Whether every entry was held against its checksum.
    pub verified: Option<bool>,
    /// What all jobs have.
    #[serde(flatten)]
    pub state: JobState,
}

impl ArchiveRecord {
    /// A new job.
    pub(super) fn new(
        archive_id: Uuid,
        destination: models::ObjectAddress,
        state: JobState,
    ) -> Self {
        Self {
            archive_id,
            destination,
            upload: None,
            size: None,
            entries: None,
            verified: None,
            state,
        }
    }

    /// The job as callers see it.
    pub(super) fn answer(self) -> Archive {
        let state = self.state;
        Archive {
            archive_id: self.archive_id,
            status: state.status,
            created_at: state.created_at,
            destination: self.destination,
            bytes_done: count(state.bytes_done),
            bytes_total: count(state.bytes_total),
            attempts: count(state.attempts),
            size: self.size.map(count),
            entries: self.entries.map(count),
            verified: self.verified,
            seconds: state.seconds,
            reason: state.reason,
        }
    }
}

impl Record for ArchiveRecord {
    const KEY: &'static str = "archiveId";

    fn key(&self) -> String {
        self.archive_id.to_string()
    }
}

impl Revised for ArchiveRecord {
    const REVISION: &'static str = jobs::REVISION;

    fn revision(&self) -> u64 {
        self.state.revision
    }
}

impl Job for ArchiveRecord {
    fn state(&self) -> &JobState {
        &self.state
    }

    fn state_mut(&mut self) -> &mut JobState {
        &mut self.state
    }
}
