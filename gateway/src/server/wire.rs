//! The letter case of header names on the wire.
//!
//! hyper lower-cases header names and keeps no original, but functions get to see the case a
//! client wrote, and API Gateway's own headers are `x-amzn-RequestId`, not `x-amzn-requestid`. So
//! the stream is wrapped: reading, the head of the current request is recorded; writing, the head
//! of the answer gets the intended case, which does not change its length.
//!
//! A client may send requests without waiting for answers: what is read behind the body of one is
//! kept until that is answered. Behind a chunked body, whose end only hyper knows, it is not, and
//! such a request has lower-case names.
//!
//! The wrapper also closes connections that dribble a head byte by byte, or never send one.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::headers::{Headers, text};

/// How long a connection may idle between requests: API Gateway's own limit.
const IDLE_TIMEOUT: Duration = Duration::from_secs(310);
/// How long a head may take from its first byte, and the first byte of a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take no byte of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest head that is recorded; hyper answers 431 to one over its buffer.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Most bytes of an answer that are copied to change its head.
const MAX_COPY_BYTES: usize = 64 * 1024;
/// More fields than any head within the limits has.
const MAX_FIELDS: usize = 256;
/// Names hyper itself adds.
const HYPER_NAMES: &[&str] = &["Connection", "Content-Length", "Date", "Transfer-Encoding"];

/// The heads of the current request and answer, shared between the stream and the service.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// The head of the request as far as it has come.
    incoming: Vec<u8>,
    /// How much of the body is yet to come; `None` if that is unknown.
    body_left: Option<usize>,
    /// What was read behind the body: the next request.
    next: Vec<u8>,
    /// Names of the answer's headers, until the head is written.
    outgoing: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// No byte has ever come.
    #[default]
    New,
    /// The last request was answered and no byte of another one has come.
    Idle,
    /// Part of a head has come.
    Head,
    /// The head is complete; what comes now is its body.
    Body,
}

impl Heads {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The headers of the recorded head.
    pub(super) fn take(&self) -> Option<Headers> {
        let head = std::mem::take(&mut self.state().incoming);
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let is_complete = request.parse_with_uninit_headers(&head, &mut fields).ok()?.is_complete();
        is_complete
            .then(|| request.headers.iter().map(|field| (field.name, text(field.value))).collect())
    }

    /// The answer is about to be written: what is read from now on is the next request.
    pub(super) fn answered(&self, names: impl IntoIterator<Item = String>) {
        let own = HYPER_NAMES.iter().map(|&name| name.to_owned());
        let names = own.chain(names).collect();
        let mut state = self.state();
        state.phase = Phase::Idle;
        state.incoming.clear();
        state.outgoing = Some(names);
        let next = std::mem::take(&mut state.next);
        state.record(&next);
    }

    fn phase(&self) -> Phase {
        self.state().phase
    }

    /// Records bytes that were read.
    fn record(&self, bytes: &[u8]) {
        self.state().record(bytes);
    }

    /// Gives the head at the start of `bytes` the intended letter case; `None` if there is
    /// nothing to do.
    fn recase(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut state = self.state();
        state.outgoing.as_ref()?;
        let end = head_end(bytes)?;
        // An interim answer (100 Continue) leaves the names to the final one.
        if bytes.starts_with(b"HTTP/1.1 1") {
            return None;
        }
        let names = state.outgoing.take()?;
        let mut copy = bytes[..bytes.len().min(end.max(MAX_COPY_BYTES))].to_vec();
        for line in copy[..end].split_mut(|&byte| byte == b'\n').skip(1) {
            let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
            let written = &line[..colon];
            let name = names.iter().find(|name| name.as_bytes().eq_ignore_ascii_case(written));
            if let Some(name) = name {
                line[..colon].copy_from_slice(name.as_bytes());
            }
        }
        Some(copy)
    }
}

