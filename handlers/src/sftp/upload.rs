//! The source's bytes into a file of the server, many writes on their way at once.

use std::future::Future;

use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use russh_sftp::client::rawsession::SftpResult;
use tokio::time::{Instant, sleep_until};

use super::error::TransferError;
use super::session::{About, OpenFile, Session};
use super::source::Source;
use crate::objects::Chunks;

/// An upload that stopped.
pub(super) struct Stopped {
    pub(super) error: TransferError,
    /// Bytes that the server confirmed in this upload.
    pub(super) confirmed: u64,
}

/// Sends the source from `start` on and answers once the server has confirmed every byte. `progress` is
/// told how much of the whole the server has.
pub(super) async fn upload(
    source: &dyn Source,
    start: u64,
    session: &Session,
    file: &OpenFile,
    about: About<'_>,
    window: usize,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<(), Stopped> {
    let mut confirmed = 0;
    let uploading = async {
        let mut pieces = Pieces::of(source, start, session.write_length).await?;
        let mut on_their_way = FuturesUnordered::new();
        let most = (window / session.write_length as usize).max(1);
        let mut patience = std::pin::pin!(sleep_until(Instant::now() + session.silence_timeout));
        loop {
            tokio::select! {
                piece = pieces.next(), if !pieces.ended() && on_their_way.len() < most => {
                    let Some((offset, piece)) = piece? else { continue };
                    if on_their_way.is_empty() {
                        patience.as_mut().reset(Instant::now() + session.silence_timeout);
                    }
                    on_their_way.push(write(session, file.clone(), offset, piece));
                }
                Some((length, answer)) = on_their_way.next(), if !on_their_way.is_empty() => {
                    answer.map_err(|error| session.failed(about, error))?;
                    confirmed += length;
                    progress(start + confirmed);
                    patience.as_mut().reset(Instant::now() + session.silence_timeout);
                }
                // A slow source is no silent server: it counts only while answers are due.
                () = patience.as_mut(), if !on_their_way.is_empty() => {
                    let after = session.silence_timeout;
                    return Err(TransferError::Silent { during: about.during, after });
                }
                else => return Ok(()),
            }
        }
    };
    let result: Result<(), TransferError> = uploading.await;
    result.map_err(|error| Stopped { error, confirmed })
}

fn write(
    session: &Session,
    file: OpenFile,
    offset: u64,
    piece: Vec<u8>,
) -> impl Future<Output = (u64, SftpResult<()>)> {
    let length = piece.len() as u64;
    async move { (length, session.write(file, offset, piece).await) }
}

/// The source cut into pieces for one write each, with the offsets where they belong.
struct Pieces {
    chunks: Chunks,
    rest: Bytes,
    piece: Vec<u8>,
    length: usize,
    offset: u64,
    end: u64,
}

impl Pieces {
    async fn of(source: &dyn Source, start: u64, length: u32) -> Result<Self, TransferError> {
        let end = source.size();
        Ok(Self {
            chunks: source.read(start..end).await?,
            rest: Bytes::new(),
            piece: Vec::new(),
            length: length as usize,
            offset: start,
            end,
        })
    }

    fn ended(&self) -> bool {
        self.offset >= self.end
    }

    /// The next piece; all but the last have the full length. Nothing is lost if it is not awaited to
    /// its end.
    async fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>, TransferError> {
        let missing = self.end - self.offset;
        let length = self.length.min(usize::try_from(missing).unwrap_or(usize::MAX));
        while self.piece.len() < length {
            if self.rest.is_empty() {
                let Some(chunk) = self.chunks.next().await else {
                    let found = self.offset + self.piece.len() as u64;
                    return Err(TransferError::SourceEnded { expected: self.end, found });
                };
                self.rest = chunk?;
                continue;
            }
            self.piece.reserve_exact(length - self.piece.len());
            let part = self.rest.len().min(length - self.piece.len());
            self.piece.extend_from_slice(self.rest.get(..part).unwrap_or_default());
            self.rest.advance(part);
        }
        if self.piece.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        self.offset += self.piece.len() as u64;
        Ok(Some((offset, std::mem::take(&mut self.piece))))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::objects::ObjectError;
    use crate::store::BoxFuture;

    /// Hands out its bytes in chunks of uneven length, some of them empty.
    #[derive(Debug)]
    struct Uneven(Vec<u8>);

    impl Source for Uneven {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }

        fn read(&self, range: Range<u64>) -> BoxFuture<'_, Result<Chunks, ObjectError>> {
            let bytes = &self.0[range.start as usize..range.end as usize];
            let (mut chunks, mut rest) = (Vec::new(), bytes);
            for length in [0, 1, 7, 100, 3, 0].into_iter().cycle() {
                let (chunk, later) = rest.split_at(rest.len().min(length));
                chunks.push(Ok(Bytes::copy_from_slice(chunk)));
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            Box::pin(async { Ok(Box::pin(futures_util::stream::iter(chunks)) as Chunks) })
        }
    }

    #[tokio::test]
    async fn pieces_are_full_and_in_their_place() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for (start, length) in
            [(0, 64), (999, 64), (1000, 64), (0, 1000), (0, 5000), (300, 700), (1, 1)]
        {
            let source = Uneven(bytes.clone());
            let mut pieces = Pieces::of(&source, start, length).await.unwrap();
            let mut read = Vec::new();
            while !pieces.ended() {
                let (offset, piece) = pieces.next().await.unwrap().unwrap();
                assert_eq!(offset, start + read.len() as u64);
                read.extend(piece);
                assert!(read.len() % length as usize == 0 || pieces.ended());
            }
            assert_eq!(read, bytes[start as usize..]);
        }
    }
}
