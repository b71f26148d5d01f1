//! Where objects live: bytes in numbered files, everything else in an SQLite index.
//!
//! ```text
//! DIRECTORY/index.sqlite      versions, uploads, parts, and which bytes each of them is
//! DIRECTORY/files/NUMBER      bytes; written once, never changed
//! ```
//!
//! No key ever becomes a file name. Bytes are written first and published by one transaction, so
//! a process that is killed leaves the old object or the new one. What no row refers to is
//! removed at the next start. A file may belong to many objects: copies refer to it, they move
//! nothing.
//!
//! Files are not synchronised to the disk one by one: what the system had not written when the
//! machine (not the process) dies may be lost, and objects that miss bytes are dropped at the start.

mod content;
mod expiry;
mod fault;
mod files;
mod listing;
mod schema;
mod succession;
mod tags;
mod uploads;
mod versions;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

pub(super) use content::{Content, Segment};
pub(super) use expiry::Lifetimes;
pub(super) use fault::Fault;
pub(super) use files::Pins;
pub(super) use listing::{Entry, Listing, Page};
pub(super) use uploads::{NewPart, NewUpload, StoredPart, Upload, hex};
pub(super) use versions::{Deleted, Found, NewVersion, Published, Version, WriteCondition};

use files::Files;

/// The id of a version in a bucket without versioning (S3 user guide, "Using versioning").
pub(super) const NULL_VERSION: &str = "null";

/// Objects of all buckets.
#[derive(Debug)]
pub(super) struct Storage {
    index: Mutex<Connection>,
    files: Files,
    sequencer: AtomicU64,
}

/// What a client says about an object, given back as it was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_language: Option<String>,
    /// `Expires`, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) website_redirect_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_class: Option<String>,
    /// `x-amz-meta-*`, without the prefix.
    pub(super) metadata: std::collections::BTreeMap<String, String>,
}

/// A checksum as S3 keeps it beside an object or a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredChecksum {
    /// `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.
    pub(super) algorithm: String,
    /// In base64; `-N` follows if it is composed of those of N parts.
    pub(super) value: String,
}

/// Tags by key.
pub(super) type Tags = std::collections::BTreeMap<String, String>;

impl Storage {
    /// Opens or creates the storage in this folder and removes what nothing refers to.
    pub(super) fn open(directory: &Path) -> Result<Arc<Self>, Fault> {
        let files_directory = directory.join("files");
        std::fs::create_dir_all(&files_directory)?;
        let index = schema::open(&directory.join("index.sqlite"))?;
        let files = Files::new(files_directory);
        let sequencer = AtomicU64::new(0);
        let storage = Self { index: Mutex::new(index), files, sequencer };
        storage.reconcile()?;
        Ok(Arc::new(storage))
    }

    /// The index. A panic while it was held left no half transaction behind: SQLite rolls it back.
    fn index(&self) -> MutexGuard<'_, Connection> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes index and files agree after whatever happened to the last process.
    fn reconcile(&self) -> Result<(), Fault> {
        let mut index = self.index();
        let present = self.files.present()?;
        let damaged = content::drop_damaged(&mut index, &present)?;
        for key in damaged {
            tracing::warn!(key, "an object lost bytes when the machine stopped, and was removed");
        }
        let referenced = content::referenced_files(&index)?;
        for file in present.keys().filter(|file| !referenced.contains(file)) {
            self.files.remove(*file);
        }
        let highest_file = present.keys().copied().max().unwrap_or(0);
        let highest_content = content::highest(&index)?;
        self.files.count_from(highest_file.max(highest_content) + 1);
        Ok(())
    }

    /// Makes a bucket known; answers since when it is, in milliseconds since 1970, and whether it is
    /// new.
    pub(super) fn ensure_bucket(&self, name: &str) -> Result<(i64, bool), Fault> {
        let index = self.index();
        let inserted = index.execute(
            "INSERT INTO bucket (name, created) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            rusqlite::params![name, now()],
        )?;
        let query = "SELECT created FROM bucket WHERE name = ?1";
        let created = index.query_row(query, [name], |row| row.get(0))?;
        Ok((created, inserted > 0))
    }

    /// A number above every one before, also before a restart. The caller holds the index, so that
    /// the numbers of a key's changes have their order.
    fn sequencer(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let after = |last: u64| Some(now.max(last.saturating_add(1)));
        let last = self.sequencer.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        last.map_or(now, |last| now.max(last.saturating_add(1)))
    }
}

/// Milliseconds since 1970, in whole seconds: HTTP knows no less, and S3 lists no less.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX / 1000).saturating_mul(1000)
}

#[cfg(test)]
mod tests;
