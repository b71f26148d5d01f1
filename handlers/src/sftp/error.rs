//! Why a transfer did not succeed, and whether trying again can help.

use std::time::Duration;

use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{Status, StatusCode};

use crate::objects::ObjectError;

/// Why a transfer did not succeed. What has reached the server by then stays there under its temporary
/// name, if trying again can make use of it.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// No connection: name, address, port, or nobody listens.
    #[error("cannot reach the SFTP server {server}")]
    Unreachable {
        /// `HOST:PORT`.
        server: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The server stopped answering.
    #[error("the SFTP server has not answered for {} seconds while {during}", after.as_secs_f32())]
    Silent {
        /// What was going on, such as `writing the file`.
        during: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection ended.
    #[error("the connection to the SFTP server was lost while {during}: {reason}")]
    Lost {
        /// What was going on.
        during: &'static str,
        /// What SSH says.
        reason: String,
    },
    /// The server is not, or not provably, the one that is meant.
    #[error(transparent)]
    HostKey(#[from] HostKeyError),
    /// Nothing in common to encrypt or to prove identity with.
    #[error("the SFTP server speaks no {kind} that is safe and known here; it offers {offered}")]
    NoCommonAlgorithm {
        /// Such as `cipher`.
        kind: String,
        /// Names, separated by commas.
        offered: String,
    },
    /// The server does not take the key.
    #[error(
        "the SFTP server does not let {user} in with the key {fingerprint}; its public half belongs \
         into that user's authorized keys"
    )]
    KeyRefused {
        /// Who.
        user: String,
        /// `SHA256:...` of the key.
        fingerprint: String,
    },
    /// SSH without SFTP.
    #[error("the server lets {user} in, but not for SFTP")]
    NoSftp {
        /// Who.
        user: String,
    },
    /// The directory does not exist.
    #[error("the SFTP server has no directory {directory}")]
    NoDirectory {
        /// As the server was asked for it.
        directory: String,
    },
    /// Permission denied.
    #[error("the SFTP server does not permit to {action} {path}")]
    NotPermitted {
        /// Such as `write`.
        action: &'static str,
        /// Of the file on the server.
        path: String,
    },
    /// A directory is in the way.
    #[error("the SFTP server has a directory at {path}, where the file belongs")]
    NameTaken {
        /// Of the file on the server.
        path: String,
    },
    /// No space.
    #[error(
        "the SFTP server's disk is full: {available} bytes are free, {needed} more are needed for {path}"
    )]
    DiskFull {
        /// Of the file on the server.
        path: String,
        /// Bytes free for this user.
        available: u64,
        /// Bytes still to be written.
        needed: u64,
    },
    /// Any other refusal; protocol version 3 has one code for all of them.
    #[error("the SFTP server refused to {action} {path}: {message}{hint}")]
    Refused {
        /// Such as `write`.
        action: &'static str,
        /// Of the file on the server.
        path: String,
        /// The server's words.
        message: String,
        /// What that means as a rule, or nothing.
        hint: &'static str,
    },
    /// All was written, and something else arrived.
    #[error("{path} has {found} bytes on the SFTP server instead of {expected}")]
    Size {
        /// Of the file on the server.
        path: String,
        /// Of the source.
        expected: u64,
        /// As the server says.
        found: u64,
    },
    /// The source ended before its size was reached.
    #[error("the source ended after {found} of {expected} bytes")]
    SourceEnded {
        /// Its size.
        expected: u64,
        /// What came of it.
        found: u64,
    },
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] ObjectError),
}

/// The key that a server offers is not one to trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostKeyError {
    /// The list does not have the host.
    #[error(
        "the SFTP server {name} is unknown and offers the {kind} key {fingerprint}; if its owner \
         confirms this, add the line `{name} {public}` to the known hosts"
    )]
    Unknown {
        /// As the list would name it.
        name: String,
        /// The kind of key, such as `ssh-ed25519`.
        kind: String,
        /// `SHA256:...`.
        fingerprint: String,
        /// The key as text.
        public: String,
    },
    /// The list has other keys.
    #[error(
        "the SFTP server {name} offers the {kind} key {fingerprint}, but is known by other keys \
         (line {lines} of the known hosts): it is another machine, or its key was changed"
    )]
    Changed {
        /// As the list names it.
        name: String,
        /// The kind of key.
        kind: String,
        /// `SHA256:...`.
        fingerprint: String,
        /// Numbers of the lines, separated by commas.
        lines: String,
    },
    /// The list says never to trust it.
    #[error(
        "the SFTP server {name} offers the {kind} key {fingerprint}, which is revoked \
         (line {line} of the known hosts)"
    )]
    Revoked {
        /// As the list names it.
        name: String,
        /// The kind of key.
        kind: String,
        /// `SHA256:...`.
        fingerprint: String,
        /// The line.
        line: usize,
    },
    /// The list has the host with RSA keys only.
    #[error(
        "the SFTP server {name} is known by an RSA key only, and RSA is not used here; \
         add its Ed25519 or ECDSA key, which ssh-keyscan -t ed25519,ecdsa prints"
    )]
    OnlyRsa {
        /// As the list names it.
        name: String,
    },
}

impl TransferError {
    /// Whether the same transfer may succeed later; it then goes on where it stopped.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Silent { .. }
            | Self::Lost { .. }
            | Self::DiskFull { .. }
            | Self::Refused { .. }
            | Self::Size { .. }
            | Self::SourceEnded { .. } => true,
            Self::HostKey(_)
            | Self::NoCommonAlgorithm { .. }
            | Self::KeyRefused { .. }
            | Self::NoSftp { .. }
            | Self::NoDirectory { .. }
            | Self::NameTaken { .. }
            | Self::NotPermitted { .. } => false,
            Self::Source(source) => source.is_passing(),
        }
    }

    /// An answer of the server, or the lack of one, while it was to do something with a file.
    pub(super) fn of_request(
        error: SftpError,
        action: &'static str,
        during: &'static str,
        path: &str,
        patience: Duration,
    ) -> Self {
        match error {
            SftpError::Status(status) => Self::of_status(status, action, path),
            SftpError::Timeout => Self::Silent { during, after: patience },
            other => Self::Lost { during, reason: other.to_string() },
        }
    }

    fn of_status(status: Status, action: &'static str, path: &str) -> Self {
        let path = path.to_owned();
        match status.status_code {
            StatusCode::PermissionDenied => Self::NotPermitted { action, path },
            code => Self::Refused {
                action,
                path,
                message: server_words(&status.error_message, code),
                hint: match (code, action) {
                    (StatusCode::Failure, "write") => {
                        "; servers say so when a disk, a quota or a limit on the size of files is exhausted"
                    }
                    _ => "",
                },
            },
        }
    }
}

/// The server's text, fit for one line, or the name of its code.
fn server_words(text: &str, code: StatusCode) -> String {
    let words: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    if words.trim().is_empty() { code.to_string() } else { words.trim().to_owned() }
}
