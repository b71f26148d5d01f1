//! Objects by bucket and key: the port to where they are kept, its in-memory twin and S3.
//!
//! What is read is a [`ObjectVersion`]: an address with the ETag it had when somebody looked. A
//! read of it fails with [`ObjectError::Changed`] once the object has been replaced, so a long job
//! never mixes two versions.

mod body;
mod disposition;
mod error;
mod forms;
mod memory;
mod notification;
mod reading;
mod s3;

use std::fmt::{self, Debug};
use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use serde::{Deserialize, Serialize};

pub use body::Body;
pub use disposition::Disposition;
pub use error::ObjectError;
pub use forms::{Form, Forms, NewForm};
pub use memory::InMemory;
pub use notification::{Created, Event, Notification};
pub use reading::resuming;
pub use s3::{S3, S3Forms, client};

use crate::store::BoxFuture;

/// The smallest part of a multipart upload, but for the last one, in bytes; copied parts too.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const SMALLEST_PART: u64 = 5 << 20;
/// The largest part of a multipart upload, copied or not, in bytes.
pub const LARGEST_PART: u64 = 5 << 30;
/// The most parts of a multipart upload.
pub const MOST_PARTS: u32 = 10_000;
/// The longest key, in bytes of UTF-8.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub const LONGEST_KEY: usize = 1024;
/// The largest object, in bytes.
pub const LARGEST_OBJECT: u64 = 5 << 40;

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectAddress {
    /// The bucket's name.
    pub bucket: String,
    /// The key in it.
    pub key: String,
}

impl ObjectAddress {
    /// The object with this key in this bucket.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }
}

impl From<&models::ObjectAddress> for ObjectAddress {
    fn from(address: &models::ObjectAddress) -> Self {
        Self::new(address.bucket.as_str(), address.key.as_str())
    }
}

impl fmt::Display for ObjectAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// One version of an object: what reads of it are pinned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectVersion {
    /// Where it is.
    pub address: ObjectAddress,
    /// Its ETag, with the quotes S3 puts around it.
    pub etag: String,
    /// In bytes.
    pub size: u64,
}

/// What the store tells of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What reads are pinned to.
    pub version: ObjectVersion,
    /// The version's id, in a bucket with versioning.
    pub version_id: Option<String>,
    /// Its media type, as whoever put it said.
    pub media_type: Option<String>,
}

/// An object to be put at once.
#[derive(Clone, Debug)]
pub struct NewObject {
    /// What it holds.
    pub body: Bytes,
    /// Its media type.
    pub media_type: &'static str,
    /// Whether it may take the place of another; if not, [`ObjectError::Exists`] is the answer.
    pub replace: bool,
}

/// A multipart upload that has begun. It keeps its parts until it is completed or aborted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The object it becomes.
    pub address: ObjectAddress,
    /// What S3 calls `UploadId`.
    pub id: String,
}

/// A part that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its place, from 1 to [`MOST_PARTS`].
    pub number: u32,
    /// Its ETag.
    pub etag: String,
    /// Its CRC-32 in base64, if the store tells.
    pub crc32: Option<String>,
}

/// A part that the store lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// What completion needs to know of it.
    pub part: Part,
    /// In bytes.
    pub size: u64,
}

/// Some of an upload's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPage {
    /// In ascending order of their numbers.
    pub parts: Vec<ListedPart>,
    /// The number to ask the next page with, while more remain.
    pub next: Option<u32>,
}

/// What an upload has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The object's ETag.
    pub etag: String,
    /// The version's id, in a bucket with versioning.
    pub version_id: Option<String>,
}

/// How whoever follows a link gets the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Download<'a> {
    /// The `Content-Type` of the answer.
    pub media_type: &'a str,
    /// The `Content-Disposition` of the answer.
    pub disposition: &'a str,
}

/// A key that could not be deleted.
#[derive(Debug)]
pub struct Undeleted {
    /// The key.
    pub key: String,
    /// Why.
    pub error: ObjectError,
}

/// Bytes as they arrive.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, ObjectError>> + Send>>;

/// Where objects are kept.
pub trait ObjectStore: Debug + Send + Sync {
    /// The version that is there now.
    fn head<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>>;

    /// The version that is there now, with what else the store tells of it.
    fn describe<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<Description, ObjectError>>;

    /// The bytes of a range that is not empty and lies within the version. They end early only
    /// with an error.
    fn read<'a>(
        &'a self,
        version: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Chunks, ObjectError>>;

    /// Puts an object, at most 5 GiB, in one call.
    fn put<'a>(
        &'a self,
        address: &'a ObjectAddress,
        object: NewObject,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>>;

    /// Begins a multipart upload.
    fn begin<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>>;

    /// Begins a multipart upload whose parts others send, by [`ObjectStore::part_link`].
    fn begin_for_others<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>>;

    /// The parts behind this number that have arrived, at most `limit` and 1,000 of them.
    fn parts<'a>(
        &'a self,
        upload: &'a Upload,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'a, Result<PartPage, ObjectError>>;

    /// Where whoever has the link may PUT a part, until it expires.
    fn part_link<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>>;

    /// Where whoever has the link may GET the object, until it expires.
    fn link<'a>(
        &'a self,
        address: &'a ObjectAddress,
        download: Download<'a>,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>>;

    /// Uploads a part. Sent again under the same number, it takes the place of the former.
    fn upload_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Part, ObjectError>>;

    /// Makes a part of a range of another object; its bytes do not pass through this process.
    fn copy_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        source: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Part, ObjectError>>;

    /// Makes the object of its parts, in ascending order of their numbers.
    fn complete<'a>(
        &'a self,
        upload: &'a Upload,
        parts: &'a [Part],
    ) -> BoxFuture<'a, Result<Completion, ObjectError>>;

    /// Gives an upload up, with the parts it has. One that is gone already is no error.
    fn abort<'a>(&'a self, upload: &'a Upload) -> BoxFuture<'a, Result<(), ObjectError>>;

    /// Deletes keys of a bucket, 1,000 in a call, and answers which of them it could not. A key
    /// that was not there counts as deleted, as in S3.
    fn delete<'a>(
        &'a self,
        bucket: &'a str,
        keys: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Undeleted>, ObjectError>>;
}

/// A range of a version as one buffer; for what is known to be small.
///
/// # Errors
/// Those of [`ObjectStore::read`].
pub async fn fetch(
    store: &dyn ObjectStore,
    version: &ObjectVersion,
    range: Range<u64>,
) -> Result<Bytes, ObjectError> {
    if range.is_empty() {
        return Ok(Bytes::new());
    }
    let length = range.end - range.start;
    let mut buffer = BytesMut::with_capacity(usize::try_from(length).unwrap_or(0));
    let mut chunks = store.read(version, range).await?;
    while let Some(chunk) = chunks.next().await {
        buffer.extend_from_slice(&chunk?);
    }
    Ok(buffer.freeze())
}