impl State {
    fn record(&mut self, bytes: &[u8]) {
        if self.phase == Phase::Body {
            self.pass_body(bytes);
            return;
        }
        let bytes = if self.incoming.is_empty() {
            // Empty lines in front of a request do not count.
            let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
            start.map_or(&[][..], |start| &bytes[start..])
        } else {
            bytes
        };
        if bytes.is_empty() {
            return;
        }
        self.phase = Phase::Head;
        let seen = self.incoming.len().saturating_sub(3);
        self.incoming.extend_from_slice(bytes);
        if let Some(end) = head_end(&self.incoming[seen..]) {
            let behind = self.incoming.split_off(seen + end);
            self.phase = Phase::Body;
            self.body_left = body_length(&self.incoming);
            self.pass_body(&behind);
        } else if self.incoming.len() > MAX_HEAD_BYTES {
            self.incoming.clear();
            self.phase = Phase::Body;
            self.body_left = None;
        }
    }

    /// Keeps what follows the body.
    fn pass_body(&mut self, bytes: &[u8]) {
        let Some(left) = self.body_left else { return };
        let body = bytes.len().min(left);
        let next = &bytes[body..];
        if self.next.len() + next.len() > MAX_HEAD_BYTES {
            self.next.clear();
            self.body_left = None;
        } else {
            self.next.extend_from_slice(next);
            self.body_left = Some(left - body);
        }
    }
}

/// The length of the body behind a head, unless it is chunked or the head is nonsense.
fn body_length(head: &[u8]) -> Option<usize> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    request.parse(head).ok()?.is_complete().then_some(())?;
    let field =
        |name: &str| request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    match (field("transfer-encoding"), field("content-length")) {
        (Some(_), _) => None,
        (None, Some(length)) => std::str::from_utf8(length.value).ok()?.trim().parse().ok(),
        (None, None) => Some(0),
    }
}

/// Where a head ends: behind its first empty line.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut line_start = 0;
    while let Some(length) = bytes[line_start..].iter().position(|&byte| byte == b'\n') {
        let line = &bytes[line_start..line_start + length];
        let next = line_start + length + 1;
        if line_start > 0 && (line.is_empty() || line == b"\r") {
            return Some(next);
        }
        line_start = next;
    }
    None
}

/// A stream that records and restores letter case.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    heads: Heads,
    /// Bytes the stream has yet to take.
    unwritten: Vec<u8>,
    read_timer: Timer,
    write_timer: Timer,
}

impl Wire {
    /// Wraps a stream.
    pub(super) fn new(stream: TcpStream, heads: Heads) -> Self {
        let (read_timer, write_timer) = (Timer::default(), Timer::default());
        Self { stream, heads, unwritten: Vec::new(), read_timer, write_timer }
    }

