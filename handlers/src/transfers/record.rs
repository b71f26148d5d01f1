//! What is kept of a transfer job, and what callers see of it.

use models::value::Uuid;
use models::{FileName, Transfer};
use serde::{Deserialize, Serialize};

use crate::jobs::{self, Job, JobState, count};
use crate::objects::ObjectVersion;
use crate::store::{Record, Revised};

/// The record of a transfer job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferRecord {
    /// Identifies the job.
    pub transfer_id: Uuid,
    /// The object.
    pub source: models::ObjectAddress,
    /// Its version when the job was taken, which is what is sent.
    pub version: ObjectVersion,
    /// What the file is called on the server.
    pub file_name: FileName,
    /// What all jobs have.
    #[serde(flatten)]
    pub state: JobState,
}

impl TransferRecord {
    /// The job as callers see it.
    pub(super) fn answer(self) -> Transfer {
        let state = self.state;
        Transfer {
            transfer_id: self.transfer_id,
            status: state.status,
            created_at: state.created_at,
            source: self.source,
            file_name: self.file_name,
            bytes_done: count(state.bytes_done),
            bytes_total: count(state.bytes_total),
            attempts: count(state.attempts),
            seconds: state.seconds,
            reason: state.reason,
        }
    }
}

impl Record for TransferRecord {
    const KEY: &'static str = "transferId";

    fn key(&self) -> String {
        self.transfer_id.to_string()
    }
}

impl Revised for TransferRecord {
    const REVISION: &'static str = jobs::REVISION;

    fn revision(&self) -> u64 {
        self.state.revision
    }
}

impl Job for TransferRecord {
    fn state(&self) -> &JobState {
        &self.state
    }

    fn state_mut(&mut self) -> &mut JobState {
        &mut self.state
    }
}
