//! What is submitted: a document that becomes a payload on its way, or a payload as it is.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use models::{ClientId, DocumentName, MediaType, ProposalId, ProposalTitle};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::encoder::Encoder;

/// Bytes as they come.
pub(super) type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// What a proposal says besides its document.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// Whose it is.
    pub client_id: ClientId,
    /// What it is about.
    pub title: ProposalTitle,
    /// Name of the document's file.
    pub file_name: DocumentName,
    /// What kind of file it is.
    pub media_type: MediaType,
}

/// Bytes of a known number, read once from their beginning to their end.
pub struct Source {
    pub(super) length: u64,
    pub(super) reader: Reader,
}

impl Source {
    /// A file, as long as it is now.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = tokio::fs::File::open(path).await?;
        let length = file.metadata().await?.len();
        Ok(Self::reader(length, file))
    }

    /// Bytes at hand.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::reader(bytes.len() as u64, io::Cursor::new(bytes))
    }

    /// Bytes from anywhere else, `length` of them; fewer or more are an error when they are read.
    pub fn reader(length: u64, reader: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self { length, reader: Box::new(reader) }
    }
}

/// What is submitted.
pub struct Payload(pub(super) Kind);

pub(super) enum Kind {
    Document(Box<Metadata>, Source),
    Encoded(Source),
    Unmeasured(Reader),
}

impl Payload {
    /// A document, encoded as it is read. The payload is a third longer than the document.
    pub fn document(metadata: Metadata, document: Source) -> Self {
        Self(Kind::Document(Box::new(metadata), document))
    }

    /// The JSON of [`models::NewProposal`], encoded by somebody else.
    pub fn encoded(payload: Source) -> Self {
        Self(Kind::Encoded(payload))
    }

    /// The same, of a length that is not known. As far as one request takes it, it is kept in
    /// memory; beyond that in a temporary file without a name, since an upload has to say its size
    /// before it begins.
    pub fn unmeasured(payload: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self(Kind::Unmeasured(Box::new(payload)))
    }
}

/// A payload on its way.
pub(super) struct Body {
    /// In bytes.
    pub(super) length: u64,
    pub(super) reader: Reader,
    pub(super) seal: Option<Seal>,
}

/// The end of a payload of our own: the checksum of what precedes it, and all metadata. Whatever
/// else an upload holds belongs to it, or is refused by its checksum.
#[derive(Clone)]
pub(super) struct Seal {
    /// Where it begins.
    pub(super) offset: u64,
    /// SHA-256 of the document in hexadecimal, once it has been read.
    pub(super) sha256: Arc<OnceLock<String>>,
    pub(super) metadata: Metadata,
}

impl Body {
    pub(super) fn document(
        id: &ProposalId,
        metadata: Metadata,
        document: Source,
    ) -> io::Result<Self> {
        let sha256 = Arc::new(OnceLock::new());
        let encoder = Encoder::new(id, &metadata, document, Arc::clone(&sha256))?;
        let (length, offset) = (encoder.length(), encoder.seal());
        let seal = Some(Seal { offset, sha256, metadata });
        Ok(Self { length, reader: Box::new(encoder), seal })
    }

    pub(super) fn encoded(payload: Source) -> Self {
        Self { length: payload.length, reader: payload.reader, seal: None }
    }

    /// The next bytes, in this room.
    ///
    /// # Errors
    /// If there are fewer.
    pub(super) async fn read(&mut self, size: usize, room: BytesMut) -> io::Result<Bytes> {
        let mut bytes = room;
        bytes.reserve(size);
        while bytes.len() < size {
            let missing = (size - bytes.len()) as u64;
            if (&mut self.reader).take(missing).read_buf(&mut bytes).await? == 0 {
                let problem = format!("it ends {missing} bytes before it should");
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem));
            }
        }
        Ok(bytes.freeze())
    }

    /// What is left, for the sake of its checksum.
    pub(super) async fn skip(&mut self) -> io::Result<()> {
        tokio::io::copy(&mut self.reader, &mut tokio::io::sink()).await.map(drop)
    }

    /// Makes sure that nothing is left.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        match self.reader.read(&mut [0]).await? {
            0 => Ok(()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than was said")),
        }
    }
}
