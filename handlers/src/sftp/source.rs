//! What is sent: one version of something that can be read from any place on.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::objects::{Chunks, ObjectError, ObjectStore, ObjectVersion};
use crate::store::BoxFuture;

/// How often in a row an object that was being read is asked for again before the transfer fails.
const TRIES: u32 = 4;

/// The pause before the second try; it doubles for each further one.
const PAUSE: Duration = Duration::from_millis(200);

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
        let reading = Reading { source: self.clone(), range, chunks: None, tries: 0 };
        let chunks = stream::try_unfold(reading, |mut reading| async {
            Ok(reading.next().await?.map(|chunk| (chunk, reading)))
        });
        Box::pin(async { Ok(Box::pin(chunks) as Chunks) })
    }
}

/// What is left to read.
struct Reading {
    source: ObjectSource,
    range: Range<u64>,
    chunks: Option<Chunks>,
    /// Failures since the last chunk.
    tries: u32,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        while !self.range.is_empty() {
            match self.chunk().await {
                Ok(None) => return Ok(None),
                Ok(Some(chunk)) => {
                    self.range.start += chunk.len() as u64;
                    self.tries = 0;
                    return Ok(Some(chunk));
                }
                Err(error) if error.is_passing() && self.tries + 1 < TRIES => {
                    self.chunks = None;
                    tokio::time::sleep(PAUSE * 2u32.pow(self.tries)).await;
                    self.tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, ObjectError> {
        let ObjectSource { store, version } = &self.source;
        let chunks = match &mut self.chunks {
            Some(chunks) => chunks,
            none => none.insert(store.read(version, self.range.clone()).await?),
        };
        chunks.next().await.transpose()
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
