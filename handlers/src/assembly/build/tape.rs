//! Reading a range of a source from its start to its end, beyond lost connections.

use std::ops::Range;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;

use super::retry::{TRIES, pause};
use crate::objects::{Chunks, ObjectError, ObjectStore, ObjectVersion};

/// What is rather read than left, in bytes.
const NEAR: u64 = 64 << 10;

/// A range that is read once, in one call unless the connection breaks.
pub(super) struct Tape<'a> {
    store: &'a dyn ObjectStore,
    version: &'a ObjectVersion,
    /// What has not been consumed.
    rest: Range<u64>,
    chunks: Option<Chunks>,
    chunk: Bytes,
    /// Failures since the last byte arrived.
    failures: u32,
}

impl<'a> Tape<'a> {
    pub(super) fn new(
        store: &'a dyn ObjectStore,
        version: &'a ObjectVersion,
        range: Range<u64>,
    ) -> Self {
        Self { store, version, rest: range, chunks: None, chunk: Bytes::new(), failures: 0 }
    }

    /// Where the next byte is in the source.
    pub(super) const fn position(&self) -> u64 {
        self.rest.start
    }

    /// Fills the target with the next bytes.
    pub(super) async fn fill(&mut self, mut target: &mut [u8]) -> Result<(), ObjectError> {
        while !target.is_empty() {
            self.arrive().await?;
            let length = target.len().min(self.chunk.len());
            let (now, later) = target.split_at_mut(length);
            self.chunk.copy_to_slice(now);
            self.rest.start += length as u64;
            target = later;
        }
        Ok(())
    }

    /// Leaves out what is before a position.
    pub(super) async fn skip_to(&mut self, position: u64) -> Result<(), ObjectError> {
        while self.rest.start < position {
            self.arrive().await?;
            let length = (position - self.rest.start).min(self.chunk.len() as u64);
            self.chunk.advance(length as usize);
            self.rest.start += length;
        }
        Ok(())
    }

    /// Reads on to the end if that is near: a connection whose answer was read to its end is used
    /// again.
    pub(super) async fn finish(&mut self) -> Result<(), ObjectError> {
        if self.rest.end - self.rest.start <= NEAR {
            self.skip_to(self.rest.end).await?;
        }
        Ok(())
    }

    /// Waits until there is a byte.
    async fn arrive(&mut self) -> Result<(), ObjectError> {
        while self.chunk.is_empty() {
            // Let go of first, so that the client may read into the same memory again.
            self.chunk = Bytes::new();
            match self.next().await {
                Ok(chunk) => {
                    self.chunk = chunk;
                    self.failures = 0;
                }
                Err(error @ ObjectError::Unavailable { .. }) => {
                    self.chunks = None;
                    self.failures += 1;
                    if self.failures >= TRIES {
                        return Err(error);
                    }
                    pause(self.failures).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Bytes, ObjectError> {
        let chunks = match &mut self.chunks {
            Some(chunks) => chunks,
            none => none.insert(self.store.read(self.version, self.rest.clone()).await?),
        };
        chunks.next().await.unwrap_or_else(|| {
            Err(ObjectError::Unavailable {
                action: "read",
                address: self.version.address.clone(),
                source: "it ended too early".into(),
            })
        })
    }
}
