//! Writing a document: its bytes come in pieces of any length, and go out in parts.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use models::Sha256 as Sha256Text;
use models::validation::Invalid;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use crate::objects::{
    MOST_PARTS, NewObject, ObjectAddress, ObjectError, ObjectStore, Part, Upload,
};

/// The media type of documents as objects: what they really are is said with the link to them.
const MEDIA_TYPE: &str = "application/octet-stream";
/// Bytes of a part, unless a document would have too many.
const PART_SIZE: u64 = 8 << 20;
/// A buffer that grows beyond this many bytes grows to a part's size at once.
const SMALL: usize = 1 << 20;
/// Bytes of parts that are on their way at a time; one part is in any case.
const IN_FLIGHT: u64 = 16 << 20;

/// What tells documents apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// In bytes.
    pub(super) size: u64,
    /// Of all of them.
    pub(super) sha256: Sha256Text,
}

/// Computes a fingerprint.
#[derive(Clone, Debug, Default)]
pub(super) struct Fingerprinting {
    size: u64,
    digest: Sha256,
}

impl Fingerprinting {
    /// The next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.digest.update(bytes);
    }

    /// The fingerprint of all bytes.
    ///
    /// # Errors
    /// If the document declares that a SHA-256 looks otherwise.
    pub(super) fn finish(self) -> Result<Fingerprint, Invalid> {
        let digest: String = self.digest.finalize().iter().map(|it| format!("{it:02x}")).collect();
        Ok(Fingerprint { size: self.size, sha256: digest.parse()? })
    }
}

/// Writes a document of unknown size: a small one at once, a large one as a multipart upload. What
/// was begun is for whoever noted it to clear away.
#[derive(Debug)]
pub(super) struct DocumentWriter {
    store: Arc<dyn ObjectStore>,
    address: ObjectAddress,
    part_size: usize,
    /// How many parts may be on their way.
    slots: usize,
    buffer: BytesMut,
    upload: Option<Upload>,
    sending: JoinSet<Result<(Part, Bytes), ObjectError>>,
    parts: Vec<Part>,
    /// Buffers that parts have left.
    spare: Vec<BytesMut>,
}

impl DocumentWriter {
    /// A writer of a document of at most so many bytes.
    pub(super) fn new(store: Arc<dyn ObjectStore>, address: ObjectAddress, at_most: u64) -> Self {
        let part_size = part_size(at_most);
        Self {
            store,
            address,
            part_size: usize::try_from(part_size).unwrap_or(usize::MAX),
            slots: usize::try_from(IN_FLIGHT / part_size).unwrap_or(1).max(1),
            buffer: BytesMut::new(),
            upload: None,
            sending: JoinSet::new(),
            parts: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Takes bytes, up to the end of a part; answers how many. If none were taken, a part is
    /// complete: [`DocumentWriter::send`] it.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let length = bytes.len().min(self.part_size - self.buffer.len());
        if self.buffer.len() + length > SMALL && self.buffer.capacity() < self.part_size {
            self.buffer.reserve(self.part_size - self.buffer.len());
        }
        self.buffer.extend_from_slice(bytes.get(..length).unwrap_or_default());
        length
    }

    /// The upload that has begun.
    pub(super) const fn upload(&self) -> Option<&Upload> {
        self.upload.as_ref()
    }

    /// Begins the upload, which holds nothing yet.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn begin(&mut self) -> Result<Upload, ObjectError> {
        let upload = self.store.begin(&self.address, MEDIA_TYPE).await?;
        Ok(self.upload.insert(upload).clone())
    }

    /// Sends what has been taken as a part of the upload, once there is room for it.
    ///
    /// # Errors
    /// If the store fails, which may be about an earlier part.
    pub(super) async fn send(&mut self, upload: Upload) -> Result<(), ObjectError> {
        while self.sending.len() >= self.slots {
            self.arrive().await?;
        }
        let empty = self.spare.pop().unwrap_or_default();
        let body = std::mem::replace(&mut self.buffer, empty).freeze();
        let store = Arc::clone(&self.store);
        let sent = self.parts.len() + self.sending.len();
        let number = u32::try_from(sent).unwrap_or(u32::MAX).saturating_add(1);
        self.sending.spawn(async move {
            Ok((store.upload_part(&upload, number, body.clone()).await?, body))
        });
        Ok(())
    }

