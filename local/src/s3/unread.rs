//! Bodies that nobody read to their end. Few clients listen before they have said everything: they see
//! a broken connection in place of the refusal, so they are heard out.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http::header::EXPECT;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use s3s::Body;

/// The most bytes that are read for nothing.
const MOST: u64 = 5 << 30;

/// The request with a body that is read to its end in any case, unless the client waits to be asked
/// for it.
pub(super) fn heard_out(request: Request<Incoming>) -> Request<Body> {
    if request.headers().contains_key(EXPECT) || request.body().is_end_stream() {
        return request.map(Body::from);
    }
    request.map(|body| Body::http_body(HeardOut { body: Some(body) }))
}

/// A body that is read on when it is dropped.
struct HeardOut {
    /// None when it has ended.
    body: Option<Incoming>,
}

impl hyper::body::Body for HeardOut {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(hyper::body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), hyper::body::Body::size_hint)
    }
}

impl Drop for HeardOut {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(mut body), Ok(runtime)) = (unread, tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                let mut length = 0;
                while let Some(Ok(frame)) = body.frame().await {
                    length += frame.data_ref().map_or(0, Bytes::len) as u64;
                    if length > MOST {
                        return;
                    }
                }
            });
        }
    }
}
