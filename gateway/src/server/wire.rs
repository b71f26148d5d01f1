//! The stream under hyper, which keeps the letter case of header names.
//!
//! hyper lower-cases header names and keeps no original, but functions get to see the case a
//! client wrote, and API Gateway's own headers are `x-amzn-RequestId`, not `x-amzn-requestid`. So
//! the stream is wrapped: reading, the head of the current request is recorded; writing, the head
//! of the answer gets the intended case, which does not change its length.
//!
//! The wrapper also closes connections that dribble a head byte by byte, or never send one.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::heads::{Heads, Phase};
use super::timer::Timer;

/// How long a connection may idle between requests: API Gateway's own limit.
const IDLE_TIMEOUT: Duration = Duration::from_secs(310);
/// How long a head may take from its first byte, and the first byte of a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

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