    /// Writes the rest, and waits until all is there.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn finish(&mut self) -> Result<(), ObjectError> {
        let Some(upload) = self.upload.clone() else {
            let body = self.buffer.split().freeze();
            let object = NewObject { body, media_type: MEDIA_TYPE, replace: true };
            return self.store.put(&self.address, object).await.map(|_| ());
        };
        if !self.buffer.is_empty() {
            self.send(upload.clone()).await?;
        }
        while !self.sending.is_empty() {
            self.arrive().await?;
        }
        self.parts.sort_by_key(|part| part.number);
        self.store.complete(&upload, &self.parts).await.map(|_| ())
    }

    /// Gives up what is on its way.
    pub(super) async fn stop(&mut self) {
        self.sending.shutdown().await;
    }

    /// Waits for one of the parts that are on their way.
    async fn arrive(&mut self) -> Result<(), ObjectError> {
        let (part, body) = match self.sending.join_next().await {
            None => return Ok(()),
            Some(Ok(sent)) => sent?,
            Some(Err(error)) => {
                let (action, address) = ("upload a part of", self.address.clone());
                return Err(ObjectError::Unavailable { action, address, source: error.into() });
            }
        };
        self.parts.push(part);
        // Unless the store still holds it.
        if let Ok(mut buffer) = body.try_into_mut() {
            buffer.clear();
            self.spare.push(buffer);
        }
        Ok(())
    }
}

/// Bytes of each part but the last, of something of at most so many bytes: whole mebibytes, and
/// few enough parts.
pub(super) const fn part_size(at_most: u64) -> u64 {
    let least = at_most.div_ceil(MOST_PARTS as u64).next_multiple_of(1 << 20);
    if least > PART_SIZE { least } else { PART_SIZE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{InMemory, LARGEST_OBJECT, LARGEST_PART};

    #[test]
    fn ten_thousand_parts_are_enough_for_the_largest_object() {
        assert_eq!(part_size(0), PART_SIZE);
        assert_eq!(part_size(PART_SIZE * 10_000), PART_SIZE);
        assert_eq!(part_size(PART_SIZE * 10_000 + 1), PART_SIZE + (1 << 20));
        assert!(part_size(LARGEST_OBJECT) * 10_000 >= LARGEST_OBJECT);
        assert!(part_size(LARGEST_OBJECT) < LARGEST_PART);
    }

    #[test]
    fn fingerprints_are_of_all_bytes() {
        let mut whole = Fingerprinting::default();
        whole.update(b"te");
        whole.update(b"st");
        let whole = whole.finish().unwrap();
        let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!((whole.size, whole.sha256.as_str()), (4, sha256));
    }

    #[tokio::test]
    async fn buffers_come_back_and_parts_are_in_order() {
        let store = Arc::new(InMemory::default());
        let address = ObjectAddress::new("documents", "d");
        let mut writer = DocumentWriter::new(store.clone(), address.clone(), 1 << 30);
        let bytes: Vec<u8> = (0..5 * PART_SIZE + 5).map(|it| (it / 1000) as u8).collect();
        let mut rest = &*bytes;
        while !rest.is_empty() {
            let taken = writer.take(rest);
            rest = &rest[taken..];
            if taken == 0 {
                let upload = match writer.upload() {
                    Some(upload) => upload.clone(),
                    None => writer.begin().await.unwrap(),
                };
                writer.send(upload).await.unwrap();
                assert!(writer.sending.len() <= 2 && writer.spare.len() <= 2);
            }
        }
        writer.finish().await.unwrap();
        assert_eq!(store.body(&address).unwrap().to_vec(), bytes);
        assert_eq!(store.open_uploads(), 0);
    }
}
