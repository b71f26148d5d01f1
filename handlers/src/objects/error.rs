//! What a store could not do, and whether another try may.

use super::ObjectAddress;

/// The store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object or bucket.
    #[error("{0} does not exist")]
    NotFound(ObjectAddress),
    /// The function may not do this. S3 also answers so where nothing is, unless the function
    /// may list the bucket.
    #[error("access to {0} is denied")]
    Denied(ObjectAddress),
    /// The object is no longer the version that was asked for.
    #[error("{0} has changed since it was checked")]
    Changed(ObjectAddress),
    /// There is an object already.
    #[error("{0} exists already")]
    Exists(ObjectAddress),
    /// The multipart upload was aborted or completed by someone else.
    #[error("the upload to {0} is gone")]
    UploadGone(ObjectAddress),
    /// The store refuses the call; it would refuse it again.
    #[error("the store refuses to {action} {address}")]
    Refused {
        /// For example `read`.
        action: &'static str,
        /// The object it is about.
        address: ObjectAddress,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store cannot do it now: a timeout, a lost connection, too many requests.
    #[error("cannot {action} {address} now")]
    Unavailable {
        /// For example `read`.
        action: &'static str,
        /// The object it is about.
        address: ObjectAddress,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ObjectError {
    /// Whether the same call may succeed later.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::UploadGone(_))
    }
}
