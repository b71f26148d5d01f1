//! Reading that goes on where it stopped.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::{Chunks, ObjectError, ObjectStore, ObjectVersion};

/// How often in a row an object that was being read is asked for again before reading fails.
const TRIES: u32 = 4;

/// The pause before the second try; it doubles for each further one.
const PAUSE: Duration = Duration::from_millis(200);

/// The bytes of a range of a version. What takes them may be slow, and stores end connections
/// that wait: reading then goes on where it was.
pub fn resuming(store: Arc<dyn ObjectStore>, version: ObjectVersion, range: Range<u64>) -> Chunks {
    let reading = Reading { store, version, range, chunks: None, tries: 0 };
    Box::pin(stream::try_unfold(reading, |mut reading| async {
        Ok(reading.next().await?.map(|chunk| (chunk, reading)))
    }))
}

/// What is left to read.
struct Reading {
    store: Arc<dyn ObjectStore>,
    version: ObjectVersion,
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
        let chunks = match &mut self.chunks {
            Some(chunks) => chunks,
            none => none.insert(self.store.read(&self.version, self.range.clone()).await?),
        };
        chunks.next().await.transpose()
    }
}