    fn poll_unwritten(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unwritten.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &self.unwritten);
            let count = ready!(self.write_timer.limit_write(cx, written))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unwritten.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.heads.record(&buf.filled()[before..]);
        match self.heads.phase() {
            Phase::Idle => self.read_timer.arm(IDLE_TIMEOUT),
            Phase::New | Phase::Head => self.read_timer.arm(HEAD_TIMEOUT),
            Phase::Body => self.read_timer.disarm(),
        }
        if read.is_pending() {
            ready!(self.read_timer.poll_elapsed(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_unwritten(cx))?;
        if let Some(copy) = self.heads.recase(bytes) {
            let taken = copy.len();
            self.unwritten = copy;
            // Taken is taken, even if the stream is full now: the rest goes first next time.
            return match self.poll_unwritten(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(taken)),
            };
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.write_timer.limit_write(cx, written)
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

/// A timeout that runs from when it is armed.
#[derive(Debug, Default)]
struct Timer {
    armed: Option<Duration>,
    /// Kept while disarmed: to put off a timer is cheaper than to register another with every request.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Starts the timeout unless it runs already.
    fn arm(&mut self, duration: Duration) {
        if self.armed == Some(duration) {
            return;
        }
        self.armed = Some(duration);
        let end = Instant::now() + duration;
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(end),
            None => self.sleep = Some(Box::pin(tokio::time::sleep_until(end))),
        }
    }

    fn disarm(&mut self) {
        self.armed = None;
    }

    fn poll_elapsed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.sleep {
            Some(sleep) if self.armed.is_some() => sleep.as_mut().poll(cx),
            _ => Poll::Pending,
        }
    }

    /// Turns a write that stalls too long into an error.
    fn limit_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_pending() {
            self.arm(WRITE_TIMEOUT);
            ready!(self.poll_elapsed(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.disarm();
        written
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recorded(pieces: &[&[u8]]) -> Option<Vec<(String, String)>> {
        let heads = Heads::default();
        for piece in pieces {
            heads.record(piece);
        }
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        heads.take().map(|headers| headers.iter().map(own).collect())
    }

    #[test]
    fn a_head_is_recorded_however_it_arrives() {
        let head = b"\r\nGET /a HTTP/1.1\r\ntEsT-HEADeR: aValUE\r\nHost: b\r\n\r\nbody: no\r\n\r\n";
        let expected = Some(vec![
            ("tEsT-HEADeR".to_owned(), "aValUE".to_owned()),
            ("Host".to_owned(), "b".to_owned()),
        ]);
        assert_eq!(recorded(&[head]), expected);
        for cut in 1..head.len() - 1 {
            assert_eq!(recorded(&[&head[..cut], &head[cut..]]), expected, "{cut}");
        }
        assert_eq!(recorded(&head.chunks(1).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn the_next_request_waits_behind_the_body() {
        let first = b"POST /a HTTP/1.1\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody";
        let both = [&first[..], b"GET /b HTTP/1.1\r\nX-Two: 2\r\n\r\n"].concat();
        for cut in 1..both.len() {
            let heads = Heads::default();
            heads.record(&both[..cut]);
            heads.record(&both[cut..]);
            assert!(heads.take().unwrap().get("x-one").is_some(), "{cut}");
            heads.answered([]);
            let second = heads.take().unwrap();
            assert_eq!(second.iter().collect::<Vec<_>>(), [("X-Two", "2")], "{cut}");
        }
    }

    #[test]
    fn behind_a_chunked_body_nothing_is_known() {
        let heads = Heads::default();
        heads.record(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nX-Two: 2\r\n\r\n");
        assert!(heads.take().is_some());
        heads.answered([]);
        assert!(heads.take().is_none());
    }

    #[test]
    fn nonsense_is_no_head() {
        assert_eq!(recorded(&[b"\x00\x01\r\n\r\n"]), None);
        assert_eq!(recorded(&[&vec![b'a'; 2 * MAX_HEAD_BYTES]]), None);
    }

    #[test]
    fn the_answers_head_gets_its_letter_case_once() {
        let heads = Heads::default();
        let head = b"HTTP/1.1 200 OK\r\nx-amzn-requestid: x-amzn-requestid\r\ndate: d\r\nother: o\r\n\r\nx-amzn-requestid: body";
        assert_eq!(heads.recase(head), None);
        heads.answered(["x-amzn-RequestId".to_owned()]);
        assert_eq!(heads.recase(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
        let text = String::from_utf8(heads.recase(head).unwrap()).unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\nx-amzn-RequestId: x-amzn-requestid\r\nDate: d\r\nother: o\r\n\r\nx-amzn-requestid: body"
        );
        assert_eq!(heads.recase(head), None);
    }

    proptest! {
        #[test]
        fn no_head_panics_and_the_way_it_is_cut_does_not_matter(
            head in "(GET / HTTP/1.1\r\n)?([A-Za-z:é \t]{0,8}: ?[a-z]{0,4}\r?\n|\r\n|\n|\\PC{0,4}){0,8}",
            cuts in prop::collection::vec(1_usize..9, 1..9),
        ) {
            let (mut pieces, mut rest) = (Vec::new(), head.as_bytes());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at(rest.len().min(*cut));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(recorded(&pieces), recorded(&[head.as_bytes()]));
        }

        #[test]
        fn an_answer_changes_in_letter_case_only(
            head in "(HTTP/1.1 [0-9]{3}\r\n)?((x-own|date|[a-z:é]{0,6}): ?[a-z]{0,4}\r?\n|\r\n){0,8}",
        ) {
            let heads = Heads::default();
            heads.answered(["X-Own".to_owned()]);
            if let Some(recased) = heads.recase(head.as_bytes()) {
                prop_assert!(recased.eq_ignore_ascii_case(head.as_bytes()));
            }
        }
    }
}
