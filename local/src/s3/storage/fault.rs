//! Why the storage does not do what it was asked.

/// What the storage answers instead of a result.
#[derive(Debug, thiserror::Error)]
pub(in crate::s3) enum Fault {
    /// No such key, or nothing but a delete marker.
    #[error("the key does not exist")]
    NoSuchKey {
        /// The id of the delete marker that hides it.
        marker: Option<String>,
    },
    /// The key has no version of this id.
    #[error("the version does not exist")]
    NoSuchVersion,
    /// The version of this id is a delete marker.
    #[error("the version is a delete marker")]
    IsMarker,
    /// A condition on the current object does not hold.
    #[error("a condition does not hold")]
    ConditionFailed,
    /// No upload of this id writes this key.
    #[error("the upload does not exist")]
    NoSuchUpload,
    /// A part is missing or its ETag is another one.
    #[error("part {0} is missing or has another ETag")]
    InvalidPart(i32),
    /// A part that is not the last has less than 5 MiB.
    #[error("part {number} has only {size} bytes")]
    TooSmall {
        /// Its number.
        number: i32,
        /// Its size in bytes.
        size: u64,
    },
    /// The range lies outside of the object.
    #[error("the range lies outside of the object")]
    OutOfRange,
    /// The index cannot be read or written.
    #[error("the index of the objects fails")]
    Index(#[from] rusqlite::Error),
    /// A row of the index is not what was written there.
    #[error("the index of the objects is damaged")]
    Damaged(#[from] serde_json::Error),
    /// A file cannot be read or written.
    #[error("a file of the objects fails")]
    Files(#[from] std::io::Error),
    /// The index was written by another version of this program.
    #[error("it has format {0}, which this version does not know")]
    Format(i64),
}
