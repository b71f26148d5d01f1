//! Where users, their sessions and the pools' keys are kept: one SQLite file that none but its owner can
//! read. What an operation answered is on the file, so a process that is killed loses nothing.
//!
//! Times are milliseconds since 1970 and given by the caller.

mod sessions;
#[cfg(test)]
mod tests;
mod users;

use std::fmt;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

pub(super) use sessions::Session;

use super::lockout::{Attempts, LONGEST};
use crate::sqlite;

/// Passwords and refresh tokens are there as hashes only.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS users (
        sub TEXT PRIMARY KEY,
        pool TEXT NOT NULL,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL,
        email_verified INTEGER NOT NULL,
        attributes TEXT NOT NULL,
        password TEXT,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        code TEXT,
        code_expires_at INTEGER,
        UNIQUE (pool, email_key)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS sessions (
        origin_jti TEXT PRIMARY KEY,
        refresh_token BLOB NOT NULL UNIQUE,
        pool TEXT NOT NULL,
        sub TEXT NOT NULL,
        auth_time INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        revoked INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (pool, sub);
    CREATE TABLE IF NOT EXISTS attempts (
        pool TEXT NOT NULL,
        name TEXT NOT NULL,
        failures INTEGER NOT NULL,
        locked_until INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (pool, name)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS keys (
        pool TEXT NOT NULL,
        purpose TEXT NOT NULL,
        private_key BLOB NOT NULL,
        PRIMARY KEY (pool, purpose)
    ) STRICT;
";

/// The format of the file, in SQLite's `user_version`.
const FORMAT: i64 = 1;

/// Why there is no store: the file is another one's, or cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot open the file of user pools {}: {reason}\n\
     move the file away to start without users, or choose --data-dir DIR or --ephemeral",
    path.display()
)]
pub struct StoreError {
    /// The file.
    pub path: PathBuf,
    /// What the system or SQLite says.
    pub reason: String,
}

/// Everything that is kept, of all pools.
pub(super) struct Store {
    connection: Mutex<Connection>,
}

pub(super) type Answer<T> = Result<T, rusqlite::Error>;

impl Store {
    /// In this file, or in memory.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let refused =
            |reason| StoreError { path: path.unwrap_or(Path::new(":memory:")).to_owned(), reason };
        let opened = match path {
            Some(path) => {
                // SQLite gives its other files the mode of this one.
                let mut options = std::fs::OpenOptions::new();
                let file = options.append(true).create(true).mode(0o600).open(path);
                file.map_err(|error| refused(error.to_string()))?;
                Connection::open(path)
            }
            None => Connection::open_in_memory(),
        };
        let mut connection = opened.map_err(|error| refused(error.to_string()))?;
        sqlite::prepare(&mut connection, SCHEMA, FORMAT)
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// The attempts under a name so far.
    pub(super) fn attempts(&self, pool: &str, name: &str) -> Answer<Attempts> {
        let found = self
            .lock()
            .prepare_cached(
                "SELECT failures, locked_until, last_at FROM attempts WHERE pool = ?1 AND name = ?2",
            )?
            .query_row([pool, name], |row| {
                Ok(Attempts {
                    failures: row.get(0)?,
                    locked_until: row.get(1)?,
                    last_at: row.get(2)?,
                })
            })
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// Notes attempts under a name, and forgets all that are old.
    pub(super) fn put_attempts(&self, pool: &str, name: &str, attempts: Attempts) -> Answer<()> {
        self.write(|transaction| {
            transaction
                .prepare_cached("DELETE FROM attempts WHERE last_at <= ?1")?
                .execute([attempts.last_at - LONGEST])?;
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO attempts (pool, name, failures, locked_until, last_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    pool,
                    name,
                    attempts.failures,
                    attempts.locked_until,
                    attempts.last_at
                ])?;
            Ok(())
        })
    }

    /// Forgets the attempts under a name.
    pub(super) fn forget_attempts(&self, pool: &str, name: &str) -> Answer<()> {
        self.lock()
            .prepare_cached("DELETE FROM attempts WHERE pool = ?1 AND name = ?2")?
            .execute([pool, name])?;
        Ok(())
    }

    /// A pool's private key (PKCS #8) for this purpose.
    pub(super) fn private_key(&self, pool: &str, purpose: &str) -> Answer<Option<Vec<u8>>> {
        self.lock()
            .prepare_cached("SELECT private_key FROM keys WHERE pool = ?1 AND purpose = ?2")?
            .query_row([pool, purpose], |row| row.get(0))
            .optional()
    }

    pub(super) fn put_private_key(&self, pool: &str, purpose: &str, key: &[u8]) -> Answer<()> {
        self.lock()
            .prepare_cached("INSERT INTO keys (pool, purpose, private_key) VALUES (?1, ?2, ?3)")?
            .execute(params![pool, purpose, key])?;
        Ok(())
    }

    /// One transaction, begun as one that writes: no other process has the file.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Answer<T>) -> Answer<T> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let answer = work(&transaction)?;
        transaction.commit()?;
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}
