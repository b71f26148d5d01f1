//! Transfers to a real OpenSSH server.

mod interruptions;
pub(crate) mod openssh;
mod proxy;
mod refusals;
mod uploads;

use bytes::Bytes;
use handlers::sftp::{Options, RemoteFile, Sent, Server, Source, TransferError};

fn file(name: &str) -> RemoteFile {
    RemoteFile::new(name, "t-1").unwrap()
}

/// Bytes that neither repeat within a write nor compress.
fn bytes(count: usize) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(count).collect()
}

async fn send(
    source: &dyn Source,
    server: &Server,
    file: &RemoteFile,
) -> Result<Sent, TransferError> {
    handlers::sftp::send(source, server, file, &Options::default(), &|_| {}).await
}

/// Why a transfer that must fail does.
async fn failure(
    source: &dyn Source,
    server: &Server,
    name: &str,
    options: &Options,
) -> TransferError {
    handlers::sftp::send(source, server, &file(name), options, &|_| {}).await.unwrap_err()
}
