//! The answer of the gateway to one request.

use bytes::Bytes;

use crate::headers::Headers;

/// Status, headers and body as they go to the client. Header names keep their letter case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status, 200 to 599.
    pub status: u16,
    /// In the order they are sent; `Content-Length` and `Date` are the server's business.
    pub headers: Headers,
    /// The whole body.
    pub body: Bytes,
    /// Nothing more can be read from the connection: close it behind the answer.
    pub close: bool,
}

impl Answer {
    /// An answer without headers.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Headers::new(), body: body.into(), close: false }
    }

    /// The same answer, after which the connection is closed.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.close = true;
        self
    }
}
