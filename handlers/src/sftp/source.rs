//! What is sent: one version of something that can be read from any place on.

use std::fmt::Debug;
use std::ops::Range;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

use crate::store::BoxFuture;

/// Chunks of any size.
pub type Chunks<'a> = Pin<Box<dyn Stream<Item = Result<Bytes, SourceError>> + Send + 'a>>;

/// One version of something: it has one size, and each reading finds the same bytes or fails.
pub trait Source: Debug + Send + Sync {
    /// In bytes.
    fn size(&self) -> u64;

    /// The bytes of a range within the size, in order.
    fn read(&self, range: Range<u64>) -> BoxFuture<'_, Result<Chunks<'_>, SourceError>>;
}

/// The source could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    message: String,
    passing: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SourceError {
    /// It is gone, has changed or may not be read: to try again is of no use.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { message: message.into(), passing: false, source: None }
    }

    /// It may be readable in a while.
    pub fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), passing: true, source: None }
    }

    /// The same with its cause.
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Whether it may be readable in a while.
    pub fn is_passing(&self) -> bool {
        self.passing
    }
}

impl Source for Bytes {
    fn size(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read(&self, range: Range<u64>) -> BoxFuture<'_, Result<Chunks<'_>, SourceError>> {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(self.len());
        let end = place(range.end);
        let part = self.slice(place(range.start).min(end)..end);
        Box::pin(async move {
            Ok(Box::pin(futures_util::stream::once(async move { Ok(part) })) as Chunks<'_>)
        })
    }
}
