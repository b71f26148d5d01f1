//! What of the file is on the server already, from an earlier try.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;

use super::error::TransferError;
use super::session::{About, OpenFile, Session};
use super::source::Source;
use crate::objects::Chunks;

/// Whether the first `length` bytes of the file on the server are those of the source.
///
/// Version 3 has no checksums, and neither OpenSSH nor AWS Transfer Family offers an extension that has
/// them, so the bytes come back and are compared, many requests at a time.
pub(super) async fn is_of(
    source: &dyn Source,
    length: u64,
    session: &Session,
    file: &OpenFile,
    about: About<'_>,
    window: usize,
) -> Result<bool, TransferError> {
    let mut expected = Expected { chunks: source.read(0..length).await?, rest: Bytes::new() };
    let step = u64::from(session.read_length);
    let pieces = (0..length).step_by(session.read_length.try_into().unwrap_or(usize::MAX));
    let mut found = stream::iter(pieces)
        .map(|offset| {
            let piece = step.min(length - offset).try_into().unwrap_or(u32::MAX);
            session.read(file.clone(), offset, piece)
        })
        .buffered((window as u64 / step).max(1).try_into().unwrap_or(1));
    let mut compared = 0;
    while let Some(piece) = session.promptly(about, found.next()).await? {
        let piece = piece.map_err(|error| session.failed(about, error))?;
        if !expected.continues_with(&piece).await? {
            return Ok(false);
        }
        compared += piece.len() as u64;
    }
    // A file that has shrunk meanwhile answers with less than it was asked for.
    Ok(compared == length)
}

/// The source's bytes, to be compared piece by piece.
struct Expected {
    chunks: Chunks,
    rest: Bytes,
}

impl Expected {
    async fn continues_with(&mut self, mut piece: &[u8]) -> Result<bool, TransferError> {
        while !piece.is_empty() {
            if self.rest.is_empty() {
                match self.chunks.next().await {
                    Some(chunk) => self.rest = chunk?,
                    None => return Ok(false),
                }
                continue;
            }
            let length = piece.len().min(self.rest.len());
            let (now, later) = piece.split_at(length);
            if self.rest.split_to(length) != now {
                return Ok(false);
            }
            piece = later;
        }
        Ok(true)
    }
}
