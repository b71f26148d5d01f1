//! The embedded S3: s3s speaks the protocol on a port on loopback (signatures, presigned URLs, forms,
//! chunked bodies), the storage behind it is our own.
//!
//! ```text
//! socket ──▶ front (CORS) ──▶ s3s ──▶ operations ──▶ storage
//!                                         └──▶ object events
//! ```
//!
//! s3s-fs, which comes with s3s, lets several conditional writes win, keeps objects whose checksum
//! is wrong, turns keys into paths and reads in small pieces.
//!
//! What is done is done as S3 does it; every other operation answers `NotImplemented`. Known limits:
//! one pair of keys, no policies or ACLs; encryption may be asked for, and nothing is encrypted; a form
//! (`POST`) holds at most [`FORM_LIMIT`] bytes; a `Range` that is no range is an error, where S3 sends
//! everything; replaced versions are kept for a day; events nobody took are lost when the process is
//! killed.
//!
//! It has threads and a runtime of its own: its requests wait for the disk and compute checksums.

mod browser;
mod buckets;
mod cors;
mod front;
mod object_event;
mod operations;
mod server;
mod storage;
mod unread;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use openapi::Diagnostic;
use tokio::sync::watch;

pub(crate) use browser::{Browser, Object, ObjectPage};
pub use buckets::BucketSpec;
pub use object_event::{EventName, Listener, ObjectEvent};

use buckets::Buckets;
use storage::Storage;

use crate::temporary_folder::TemporaryFolder;

/// The one pair of keys that is known here; signatures must fit it.
pub const ACCESS_KEY_ID: &str = "local";
/// The secret of [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "local";

/// The most bytes of a file that comes by a form: s3s holds it in memory. S3 takes 5 GiB.
pub const FORM_LIMIT: u64 = 256 << 20;

/// Besides the threads that wait for the disk.
const WORKERS: usize = 2;

/// How long requests under way may take to finish once the service is to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Where objects live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In a temporary folder, until the service stops.
    Memory,
    /// In this folder.
    Directory(PathBuf),
}

/// Why the embedded S3 does not run.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// The folder does not hold objects of this program, or cannot be read or written.
    #[error(
        "cannot open the folder of S3 objects {}: {reason}\n\
         move the folder away to start with empty buckets, or choose --data-dir DIR or --ephemeral",
        path.display()
    )]
    Open {
        /// The folder.
        path: PathBuf,
        /// What the system or SQLite says.
        reason: String,
    },
    /// No port, no thread, no temporary folder.
    #[error("cannot start the embedded S3")]
    Start(#[source] std::io::Error),
}

/// A running S3; dropping it stops it.
#[derive(Debug)]
pub struct S3 {
    address: SocketAddr,
    buckets: Arc<Buckets>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    // Removed last, when no thread writes there any more.
    _temporary: Option<TemporaryFolder>,
}

impl S3 {
    /// Opens the store and serves it on a free port of the loopback interface. There are no buckets
    /// until [`S3::ensure`] is told of them.
    pub fn start(store: &Store, listener: Listener) -> Result<Self, S3Error> {
        let (path, temporary) = match store {
            Store::Memory => {
                let temporary = TemporaryFolder::new("lychgate-s3-").map_err(S3Error::Start)?;
                (temporary.content(), Some(temporary))
            }
            Store::Directory(path) => (path.clone(), None),
        };
        let storage =
            Storage::open(&path).map_err(|fault| S3Error::Open { path, reason: reason(&fault) })?;
        let buckets = Arc::new(Buckets::new(storage));
        let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(S3Error::Start)?;
        let address = socket.local_addr().map_err(S3Error::Start)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("s3")
            .enable_all()
            .build()
            .map_err(S3Error::Start)?;
        let service = front::Front::new(Arc::clone(&buckets), listener, address);
        let (stop, stopped) = watch::channel(false);
        let expiring = Arc::clone(&buckets);
        let thread = std::thread::Builder::new()
            .name("s3".to_owned())
            .spawn(move || {
                runtime.spawn(buckets::expire_now_and_then(expiring));
                runtime.block_on(server::serve(socket, service, stopped, STOP_PATIENCE));
                runtime.shutdown_timeout(STOP_PATIENCE);
            })
            .map_err(S3Error::Start)?;
        Ok(Self { address, buckets, stop, thread: Some(thread), _temporary: temporary })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_S3`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes these the buckets there are, from the next request on, and answers the names of those
    /// that are new. Objects of a bucket that is declared no more are kept, out of reach.
    pub fn ensure(&self, specs: &[BucketSpec]) -> Result<Vec<String>, Vec<Diagnostic>> {
        self.buckets.ensure(specs)
    }

    /// Looks into the buckets without a request.
    pub(crate) fn browser(&self) -> Browser {
        Browser { buckets: Arc::clone(&self.buckets) }
    }

    /// Stops serving and lets requests under way finish.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported there; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

/// An error with its causes, in one line.
fn reason(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
