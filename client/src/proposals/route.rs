//! Which way a payload goes.

use std::io;

use bytes::BytesMut;
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use super::payload::{Body, Reader, Source};

/// Lambda takes events of 6 MB (AWS Lambda quotas, "Invocation payload"): a body as text and what
/// API Gateway puts around it. Shorter payloads than this go to the function.
pub const FUNCTION_LIMIT: u64 = 5 << 20;
/// The longest payload API Gateway takes (API Gateway quotas, "Payload size").
pub const GATEWAY_LIMIT: u64 = 10_485_760;

/// The way a payload took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// In one request to the function, which answers with the proposal: `createProposal`.
    Function,
    /// In one request that API Gateway passes on to S3: `submitProposal`.
    Gateway,
    /// In parts that go to S3 directly: `beginUpload`.
    Upload,
}

impl Route {
    /// The route for a payload of so many bytes.
    pub const fn of(length: u64) -> Self {
        if length < FUNCTION_LIMIT {
            Self::Function
        } else if length <= GATEWAY_LIMIT {
            Self::Gateway
        } else {
            Self::Upload
        }
    }
}

/// Finds out how long a payload is: in memory as far as one request takes it, else in a file.
pub(super) async fn measure(mut payload: Reader) -> io::Result<Body> {
    let mut start = BytesMut::new();
    while start.len() as u64 <= GATEWAY_LIMIT {
        let missing = GATEWAY_LIMIT + 1 - start.len() as u64;
        if (&mut payload).take(missing).read_buf(&mut start).await? == 0 {
            return Ok(Body::encoded(Source::bytes(start.freeze())));
        }
    }
    let file =
        tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(io::Error::other)??;
    let mut file = tokio::fs::File::from_std(file);
    file.write_all(&start).await?;
    let length = start.len() as u64;
    drop(start);
    let length = length + tokio::io::copy(&mut payload, &mut file).await?;
    file.flush().await?;
    file.rewind().await?;
    Ok(Body::encoded(Source::reader(length, file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_the_payload_decides() {
        assert_eq!(Route::of(0), Route::Function);
        assert_eq!(Route::of((5 << 20) - 1), Route::Function);
        assert_eq!(Route::of(5 << 20), Route::Gateway);
        assert_eq!(Route::of(10 << 20), Route::Gateway);
        assert_eq!(Route::of((10 << 20) + 1), Route::Upload);
    }

    #[tokio::test]
    async fn what_is_measured_is_read_from_its_beginning() {
        for length in [0, GATEWAY_LIMIT, GATEWAY_LIMIT + 1, GATEWAY_LIMIT + 9] {
            let payload = tokio::io::repeat(b'x').take(length);
            let mut body = measure(Box::new(payload)).await.unwrap();
            assert_eq!(body.length, length);
            let bytes = body.read(usize::try_from(length).unwrap(), BytesMut::new()).await.unwrap();
            assert!(bytes.iter().all(|&byte| byte == b'x'));
            body.end().await.unwrap();
        }
    }
}
