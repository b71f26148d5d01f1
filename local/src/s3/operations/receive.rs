//! Bytes of a client on their way to a file.
//!
//! One task reads the socket, one thread computes digests and writes; what waits between them is
//! bounded. Nothing is published before all bytes are there and fit what the client said of them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::StatusCode;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result, StdError, s3_error};
use tokio::sync::mpsc;

use super::checksum::{Algorithm, Claim};
use super::digest::{Digest, Hasher};
use super::failure;
use crate::s3::storage::{Fault, Pins, Segment, Storage};

/// The most bytes of one upload (S3 user guide, "Uploading objects").
const MOST: u64 = 5 << 30;

/// Bytes that go to the writing thread at once.
const BATCH: usize = 1 << 20;

/// Batches that wait for it.
const WAITING: usize = 2;

/// What a client says of the bytes it sends.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) length: Option<i64>,
    /// `Content-MD5`
    pub(super) md5: Option<String>,
    pub(super) checksum: Option<(Algorithm, Claim)>,
    /// Computed if no checksum is claimed.
    pub(super) algorithm: Option<Algorithm>,
}

/// Bytes in a file that is not published yet.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) segment: Segment,
    pub(super) digest: Digest,
    /// The file goes with them, unless it is published before.
    pub(super) _pins: Pins,
}

/// Receives a body.
pub(super) async fn receive(
    storage: &Arc<Storage>,
    body: Option<StreamingBlob>,
    claims: Claims,
) -> S3Result<Received> {
    acceptable(&claims)?;
    let md5 = claims.md5;
    let algorithm = claims.checksum.as_ref().map(|(algorithm, _)| *algorithm);
    let algorithm = algorithm.or(claims.algorithm);
    let (sender, receiver) = mpsc::channel(WAITING);
    let storage = Arc::clone(storage);
    let writing = tokio::task::spawn_blocking(move || write(&storage, receiver, algorithm));
    let length = forward(body, sender).await;
    let received = writing.await.map_err(S3Error::internal_error)??;
    let length = length?;
    if claims.length.is_some_and(|claimed| u64::try_from(claimed) != Ok(length)) {
        return Err(incomplete());
    }
    if let Some(md5) = md5 {
        check_md5(&md5, received.digest.md5)?;
    }
    if let (Some((algorithm, claim)), Some(computed)) = (claims.checksum, &received.digest.checksum)
    {
        claim.check(algorithm, computed)?;
    }
    Ok(received)
}

fn acceptable(claims: &Claims) -> S3Result<()> {
    if claims.length.is_some_and(|length| u64::try_from(length).is_ok_and(|length| length > MOST)) {
        return Err(too_large());
    }
    let md5 = claims.md5.as_ref().map(|md5| STANDARD.decode(md5).ok());
    if md5.is_some_and(|md5| md5.is_none_or(|bytes| bytes.len() != 16)) {
        return Err(s3_error!(InvalidDigest, "The Content-MD5 you specified is not valid."));
    }
    Ok(())
}

fn check_md5(claimed: &str, computed: [u8; 16]) -> S3Result<()> {
    if claimed == STANDARD.encode(computed) {
        return Ok(());
    }
    Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."))
}

/// Sends the body to the writing thread; answers its length in bytes.
async fn forward(body: Option<StreamingBlob>, sender: mpsc::Sender<Vec<Bytes>>) -> S3Result<u64> {
    let Some(mut body) = body else { return Ok(0) };
    let (mut length, mut batch, mut waiting) = (0, Vec::new(), 0);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| broken_body(&error))?;
        length += chunk.len() as u64;
        waiting += chunk.len();
        if length > MOST {
            return Err(too_large());
        }
        batch.push(chunk);
        if waiting >= BATCH {
            waiting = 0;
            // An error means that the thread failed, which it will say itself.
            if sender.send(std::mem::take(&mut batch)).await.is_err() {
                return Ok(length);
            }
        }
    }
    let _ = sender.send(batch).await;
    Ok(length)
}

fn write(
    storage: &Arc<Storage>,
    mut receiver: mpsc::Receiver<Vec<Bytes>>,
    algorithm: Option<Algorithm>,
) -> Result<Received, Fault> {
    let mut file = storage.create_file()?;
    let mut hasher = Hasher::new(algorithm);
    while let Some(batch) = receiver.blocking_recv() {
        for chunk in batch {
            hasher.update(&chunk);
            file.write(&chunk)?;
        }
    }
    let (file, length, pins) = file.finish()?;
    let segment = Segment { file, start: 0, length };
    Ok(Received { segment, digest: hasher.finish(), _pins: pins })
}

/// What s3s found wrong with the body while it was read. Its types are private; their names are in
/// their texts.
fn broken_body(error: &StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        let message =
            "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return failure::other(StatusCode::BAD_REQUEST, "XAmzContentSHA256Mismatch", message);
    }
    if text.contains("SignatureMismatch") {
        return s3_error!(SignatureDoesNotMatch);
    }
    incomplete()
}

fn incomplete() -> S3Error {
    let message =
        "You did not provide the number of bytes specified by the Content-Length HTTP header";
    s3_error!(IncompleteBody, "{message}")
}

fn too_large() -> S3Error {
    s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
}
