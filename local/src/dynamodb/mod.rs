//! The embedded DynamoDB: dynoxide (SQLite) behind a port on loopback, spoken to by the functions
//! through the ordinary AWS SDK.
//!
//! It has a thread and a runtime of its own: its requests wait for the disk, and requests through
//! the gateway must not wait with them.

mod indexes;
mod reader;
mod tables;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use dynoxide::Database;
use openapi::Diagnostic;
use tokio::sync::watch;

pub(crate) use reader::Reader;
pub use tables::TableSpec;

/// How often expired items are looked for. DynamoDB itself promises only "within a few days"
/// (developer guide, "Using time to live"), so this is brisk.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

/// How long requests under way may take to finish once the service is to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Where records live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In memory, until the service stops.
    Memory,
    /// In this SQLite file.
    File(PathBuf),
}

/// Why the embedded DynamoDB does not run.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The file is no database, or cannot be read or written.
    #[error(
        "cannot open the DynamoDB file {}: {reason}\n\
         move the file away to start with empty tables, or choose --data-dir DIR or --ephemeral",
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite or dynoxide says.
        reason: String,
    },
    /// No port, no thread, no memory.
    #[error("cannot start the embedded DynamoDB")]
    Start(#[source] std::io::Error),
}

/// A running DynamoDB; dropping it stops it and closes the file.
#[derive(Debug)]
pub struct DynamoDb {
    address: SocketAddr,
    database: Option<DebugDatabase>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// [`Database`] has no `Debug` of its own.
struct DebugDatabase(Database);

impl std::fmt::Debug for DebugDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

impl DynamoDb {
    /// Opens the store and serves it on a free port of the loopback interface.
    pub fn start(store: &Store) -> Result<Self, DynamoDbError> {
        let database = open(store)?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(DynamoDbError::Start)?;
        let address = listener.local_addr().map_err(DynamoDbError::Start)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(DynamoDbError::Start)?;
        let (stop, stopped) = watch::channel(false);
        let served = database.clone();
        let thread = std::thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || {
                runtime.block_on(serve(listener, served, stopped));
                // Connections that outlived the patience end here, and with them the last
                // handles to the database: closing it writes everything back.
                runtime.shutdown_timeout(STOP_PATIENCE);
            })
            .map_err(DynamoDbError::Start)?;
        Ok(Self { address, database: Some(DebugDatabase(database)), stop, thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Creates the tables that are missing and answers their names. Nothing is created if an
    /// existing table has another key than declared.
    pub fn ensure(&self, specs: &[TableSpec]) -> Result<Vec<String>, Vec<Diagnostic>> {
        match &self.database {
            Some(DebugDatabase(database)) => tables::ensure(database, specs),
            None => Ok(Vec::new()),
        }
    }

    /// Reads tables without a request; `None` once it is stopped.
    pub(crate) fn reader(&self) -> Option<Reader> {
        let DebugDatabase(database) = self.database.as_ref()?;
        Some(Reader { database: database.clone() })
    }

    /// Stops serving, lets requests under way finish and closes the file.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.database = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported there; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

fn open(store: &Store) -> Result<Database, DynamoDbError> {
    let (path, opened) = match store {
        Store::Memory => (Path::new(":memory:"), Database::memory()),
        Store::File(path) => (path.as_path(), Database::new(&path.to_string_lossy())),
    };
    opened.map_err(|error| DynamoDbError::Open {
        path: path.to_owned(),
        reason: plain_reason(&error.to_string()),
    })
}

/// dynoxide suspects encryption behind every file that is not SQLite; here it never is.
fn plain_reason(reason: &str) -> String {
    if reason.contains("not a valid SQLite database") {
        "it is not a DynamoDB file of this program, or it is damaged".to_owned()
    } else {
        reason.to_owned()
    }
}

async fn serve(
    listener: std::net::TcpListener,
    database: Database,
    stopped: watch::Receiver<bool>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the embedded DynamoDB cannot listen"),
    };
    let sweeping = tokio::spawn(sweep(database.clone()));
    let mut patience = stopped.clone();
    let serving = dynoxide::server::serve_with_shutdown(listener, database, wait_for_stop(stopped));
    tokio::select! {
        served = serving => {
            if let Err(reason) = served {
                tracing::error!(reason, "the embedded DynamoDB failed");
            }
        }
        // A client that sent half a request would otherwise hold the stop forever.
        () = async {
            let _ = patience.wait_for(|stop| *stop).await;
            tokio::time::sleep(STOP_PATIENCE).await;
        } => {}
    }
    sweeping.abort();
}

async fn wait_for_stop(mut stopped: watch::Receiver<bool>) {
    // An error means the sender is gone, which is a stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Deletes expired items now and then; dynoxide leaves the when to its host.
async fn sweep(database: Database) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(count)) => tracing::debug!(count, "expired items deleted"),
            Ok(Err(error)) => tracing::warn!(%error, "expired items could not be deleted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tables::tests::{get, put, spec};
    use super::*;

    #[test]
    fn records_survive_a_restart_on_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::File(directory.path().join("dynamodb.sqlite"));
        let first = DynamoDb::start(&store).unwrap();
        assert_eq!(first.ensure(&[spec("users", "uid")]).unwrap(), ["local-users"]);
        put(&first.database.as_ref().unwrap().0, "local-users", "uid", "u-1");
        first.stop();

        let second = DynamoDb::start(&store).unwrap();
        assert_eq!(second.ensure(&[spec("users", "uid")]).unwrap(), [""; 0]);
        assert!(get(&second.database.as_ref().unwrap().0, "local-users", "uid", "u-1"));
    }

    #[test]
    fn memory_forgets() {
        for _ in 0..2 {
            let dynamodb = DynamoDb::start(&Store::Memory).unwrap();
            assert_eq!(dynamodb.ensure(&[spec("users", "uid")]).unwrap(), ["local-users"]);
        }
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_path_and_the_way_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dynamodb.sqlite");
        std::fs::write(&path, "these are not the pages you are looking for".repeat(100)).unwrap();
        let message = DynamoDb::start(&Store::File(path.clone())).unwrap_err().to_string();
        assert!(message.contains(&path.display().to_string()), "{message}");
        assert!(message.contains("it is damaged"), "{message}");
        assert!(message.contains("--ephemeral"), "{message}");
    }

    #[test]
    fn a_client_that_sends_half_a_request_does_not_hold_the_stop() {
        use std::io::Write;
        let dynamodb = DynamoDb::start(&Store::Memory).unwrap();
        let mut client = std::net::TcpStream::connect(dynamodb.address).unwrap();
        client.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").unwrap();
        dynamodb.stop();
    }
}
