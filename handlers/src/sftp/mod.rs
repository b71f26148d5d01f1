//! Files to an SFTP server: pinned host key, login by key, pipelined writes under a temporary name,
//! resumed where they stopped, renamed when complete.
//!
//! ```text
//! Destination, PrivateKey, KnownHosts ─▶ Server ─▶ connection ─▶ session
//!                                                                   │
//! Source ─▶ send: prefix (what is there already?) ─▶ upload ─▶ publish (rename)
//! ```
//!
//! It works with OpenSSH and with AWS Transfer Family, which speaks version 3 of the protocol without
//! extensions, finishes files when they are closed and takes one connection per file only (user guide,
//! "Transferring files over a server endpoint using a client"). It neither sets attributes nor opens a
//! file for reading and writing at once, which that server refuses.

mod connection;
mod destination;
mod error;
mod known_hosts;
mod options;
mod prefix;
mod private_key;
mod publish;
mod remote_file;
mod session;
mod source;
mod transfer;
mod upload;

pub use destination::{Destination, DestinationError};
pub use error::{HostKeyError, TransferError};
pub use known_hosts::{KnownHosts, KnownHostsError, LineFault};
pub use options::{Cipher, Options};
pub use private_key::{PrivateKey, PrivateKeyError};
pub use remote_file::{RemoteFile, RemoteFileError};
pub use source::{ObjectSource, Source};
pub use transfer::{Sent, send};

/// A server, and how it and the user prove who they are.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where.
    pub destination: Destination,
    /// The key that logs in.
    pub private_key: PrivateKey,
    /// The keys that the server may have.
    pub known_hosts: KnownHosts,
}
