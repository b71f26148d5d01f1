//! This program, started again to send one file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream;
use handlers::objects::{Chunks, ObjectAddress, ObjectError};
use handlers::sftp::{
    Cipher, KnownHosts, Options, PrivateKey, RemoteFile, Server, Source, send as transfer,
};
use handlers::store::BoxFuture;

/// Its variables: where to, and with which cipher; the files are beside each other in `FOLDER`.
pub(crate) const DESTINATION: &str = "LYCHGATE_BENCH_DESTINATION";
pub(crate) const CIPHER: &str = "LYCHGATE_BENCH_CIPHER";
pub(crate) const FOLDER: &str = "LYCHGATE_BENCH_FOLDER";

/// Bytes of a chunk; those of S3 have up to 16 KiB, but cost other work.
const CHUNK: usize = 64 << 10;

pub(crate) fn send() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::var(FOLDER)?);
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).context(name.to_owned());
    let server = Server {
        destination: std::env::var(DESTINATION)?.parse()?,
        private_key: PrivateKey::parse(&text("key")?)?,
        known_hosts: KnownHosts::parse(&text("known_hosts")?)?,
    };
    let cipher = match std::env::var(CIPHER)?.as_str() {
        "chacha20-poly1305@openssh.com" => Some(Cipher::ChaCha20Poly1305),
        _ => None,
    };
    let file = RemoteFile::new(super::peers::NAME, "bench")?;
    let options = Options { cipher, ..Options::default() };
    let source = FileSource(folder.join("source"));
    // One thread, as functions have.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(transfer(&source, &server, &file, &options, &|_| {}))?;
    Ok(())
}

#[derive(Debug)]
struct FileSource(PathBuf);

impl Source for FileSource {
    fn size(&self) -> u64 {
        std::fs::metadata(&self.0).unwrap().len()
    }

    fn read(&self, range: Range<u64>) -> BoxFuture<'_, Result<Chunks, ObjectError>> {
        let mut file = File::open(&self.0).unwrap();
        file.seek(SeekFrom::Start(range.start)).unwrap();
        let chunks = stream::try_unfold(file.take(range.end - range.start), |mut file| async {
            let mut chunk = vec![0; CHUNK];
            let count = file.read(&mut chunk).map_err(failed)?;
            chunk.truncate(count);
            Ok((count > 0).then(|| (Bytes::from(chunk), file)))
        });
        Box::pin(async { Ok(Box::pin(chunks) as Chunks) })
    }
}

fn failed(error: std::io::Error) -> ObjectError {
    let address = ObjectAddress::new("file", "source");
    ObjectError::Refused { action: "read", address, source: error.into() }
}
