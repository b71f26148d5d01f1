//! From a document to the JSON of a proposal, in one pass: base64 and SHA-256 on the way.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf as _, BytesMut};
use models::ProposalId;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, ReadBuf};

use super::payload::{Metadata, Reader, Source};

/// Bytes encoded at once; whole groups of base64, which are three.
const CHUNK: usize = 48 * 1024;
const HEAD: &str = r#"{"document":{"content":""#;
const DIGITS_OF_SHA256: u64 = 64;

/// Reads as the payload. The content comes first, so that what follows can vouch for it.
pub(super) struct Encoder {
    document: Reader,
    /// Bytes of the document that were promised, and those still to be read.
    size: u64,
    remaining: u64,
    /// Bytes of the document that do not fill a chunk yet.
    chunk: Box<[u8]>,
    filled: usize,
    digest: Sha256,
    sha256: Arc<OnceLock<String>>,
    /// What follows the content and its checksum.
    rest: String,
    /// Bytes of the payload that wait to be read.
    ready: BytesMut,
    ended: bool,
}

/// Metadata in the order in which they follow the checksum.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfDocument<'a> {
    file_name: &'a str,
    media_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfProposal<'a> {
    proposal_id: &'a str,
    client_id: &'a str,
    title: &'a str,
}

impl Encoder {
    /// `sha256` is told when the document has been read.
    pub(super) fn new(
        id: &ProposalId,
        metadata: &Metadata,
        document: Source,
        sha256: Arc<OnceLock<String>>,
    ) -> io::Result<Self> {
        let of_document = members(&OfDocument {
            file_name: metadata.file_name.as_str(),
            media_type: metadata.media_type.as_str(),
        })?;
        let of_proposal = members(&OfProposal {
            proposal_id: id.as_str(),
            client_id: metadata.client_id.as_str(),
            title: metadata.title.as_str(),
        })?;
        Ok(Self {
            document: document.reader,
            size: document.length,
            remaining: document.length,
            chunk: vec![0; CHUNK].into_boxed_slice(),
            filled: 0,
            digest: Sha256::new(),
            sha256,
            rest: format!("\",{of_document}}},{of_proposal}}}"),
            ready: BytesMut::from(HEAD),
            ended: false,
        })
    }

    /// Length of the payload.
    pub(super) fn length(&self) -> u64 {
        self.seal() + SHA256_MEMBER.len() as u64 + DIGITS_OF_SHA256 + self.rest.len() as u64
    }

    /// Where the content ends.
    pub(super) fn seal(&self) -> u64 {
        HEAD.len() as u64 + self.size.div_ceil(3) * 4
    }

    /// Reads more of the document, and encodes it as soon as there is enough.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.remaining == 0 {
            return self.poll_end(cx);
        }
        let room = (CHUNK - self.filled).min(usize::try_from(self.remaining).unwrap_or(CHUNK));
        let mut buffer = ReadBuf::new(&mut self.chunk[self.filled..self.filled + room]);
        ready!(Pin::new(&mut self.document).poll_read(cx, &mut buffer))?;
        let read = buffer.filled().len();
        if read == 0 {
            let problem = format!("the document ends {} bytes before it should", self.remaining);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem)));
        }
        self.filled += read;
        self.remaining -= read as u64;
        if self.filled == CHUNK || self.remaining == 0 {
            self.encode()?;
        }
        Poll::Ready(Ok(()))
    }

    fn encode(&mut self) -> io::Result<()> {
        let chunk = &self.chunk[..self.filled];
        self.digest.update(chunk);
        self.ready.resize(chunk.len().div_ceil(3) * 4, 0);
        STANDARD.encode_slice(chunk, &mut self.ready).map_err(io::Error::other)?;
        self.filled = 0;
        Ok(())
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut beyond = [0];
        let mut buffer = ReadBuf::new(&mut beyond);
        ready!(Pin::new(&mut self.document).poll_read(cx, &mut buffer))?;
        if !buffer.filled().is_empty() {
            let problem = "the document is longer than was said";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, problem)));
        }
        let digest = std::mem::take(&mut self.digest).finalize();
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.ready.extend_from_slice(SHA256_MEMBER.as_bytes());
        self.ready.extend_from_slice(sha256.as_bytes());
        self.ready.extend_from_slice(self.rest.as_bytes());
        // Told once, since the document is read once.
        let _ = self.sha256.set(sha256);
        self.ended = true;
        Poll::Ready(Ok(()))
    }
}

/// The end of the content, and the member that follows it.
const SHA256_MEMBER: &str = r#"","sha256":""#;

/// The members of an object, without its braces.
fn members(value: &impl Serialize) -> io::Result<String> {
    let object = serde_json::to_string(value)?;
    Ok(object.trim_start_matches('{').trim_end_matches('}').to_owned())
}

impl AsyncRead for Encoder {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.ready.is_empty() && !this.ended {
            ready!(this.poll_more(cx))?;
        }
        let count = this.ready.len().min(buffer.remaining());
        buffer.put_slice(&this.ready[..count]);
        this.ready.advance(count);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use models::NewProposal;

    use super::*;
    use crate::proposals::payload::Body;

    fn metadata() -> Metadata {
        Metadata {
            client_id: "c-7".try_into().unwrap(),
            title: "{\"Größe\"}".try_into().unwrap(),
            file_name: "plan \\.pdf".try_into().unwrap(),
            media_type: "application/pdf".try_into().unwrap(),
        }
    }

    fn body(document: Source) -> Body {
        Body::document(&"p-1".try_into().unwrap(), metadata(), document).unwrap()
    }

    #[tokio::test]
    async fn the_payload_is_a_new_proposal_of_the_length_that_was_said() {
        for length in [0, 1, 2, 3, 4, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5] {
            let document: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut body = body(Source::bytes(document.clone()));
            let payload =
                body.read(usize::try_from(body.length).unwrap(), BytesMut::new()).await.unwrap();
            body.end().await.unwrap();
            let seal = body.seal.unwrap();
            assert!(payload[usize::try_from(seal.offset).unwrap()..].starts_with(b"\",\"sha256"));
            let proposal: NewProposal = serde_json::from_slice(&payload).unwrap();
            assert_eq!((&*proposal.proposal_id, &*proposal.client_id), ("p-1", "c-7"));
            assert_eq!(proposal.title, metadata().title);
            assert_eq!(proposal.document.file_name, metadata().file_name);
            assert_eq!(proposal.document.media_type, metadata().media_type);
            assert_eq!(STANDARD.decode(proposal.document.content).unwrap(), document);
            let digest = Sha256::digest(&document);
            let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(proposal.document.sha256.as_deref(), Some(sha256.as_str()));
            assert_eq!(seal.sha256.get(), Some(&sha256));
        }
    }

    #[tokio::test]
    async fn a_document_of_another_length_than_was_said_is_an_error() {
        for (said, problem) in [(11, "ends 1 bytes before"), (9, "longer than was said")] {
            let mut body = body(Source::reader(said, io::Cursor::new(vec![7; 10])));
            let length = usize::try_from(body.length).unwrap();
            let error = body.read(length, BytesMut::new()).await.unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
