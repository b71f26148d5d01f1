//! SFTP version 3 as the transfer needs it, over `russh-sftp`'s raw session: each request keeps the
//! server's own answer, and says what it was about when it fails.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::{Channel, client};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::client::rawsession::{Limits, SftpResult};
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::extensions;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use tokio::time::timeout;

use super::connection::REQUEST_TIMEOUT;
use super::error::TransferError;
use super::options::Options;

/// Bytes of a write or read that every server takes: packets of 34,000 bytes have to be supported
/// (draft-ietf-secsh-filexfer-02, section 3). With its header it fits SSH's usual packet of 32 KiB.
const SAFE_LENGTH: u32 = 32 * 1024 - 64;

/// No more than this at a time, whatever the server offers: memory is counted in these.
const LONGEST: u32 = 255 * 1024;

const POSIX_RENAME: &str = "posix-rename@openssh.com";

/// What the server says it can do besides version 3.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extensions {
    pub(super) posix_rename: bool,
    fsync: bool,
    statvfs: bool,
}

/// An initialized session.
pub(super) struct Session {
    raw: RawSftpSession,
    pub(super) extensions: Extensions,
    /// Bytes of data per write.
    pub(super) write_length: u32,
    /// Bytes of data per read.
    pub(super) read_length: u32,
    pub(super) silence_timeout: Duration,
    end: Arc<Mutex<Option<String>>>,
}

/// What a request is about, for whoever reads that it failed.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    /// Such as `write`.
    pub(super) action: &'static str,
    /// Such as `writing the file`.
    pub(super) during: &'static str,
    pub(super) path: &'a str,
}

/// A file that the server has opened.
#[derive(Clone)]
pub(super) struct OpenFile(pub(super) Arc<str>);

impl Session {
    pub(super) async fn open(
        channel: Channel<client::Msg>,
        options: &Options,
        end: Arc<Mutex<Option<String>>>,
    ) -> Result<Self, TransferError> {
        let config =
            Config { request_timeout_secs: REQUEST_TIMEOUT.as_secs(), ..Config::default() };
        let raw = RawSftpSession::new_with_config(channel.into_stream(), config);
        let mut session = Self {
            raw,
            extensions: Extensions::default(),
            write_length: SAFE_LENGTH,
            read_length: SAFE_LENGTH,
            silence_timeout: options.silence_timeout,
            end,
        };
        let about = About { action: "start", during: "starting SFTP", path: "a session" };
        let version = session.told(about, session.raw.init()).await?;
        let offers = |name: &str, number: &str| {
            version.extensions.get(name).is_some_and(|offered| offered == number)
        };
        session.extensions = Extensions {
            posix_rename: offers(POSIX_RENAME, "1"),
            fsync: offers(extensions::FSYNC, "1"),
            statvfs: offers(extensions::STATVFS, "2"),
        };
        if offers(extensions::LIMITS, "1") {
            let limits = Limits::from(session.told(about, session.raw.limits()).await?);
            session.write_length = length(limits.write_len);
            session.read_length = length(limits.read_len);
        }
        Ok(session)
    }

    /// The size of a file; nothing if it does not exist.
    pub(super) async fn size(&self, about: About<'_>) -> Result<Option<u64>, TransferError> {
        match self.raw.stat(about.path).await {
            Ok(found) => Ok(Some(found.attrs.size.unwrap_or(0))),
            Err(error) if is_status(&error, StatusCode::NoSuchFile) => Ok(None),
            Err(error) => Err(self.failed(about, error)),
        }
    }

    /// Whether there is a directory of this name, as far as the server tells.
    pub(super) async fn is_directory(&self, path: &str) -> bool {
        self.raw.stat(path).await.is_ok_and(|found| found.attrs.is_dir())
    }

    /// Opens a file. Attributes are left to the server: AWS Transfer Family refuses to set them.
    pub(super) async fn open_file(
        &self,
        about: About<'_>,
        flags: OpenFlags,
    ) -> Result<OpenFile, SftpError> {
        let opened = self.raw.open(about.path, flags, FileAttributes::empty()).await?;
        Ok(OpenFile(opened.handle.into()))
    }

