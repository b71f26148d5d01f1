//! Writing the result: its parts are gathered and sent side by side, each in a buffer of its own.

mod gather;
mod local;
mod retry;
mod tape;
mod verify;
mod write;

use std::error::Error;

use super::Plan;
use super::directory::{Directory, Entry};
use super::plan::{Part, parts};
use crate::objects::{NewObject, ObjectAddress, ObjectError, ObjectStore, Upload};
use crate::store::BoxFuture;

use gather::Sources;
use retry::patiently;
use write::Writer;

/// The media type of zips.
const MEDIA_TYPE: &str = "application/zip";

/// What a build may use. Beside the buffers of parts, it takes memory by the number of entries
/// (some 200 bytes each) and what the store's client needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of parts in memory, those on their way in and those on their way out. One part is
    /// held in any case: 8 MiB, or a ten-thousandth of what is sent of a result beyond 80 GB.
    pub memory: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { memory: 32 << 20 }
    }
}

/// Who follows a build.
pub trait Observer: Send + Sync {
    /// A multipart upload has begun, and holds nothing yet. It is noted before a part is sent, so
    /// that whoever takes over after a crash can abort it. Small results need none.
    fn begun<'a>(
        &'a self,
        upload: &'a Upload,
    ) -> BoxFuture<'a, Result<(), Box<dyn Error + Send + Sync>>>;

    /// So many bytes of the result have been written in all. Called after each part.
    fn written(&self, bytes: u64);
}

/// What has been built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The result's ETag.
    pub etag: String,
    /// The result's size, in bytes.
    pub size: u64,
    /// How many entries it has.
    pub entries: usize,
    /// How many of its bytes the store copied itself.
    pub copied: u64,
    /// Whether every entry's CRC-32 was verified.
    pub verified: bool,
}

/// The result could not be written. Nothing of it is left in the store, but for an upload that
/// could not be aborted either.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A source or the destination.
    #[error("the archive cannot be written")]
    Object(#[from] ObjectError),
    /// A source is not what its directory says, which shows only when its data are read.
    #[error("{source_zip}, entry {entry}: {detail}")]
    Corrupt {
        /// The zip.
        source_zip: ObjectAddress,
        /// The entry's name in it.
        entry: String,
        /// What does not agree.
        detail: String,
    },
    /// A part was to be copied of data that nobody looked at: a defect of this module.
    #[error("part {0} does not fit the plan")]
    Unplanned(u32),
    /// The observer could not note the upload.
    #[error("the upload cannot be noted")]
    Observer(#[source] Box<dyn Error + Send + Sync>),
}

impl BuildError {
    fn corrupt(directory: &Directory, entry: &Entry, detail: String) -> Self {
        let source_zip = directory.source.version.address.clone();
        Self::Corrupt { source_zip, entry: entry.name.to_string(), detail }
    }

    /// Whether the same build may succeed later.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Object(error) => error.is_passing(),
            Self::Corrupt { .. } | Self::Unplanned(_) => false,
            Self::Observer(_) => true,
        }
    }
}

/// Writes the result, in place of what is at the destination.
///
/// # Errors
/// If a source has changed or is corrupt, or the store fails. The upload is aborted.
pub async fn build(
    store: &dyn ObjectStore,
    plan: &Plan,
    destination: &ObjectAddress,
    budget: Budget,
    observer: &dyn Observer,
) -> Result<Report, BuildError> {
    let (parts, part_size) = parts(plan);
    let sources = Sources::probe(store, plan).await?;
    let slots = usize::try_from(budget.memory as u64 / part_size).unwrap_or(1).max(1);
    let writer = Writer::new(store, plan, sources, observer, slots);
    let etag = if let [Part::Sent(range)] = &*parts {
        let body = writer.body(range).await?;
        let put = || {
            let body = body.clone();
            store.put(destination, NewObject { body, media_type: MEDIA_TYPE, replace: true })
        };
        let etag = patiently(put).await?.etag;
        observer.written(plan.size());
        etag
    } else {
        in_parts(store, &writer, destination, &parts).await?
    };
    let copied = parts.iter().filter(|part| matches!(part, Part::Copied { .. }));
    let copied = copied.map(Part::length).sum();
    let (size, entries, verified) = (plan.size(), plan.entries(), plan.verifies());
    Ok(Report { etag, size, entries, copied, verified })
}

/// Writes the result as a multipart upload, and aborts that if it fails.
async fn in_parts(
    store: &dyn ObjectStore,
    writer: &Writer<'_>,
    destination: &ObjectAddress,
    parts: &[Part],
) -> Result<String, BuildError> {
    let upload = patiently(|| store.begin(destination, MEDIA_TYPE)).await?;
    let result = writer.write(&upload, parts).await;
    if result.is_err()
        && let Err(error) = patiently(|| store.abort(&upload)).await
    {
        // The first error is the one to tell; the bucket's lifecycle rule removes the parts.
        tracing::warn!(upload = upload.id, error = &error as &dyn Error, "the upload remains");
    }
    result
}
