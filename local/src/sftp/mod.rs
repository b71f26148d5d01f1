//! The embedded SFTP server: russh speaks SSH on a port on loopback, `russh-sftp` the protocol, and
//! behind it is one folder that no path leads out of.
//!
//! ```text
//! socket ──▶ ssh (one user, one key) ──▶ requests ──▶ folder
//! ```
//!
//! Clients find version 3 with the extensions that OpenSSH's client uses for uploads. There are no links
//! to be made, no owners to be changed, no shells, no forwarding.
//!
//! It has threads and a runtime of its own: its requests wait for the disk, and encryption is work.

mod attributes;
mod folder;
mod keys;
mod requests;
mod ssh;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use folder::Folder;
use keys::{KeyError, Keys};

use crate::temporary_folder::TemporaryFolder;

/// The one user.
pub const USER: &str = "lychgate";

/// Encryption and the disk: one thread each.
const WORKERS: usize = 2;

/// How long the threads may take to end once the service is to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Where files and keys live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In a temporary folder, until the service stops.
    Memory,
    /// In this folder: files below `files`, keys, which only the owner may read, below `keys`.
    Directory(PathBuf),
}

/// Why the embedded SFTP server does not run.
#[derive(Debug, thiserror::Error)]
pub enum SftpError {
    /// The folder cannot be used.
    #[error(
        "cannot use the folder {} for the SFTP server; choose another with --data-dir DIR, or --ephemeral",
        path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A key that was made earlier cannot be used.
    #[error("the SFTP server's key {} cannot be used; remove it to get a new one", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// No port, no thread, no temporary folder.
    #[error("cannot start the embedded SFTP server")]
    Start(#[source] std::io::Error),
}

/// A running SFTP server; dropping it stops it.
pub struct SftpServer {
    address: SocketAddr,
    files: PathBuf,
    private_key: String,
    host_key: String,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    // Removed last, when no thread writes there any more.
    _temporary: Option<TemporaryFolder>,
}

impl SftpServer {
    /// Serves the store's files on a free port of the loopback interface. Keys are made at the first
    /// start and kept with the files.
    pub fn start(store: &Store) -> Result<Self, SftpError> {
        let (path, temporary) = match store {
            Store::Memory => {
                let temporary = TemporaryFolder::new("lychgate-sftp-").map_err(SftpError::Start)?;
                (temporary.content(), Some(temporary))
            }
            Store::Directory(path) => (path.clone(), None),
        };
        let files = path.join("files");
        let folder = std::fs::create_dir_all(&files).and_then(|()| Folder::open(&files));
        let folder = folder.map_err(|source| SftpError::Folder { path: files.clone(), source })?;
        let keys = Keys::at(&path.join("keys"))?;
        let (private_key, host_key) = (keys.private_key()?, keys.public_host_key()?);
        let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(SftpError::Start)?;
        let address = socket.local_addr().map_err(SftpError::Start)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("sftp")
            .enable_all()
            .build()
            .map_err(SftpError::Start)?;
        let (stop, stopped) = watch::channel(false);
        let thread = std::thread::Builder::new()
            .name("sftp".to_owned())
            .spawn(move || {
                runtime.block_on(ssh::serve(socket, keys, folder, stopped));
                runtime.shutdown_timeout(STOP_PATIENCE);
            })
            .map_err(SftpError::Start)?;
        let thread = Some(thread);
        Ok(Self { address, files, private_key, host_key, stop, thread, _temporary: temporary })
    }

    /// `sftp://lychgate@127.0.0.1:PORT/`: what the placeholder `${sftp_url}` stands for.
    pub fn url(&self) -> String {
        format!("sftp://{USER}@{}/", self.address)
    }

    /// The text of the private key that logs in, in OpenSSH's format.
    pub fn private_key(&self) -> &str {
        &self.private_key
    }

    /// The line of `known_hosts` by which the server is known.
    pub fn known_hosts(&self) -> String {
        format!("[{}]:{} {}\n", self.address.ip(), self.address.port(), self.host_key)
    }

    /// The folder that clients see as `/`.
    pub fn files(&self) -> &Path {
        &self.files
    }

    /// Stops serving. Connections end; what they had written by then stays.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for SftpServer {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported there; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for SftpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SftpServer")
            .field("address", &self.address)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_a_restart_and_only_their_owner_may_read_them() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let store = Store::Directory(directory.path().join("sftp"));
        let first = SftpServer::start(&store).unwrap();
        let second = SftpServer::start(&store).unwrap();
        assert_eq!(first.private_key(), second.private_key());
        assert_eq!(first.host_key, second.host_key);
        assert!(first.private_key().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        let mut keys = 0;
        for key in std::fs::read_dir(directory.path().join("sftp/keys")).unwrap() {
            let mode = key.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            keys += 1;
        }
        assert_eq!(keys, 2);
    }

    #[test]
    fn a_damaged_key_is_named_and_not_shown() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::Directory(directory.path().to_owned());
        SftpServer::start(&store).unwrap().stop();
        std::fs::write(directory.path().join("keys/host"), "hunter2").unwrap();
        let error = SftpServer::start(&store).unwrap_err();
        assert!(error.to_string().contains("keys/host"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn debug_shows_no_key() {
        let server = SftpServer::start(&Store::Memory).unwrap();
        assert!(!format!("{server:?}").contains("BEGIN"));
    }

    #[test]
    fn a_client_that_says_nothing_does_not_hold_the_stop() {
        let server = SftpServer::start(&Store::Memory).unwrap();
        let _client = std::net::TcpStream::connect(server.address).unwrap();
        server.stop();
    }
}
