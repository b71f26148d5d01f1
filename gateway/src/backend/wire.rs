//! Heads on the wire to a backend: the names of a request get their letter case back, and the head
//! of the answer is recorded before hyper lower-cases it.
//!
//! A connection carries one request at a time, so the start of a request says that an answer's head
//! comes next, and its `Content-Length` says where the following request starts.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::letter_case;
use crate::headers::{Headers, text};

/// Longest head of an answer that is recorded; hyper takes no more fields than these.
const MAX_HEAD_BYTES: usize = 256 * 1024;
const MAX_FIELDS: usize = 100;

/// The head of the latest answer of a connection, as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct ReceivedHead(Arc<Mutex<Vec<u8>>>);

impl ReceivedHead {
    /// The fields of the head, once.
    pub(super) fn take(&self) -> Option<Headers> {
        let head = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        response
            .parse(&head)
            .ok()?
            .is_complete()
            .then(|| response.headers.iter().map(|field| (field.name, text(field.value))).collect())
    }

    fn set(&self, head: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }
}

/// A connection to a backend.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    outgoing: Outgoing,
    /// Bytes the stream has yet to take.
    unwritten: Vec<u8>,
    /// The head of the answer as far as it has come; `None` while its body comes.
    incoming: Option<Vec<u8>>,
    received: ReceivedHead,
}

/// What is being written.
#[derive(Debug)]
enum Outgoing {
    /// The head of a request, as far as hyper has written it.
    Head(Vec<u8>),
    /// So many bytes of its body are to come.
    Body(u64),
}

impl<S> Wire<S> {
    /// Wraps a stream.
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            outgoing: Outgoing::Head(Vec::new()),
            unwritten: Vec::new(),
            incoming: None,
            received: ReceivedHead::default(),
        }
    }

    /// Takes bytes that hyper writes, and says how many: to the end of a head or of a body.
    fn take(&mut self, bytes: &[u8]) -> usize {
        match &mut self.outgoing {
            Outgoing::Head(head) => {
                let before = head.len();
                head.extend_from_slice(bytes);
                self.incoming.get_or_insert_default();
                let Some(end) = head_end(head) else { return bytes.len() };
                head.truncate(end);
                let length = restore(head, &mut self.unwritten);
                self.outgoing = Outgoing::after_head(length);
                end - before
            }
            Outgoing::Body(rest) => {
                let count = usize::try_from(*rest).unwrap_or(usize::MAX).min(bytes.len());
                self.unwritten.extend_from_slice(&bytes[..count]);
                self.outgoing = Outgoing::after_head(rest.saturating_sub(count as u64));
                count
            }
        }
    }

    /// Records bytes that were read.
    fn record(&mut self, bytes: &[u8]) {
        let Some(head) = &mut self.incoming else { return };
        let mut seen = head.len().saturating_sub(3);
        head.extend_from_slice(bytes);
        while let Some(end) = head_end(&head[seen..]).map(|end| seen + end) {
            // An interim answer (100 Continue, 103 Early Hints) is followed by the final one.
            if head.get(9) == Some(&b'1') && !head.starts_with(b"HTTP/1.1 101") {
                head.drain(..end);
                seen = 0;
                continue;
            }
            head.truncate(end);
            self.received.set(std::mem::take(head));
            self.incoming = None;
            return;
        }
        if head.len() > MAX_HEAD_BYTES {
            self.incoming = None;
        }
    }
}

impl Outgoing {
    const fn after_head(rest: u64) -> Self {
        if rest == 0 { Self::Head(Vec::new()) } else { Self::Body(rest) }
    }
}

/// Where a head ends: behind its first empty line.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|start| start + 4)
}

/// Writes the head of a request with the names as they were meant, and says how long the body is.
fn restore(head: &[u8], out: &mut Vec<u8>) -> u64 {
    let mut length = 0;
    for (index, line) in head.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let colon = line.iter().position(|&byte| byte == b':').filter(|_| index > 0);
        let (name, rest) = line.split_at(colon.unwrap_or(0));
        match name {
            b"host" => out.extend_from_slice(b"Host"),
            b"content-length" => {
                let value = rest.iter().filter(|byte| byte.is_ascii_digit());
                length = value.fold(0_u64, |sum, digit| {
                    sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
                });
                out.extend_from_slice(b"Content-Length");
            }
            name => letter_case::decode(name, out),
        }
        out.extend_from_slice(rest);
    }
    length
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    fn poll_unwritten(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unwritten.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unwritten))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unwritten.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.record(&buf.filled()[before..]);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_unwritten(cx))?;
        let mut taken = 0;
        while taken < bytes.len() {
            taken += self.take(&bytes[taken..]);
        }
        // Taken is taken, even if the stream is full now: the rest goes first next time.
        match self.poll_unwritten(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(taken)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unwritten(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unwritten(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: Connection> Connection for Wire<S> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.received.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pieces: &[&[u8]]) -> String {
        let mut wire = Wire::new(());
        for piece in pieces {
            let mut taken = 0;
            while taken < piece.len() {
                taken += wire.take(&piece[taken..]);
            }
        }
        String::from_utf8(wire.unwritten).unwrap()
    }

    #[test]
    fn names_get_their_letter_case_in_every_request_of_a_connection() {
        let requests = b"POST /a:b HTTP/1.1\r\nhost: h\r\n^x-a^b: ^v\r\ncontent-length: 6\r\n\r\n^y: z\nGET / HTTP/1.1\r\n^z: 1\r\n\r\n";
        let expected = "POST /a:b HTTP/1.1\r\nHost: h\r\nX-aB: ^v\r\nContent-Length: 6\r\n\r\n^y: z\nGET / HTTP/1.1\r\nZ: 1\r\n\r\n";
        assert_eq!(written(&[requests]), expected);
        for cut in 1..requests.len() - 1 {
            assert_eq!(written(&[&requests[..cut], &requests[cut..]]), expected, "{cut}");
        }
    }

    #[test]
    fn the_head_of_the_final_answer_is_recorded() {
        let answer = b"HTTP/1.1 103 Early\r\nLink: no\r\n\r\nHTTP/1.1 200 OK\r\nX-aB: 1\r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\nBody: no\r\n\r\n";
        for cut in 0..answer.len() {
            let mut wire = Wire::new(());
            wire.record(b"nobody asked");
            wire.take(b"GET / HTTP/1.1\r\n\r\n");
            wire.record(&answer[..cut]);
            wire.record(&answer[cut..]);
            let head = wire.received.take().unwrap();
            let names: Vec<_> = head.iter().collect();
            assert_eq!(names, [("X-aB", "1"), ("Set-Cookie", "a"), ("set-cookie", "b")], "{cut}");
            assert_eq!(wire.received.take(), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(pieces: Vec<Vec<u8>>) {
            let mut wire = Wire::new(());
            for piece in &pieces {
                wire.record(piece);
                wire.take(piece);
            }
            wire.received.take();
        }
    }
}