    /// Writes once. The server's own answer, for it may tell of a full disk.
    pub(super) async fn write(&self, file: OpenFile, offset: u64, data: Vec<u8>) -> SftpResult<()> {
        self.raw.write(&*file.0, offset, data).await.map(drop)
    }

    /// Reads `length` bytes, fewer only at the end of the file.
    pub(super) async fn read(
        &self,
        file: OpenFile,
        offset: u64,
        length: u32,
    ) -> SftpResult<Vec<u8>> {
        let mut found = Vec::new();
        while let Some(missing) = remaining(length, found.len()) {
            let at = offset.saturating_add(u64::try_from(found.len()).unwrap_or(u64::MAX));
            match self.raw.read(&*file.0, at, missing).await {
                Ok(more) if more.data.is_empty() => break,
                Ok(more) if found.is_empty() => found = more.data,
                Ok(more) => found.extend(more.data),
                Err(error) if is_status(&error, StatusCode::Eof) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Has the server write to its disk what it holds, where it can be told to.
    pub(super) async fn sync(&self, file: &OpenFile) -> SftpResult<()> {
        if !self.extensions.fsync {
            return Ok(());
        }
        self.raw.fsync(&*file.0).await.map(drop)
    }

    pub(super) async fn close(&self, file: OpenFile) -> SftpResult<()> {
        self.raw.close(&*file.0).await.map(drop)
    }

    pub(super) async fn remove(&self, path: &str) -> SftpResult<()> {
        self.raw.remove(path).await.map(drop)
    }

    /// Version 3's rename, which fails where the new name is taken.
    pub(super) async fn rename(&self, from: &str, to: &str) -> SftpResult<()> {
        self.raw.rename(from, to).await.map(drop)
    }

    /// rename(2), which replaces what has the new name; only where it is offered.
    pub(super) async fn replace(&self, from: &str, to: &str) -> SftpResult<()> {
        let mut names = Vec::new();
        for name in [from, to] {
            names.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
            names.extend(name.as_bytes());
        }
        match self.raw.extended(POSIX_RENAME, names).await? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(SftpError::Status(status)),
            _ => Err(SftpError::UnexpectedPacket),
        }
    }

    /// Bytes that this user may still write where the path is, if the server tells.
    pub(super) async fn available(&self, path: &str) -> Option<u64> {
        if !self.extensions.statvfs {
            return None;
        }
        let found = self.raw.statvfs(path).await.ok()?;
        Some(found.blocks_avail.saturating_mul(found.fragment_size))
    }

    /// A request's answer, or why there is none.
    pub(super) async fn told<T>(
        &self,
        about: About<'_>,
        request: impl Future<Output = SftpResult<T>>,
    ) -> Result<T, TransferError> {
        request.await.map_err(|error| self.failed(about, error))
    }

    /// The next of many answers, which must not keep one waiting while the server lives.
    pub(super) async fn promptly<T>(
        &self,
        about: About<'_>,
        answer: impl Future<Output = T>,
    ) -> Result<T, TransferError> {
        let after = self.silence_timeout;
        let silent = |_| TransferError::Silent { during: about.during, after };
        timeout(after, answer).await.map_err(silent)
    }

    pub(super) fn failed(&self, about: About<'_>, error: SftpError) -> TransferError {
        let About { action, during, path } = about;
        let error = TransferError::of_request(error, action, during, path, REQUEST_TIMEOUT);
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        match (error, end.as_ref()) {
            (TransferError::Lost { during, .. }, Some(reason)) => {
                TransferError::Lost { during, reason: reason.clone() }
            }
            (error, _) => error,
        }
    }
}

pub(super) fn is_status(error: &SftpError, code: StatusCode) -> bool {
    matches!(error, SftpError::Status(status) if status.status_code == code)
}

fn length(limit: Option<u64>) -> u32 {
    let limit = limit.unwrap_or(u64::from(SAFE_LENGTH)).clamp(1, u64::from(LONGEST));
    u32::try_from(limit).unwrap_or(SAFE_LENGTH)
}

fn remaining(length: u32, found: usize) -> Option<u32> {
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    length.checked_sub(found).filter(|&missing| missing > 0)
}
