//! MD5, which ETags are made of, and the checksum a client chose, in one pass over the bytes.

use std::io::Read;

use s3s::crypto::{Checksum as _, Md5};

use super::checksum::{self, Algorithm};
use super::send::Reader;
use crate::s3::storage::{Content, Fault, StoredChecksum};

/// What is computed of bytes.
#[derive(Debug)]
pub(super) struct Digest {
    pub(super) md5: [u8; 16],
    pub(super) checksum: Option<StoredChecksum>,
}

/// Computes it.
pub(super) struct Hasher {
    md5: Md5,
    checksum: Option<checksum::Hasher>,
}

impl Hasher {
    pub(super) fn new(algorithm: Option<Algorithm>) -> Self {
        Self { md5: Md5::new(), checksum: algorithm.map(Algorithm::hasher) }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(hasher) = &mut self.checksum {
            hasher.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digest {
        let checksum = self.checksum.map(checksum::Hasher::finish);
        Digest { md5: self.md5.finalize(), checksum }
    }
}

/// The digest of stored bytes.
pub(super) fn of_content(content: &Content, algorithm: Option<Algorithm>) -> Result<Digest, Fault> {
    let mut hasher = Hasher::new(algorithm);
    let mut reader = Reader::new(content);
    let mut buffer = vec![0; super::send::CHUNK];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}
