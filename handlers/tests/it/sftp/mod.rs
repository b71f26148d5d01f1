//! Transfers to a real OpenSSH server.

mod interruptions;
pub(crate) mod openssh;
mod proxy;
mod refusals;
mod uploads;

use bytes::Bytes;
use handlers::sftp::{
    KnownHosts, Options, PrivateKey, RemoteFile, Sent, Server, Source, TransferError,
};
use russh::keys::ssh_key::LineEnding;

use openssh::OpenSsh;

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

impl OpenSsh {
    /// How to log in, with the one key that the server lets in.
    pub(crate) fn server(&self) -> Server {
        self.server_by(self.port())
    }

    /// The same through another port, behind which something passes on to this one.
    pub(crate) fn server_by(&self, port: u16) -> Server {
        let files = self.files();
        Server {
            destination: self.url(port, files.to_str().unwrap()).parse().unwrap(),
            private_key: PrivateKey::parse(&self.user_key.to_openssh(LineEnding::LF).unwrap())
                .unwrap(),
            known_hosts: KnownHosts::parse(&self.known_hosts(port, 0)).unwrap(),
        }
    }
}
