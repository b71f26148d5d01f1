//! Stored bytes on their way to a client.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use s3s::Body;
use s3s::dto::StreamingBlob;
use tokio::sync::mpsc;

use crate::s3::storage::{Content, Segment};

/// Bytes that are read at once.
pub(super) const CHUNK: usize = 512 << 10;

/// Chunks that wait for a client.
const WAITING: usize = 2;

/// Reads the segments of a content one after the other.
pub(super) struct Reader<'a> {
    content: &'a Content,
    rest: std::slice::Iter<'a, Segment>,
    current: Option<Take<File>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(content: &'a Content) -> Self {
        Self { content, rest: content.segments.iter(), current: None }
    }

    /// Goes on to the next segment; answers whether there is one.
    fn advance(&mut self) -> io::Result<bool> {
        let Some(segment) = self.rest.next() else { return Ok(false) };
        let mut file = self.content.pins.storage().open_file(segment.file)?;
        file.seek(SeekFrom::Start(segment.start))?;
        self.current = Some(file.take(segment.length));
        Ok(true)
    }

    /// The next bytes, up to [`CHUNK`], of as many segments as that takes.
    fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = Vec::new();
        loop {
            if let Some(file) = &mut self.current {
                let room = (CHUNK - chunk.len()) as u64;
                let wanted = usize::try_from(room.min(file.limit())).unwrap_or(CHUNK);
                chunk.reserve_exact(wanted);
                let count = file.by_ref().take(room).read_to_end(&mut chunk)?;
                if count < wanted {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
                if chunk.len() == CHUNK {
                    return Ok(chunk);
                }
            }
            if !self.advance()? {
                return Ok(chunk);
            }
        }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.current {
                let count = file.read(buffer)?;
                if count > 0 {
                    return Ok(count);
                }
                if file.limit() > 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
            }
            if !self.advance()? {
                return Ok(0);
            }
        }
    }
}

/// The body of an answer. Little is read at once, by the caller's thread; more by a thread that keeps
/// ahead of the client.
pub(in crate::s3) fn body(content: Content) -> io::Result<StreamingBlob> {
    if content.length() <= CHUNK as u64 {
        let chunk = Reader::new(&content).chunk()?;
        return Ok(StreamingBlob::from(Body::from(Bytes::from(chunk))));
    }
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut reader = Reader::new(&content);
        loop {
            let chunk = match reader.chunk() {
                Ok(chunk) if chunk.is_empty() => return,
                chunk => chunk,
            };
            let failed = chunk.is_err();
            // An error means that the client went away.
            if sender.blocking_send(chunk.map(Bytes::from)).is_err() || failed {
                return;
            }
        }
    });
    Ok(StreamingBlob::wrap(Chunks { receiver }))
}

/// What the reading thread sends.
struct Chunks {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
}

impl Stream for Chunks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_recv(context)
    }
}
