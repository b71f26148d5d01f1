//! The body of an answer, which notices when it has been sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Buf as _, Frame, SizeHint};

use crate::access_log::Entry;

/// A body with the access log's entry for it. The entry is written when the connection is done
/// with the body, whether or not all of it found its way to the client.
pub(super) struct Sent<B> {
    body: B,
    /// Bytes handed to the connection.
    length: u64,
    entry: Option<Entry>,
}

impl<B> Sent<B> {
    /// A body whose entry is to be written; `None` if there is no access log.
    pub(super) fn new(body: B, entry: Option<Entry>) -> Self {
        Self { body, length: 0, entry }
    }
}

impl<B: Body<Data = bytes::Bytes> + Unpin> Body for Sent<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.length += data.remaining() as u64;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Sent<B> {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.sent(self.length);
        }
    }
}
