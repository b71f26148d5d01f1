//! One transfer from its beginning, or from where an earlier try stopped, to the renamed file.

use std::time::Duration;

use russh_sftp::protocol::{OpenFlags, StatusCode};
use tokio::time::timeout;

use super::connection::Connection;
use super::error::TransferError;
use super::options::Options;
use super::publish::publish;
use super::session::{About, OpenFile, Session, is_status};
use super::source::Source;
use super::upload::{Stopped, upload};
use super::{RemoteFile, Server, prefix};

/// How long a failed transfer may take to clear up.
const CLEARING: Duration = Duration::from_secs(10);

/// What a transfer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Bytes of the file.
    pub size: u64,
    /// Bytes that an earlier try had sent, and that were found to be the source's.
    pub resumed_at: u64,
}

/// Sends the source to the server's directory, under the file's name once it is complete.
///
/// Meanwhile the file grows under its temporary name. If the transfer fails in a way that
/// [may pass](TransferError::is_passing), calling this again with the same file goes on from there, after
/// reading back what is there; other failures, and a disk that is full, leave nothing behind. A file that
/// has the name already is replaced. `progress` is told the bytes that the server has confirmed,
/// those of earlier tries included.
///
/// Memory: about twice [`Options::window`], whatever the size.
pub async fn send(
    source: &dyn Source,
    server: &Server,
    file: &RemoteFile,
    options: &Options,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Sent, TransferError> {
    let connection = Connection::open(server, options).await?;
    let transfer = Transfer {
        source,
        session: &connection.session,
        directory: server.destination.directory(),
        temporary: server.destination.path(file.temporary()),
        window: options.window,
        progress,
    };
    let result = async {
        let resumed_at = transfer.fill().await?;
        publish(transfer.session, &transfer.temporary, &server.destination.path(file.name()))
            .await?;
        Ok(Sent { size: source.size(), resumed_at })
    }
    .await;
    if let Err(error) = &result
        && transfer.is_lost(error)
    {
        let _ = timeout(CLEARING, transfer.session.remove(&transfer.temporary)).await;
    }
    connection.close().await;
    result
}

struct Transfer<'a> {
    source: &'a dyn Source,
    session: &'a Session,
    directory: &'a str,
    temporary: String,
    window: usize,
    progress: &'a (dyn Fn(u64) + Send + Sync),
}

impl Transfer<'_> {
    /// Makes the temporary file complete and answers how much of it was there before.
    async fn fill(&self) -> Result<u64, TransferError> {
        let start = self.present().await?;
        if start > 0 {
            match self.write_from(start).await {
                Ok(()) => return Ok(start),
                // Some servers only write files as a whole.
                Err(Stopped { error: TransferError::Refused { .. }, confirmed: 0 }) => {}
                Err(stopped) => return Err(stopped.error),
            }
        }
        self.write_from(0).await.map_err(|stopped| stopped.error)?;
        Ok(0)
    }

    /// Bytes of the temporary file, if they are the source's first bytes; else 0.
    async fn present(&self) -> Result<u64, TransferError> {
        let about = self.about("read", "reading back what was sent before");
        let size = self.session.size(about).await?.unwrap_or(0);
        if size == 0 || size > self.source.size() {
            return Ok(0);
        }
        let Ok(file) = self.session.open_file(about, OpenFlags::READ).await else {
            // Files that may be written but not read cannot be resumed.
            return Ok(0);
        };
        let same =
            prefix::is_of(self.source, size, self.session, &file, about, self.window).await?;
        self.session.told(about, self.session.close(file)).await?;
        if !same {
            return Ok(0);
        }
        (self.progress)(size);
        Ok(size)
    }

    async fn write_from(&self, start: u64) -> Result<(), Stopped> {
        let about = self.about("write", "writing the file");
        let opened = self.open(about, start).await;
        let file = opened.map_err(|error| Stopped { error, confirmed: 0 })?;
        let (source, session) = (self.source, self.session);
        let uploaded =
            upload(source, start, session, &file, about, self.window, self.progress).await;
        if let Err(Stopped { error, confirmed }) = uploaded {
            let error = self.explained(error, start + confirmed).await;
            return Err(Stopped { error, confirmed });
        }
        let confirmed = self.source.size() - start;
        self.settle(file, about).await.map_err(|error| Stopped { error, confirmed })
    }

    async fn open(&self, about: About<'_>, start: u64) -> Result<OpenFile, TransferError> {
        let flags = match start {
            0 => OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE,
            _ => OpenFlags::WRITE,
        };
        match self.session.open_file(about, flags).await {
            Ok(file) => Ok(file),
            Err(error) if is_status(&error, StatusCode::NoSuchFile) => {
                Err(TransferError::NoDirectory { directory: self.directory.to_owned() })
            }
            Err(error) => Err(self.session.failed(about, error)),
        }
    }

    /// Servers tell of some errors only when a file is put on the disk or closed.
    async fn settle(&self, file: OpenFile, about: About<'_>) -> Result<(), TransferError> {
        let expected = self.source.size();
        let settled = async {
            let synced = self.session.sync(&file).await;
            self.session.close(file).await?;
            synced
        };
        if let Err(error) = self.session.told(about, settled).await {
            return Err(self.explained(error, 0).await);
        }
        match self.session.size(about).await?.unwrap_or(0) {
            found if found == expected => Ok(()),
            found => Err(TransferError::Size { path: self.temporary.clone(), expected, found }),
        }
    }

    /// Protocol version 3 says `Failure` when a disk is full; the disk itself says more.
    async fn explained(&self, error: TransferError, written: u64) -> TransferError {
        if !matches!(error, TransferError::Refused { .. }) {
            return error;
        }
        let needed = self.source.size().saturating_sub(written);
        match timeout(CLEARING, self.session.available(self.directory)).await {
            Ok(Some(available)) if available < needed => {
                TransferError::DiskFull { path: self.temporary.clone(), available, needed }
            }
            _ => error,
        }
    }

    /// Whether what is there under the temporary name is of no more use, or in the way.
    fn is_lost(&self, error: &TransferError) -> bool {
        match error {
            TransferError::Refused { action, .. } => *action == "write",
            TransferError::DiskFull { .. } | TransferError::Size { .. } => true,
            other => !other.is_passing(),
        }
    }

    fn about(&self, action: &'static str, during: &'static str) -> About<'_> {
        About { action, during, path: &self.temporary }
    }
}
