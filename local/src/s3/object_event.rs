//! What a bucket tells about its objects.

use std::time::SystemTime;

use tokio::sync::mpsc;

/// Something happened to an object. Written before the client got its answer; nothing is told twice,
/// and what was not taken when the process ends is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEvent {
    /// The bucket, by its local name.
    pub bucket: String,
    /// What happened.
    pub name: EventName,
    /// The key as it is, not encoded.
    pub key: String,
    /// Size in bytes; none if something was removed.
    pub size: Option<u64>,
    /// Without quotation marks; none if something was removed.
    pub etag: Option<String>,
    /// The version, in a bucket with versioning.
    pub version_id: Option<String>,
    /// Hexadecimal digits of one length: the later event of a key has the greater string.
    pub sequencer: String,
    /// When.
    pub time: SystemTime,
}

/// The event types of S3 that can happen here (S3 user guide, "Supported event types for SQS, SNS, and
/// Lambda").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventName {
    /// `ObjectCreated:Put`
    Put,
    /// `ObjectCreated:Post`
    Post,
    /// `ObjectCreated:Copy`
    Copy,
    /// `ObjectCreated:CompleteMultipartUpload`
    CompleteMultipartUpload,
    /// `ObjectRemoved:Delete`
    Delete,
    /// `ObjectRemoved:DeleteMarkerCreated`
    DeleteMarkerCreated,
}

impl EventName {
    /// The name as event records have it, without `s3:`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Put => "ObjectCreated:Put",
            Self::Post => "ObjectCreated:Post",
            Self::Copy => "ObjectCreated:Copy",
            Self::CompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
            Self::Delete => "ObjectRemoved:Delete",
            Self::DeleteMarkerCreated => "ObjectRemoved:DeleteMarkerCreated",
        }
    }

    /// Whether an object was created; else one was removed.
    pub fn is_created(self) -> bool {
        !matches!(self, Self::Delete | Self::DeleteMarkerCreated)
    }
}

/// Who is told.
pub type Listener = mpsc::UnboundedSender<ObjectEvent>;
