//! What is sent: one version of something that can be read from any place on.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;

use crate::objects::{Chunks, ObjectError, ObjectStore, ObjectVersion, resuming};
use crate::store::BoxFuture;

/// One version of something: it has one size, and each reading finds the same bytes or fails.
pub trait Source: Debug + Send + Sync {
    /// In bytes.
    fn size(&self) -> u64;

    /// The bytes of a range within the size, in chunks of any length.
    fn read(&self, range: Range<u64>) -> BoxFuture<'_, Result<Chunks, ObjectError>>;
}

/// An object as a source. A server that takes bytes slowly keeps the store waiting, and stores end
/// connections that wait; reading then goes on where it was.
#[derive(Clone, Debug)]
pub struct ObjectSource {
    /// Where the object is kept.
    pub store: Arc<dyn ObjectStore>,
    /// What of it is sent.
    pub version: ObjectVersion,
}

impl Source for ObjectSource {
    fn size(&self) -> u64 {
        self.version.size
    }

    fn read(&self, range: Range<u64>) -> BoxFuture<'_, Result<Chunks, ObjectError>> {
        let chunks = resuming(Arc::clone(&self.store), self.version.clone(), range);
        Box::pin(async { Ok(chunks) })
    }
}

impl Source for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, range: Range<u64>) -> BoxFuture<'_, Result<Chunks, ObjectError>> {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(self.len());
        let end = place(range.end);
        let part = self.slice(place(range.start).min(end)..end);
        Box::pin(async { Ok(Box::pin(stream::once(async { Ok(part) })) as Chunks) })
    }
}
