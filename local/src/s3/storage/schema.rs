//! The tables of the index.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::Fault;
use crate::sqlite::{self, PrepareError};

/// Written into the file; another number is refused.
const FORMAT: i64 = 1;

/// Keys are BLOBs, because S3 orders them by their bytes. `content` names an ordered list of
/// segments; each is a stretch of a file.
const TABLES: &str = "
CREATE TABLE bucket (
    name TEXT PRIMARY KEY,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE version (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    id TEXT NOT NULL,
    latest INTEGER NOT NULL,
    marker INTEGER NOT NULL,
    content INTEGER,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    headers TEXT NOT NULL,
    tags TEXT NOT NULL,
    checksum TEXT,
    upload INTEGER,
    superseded INTEGER
);
CREATE INDEX version_key ON version (bucket, key, sequence);
CREATE UNIQUE INDEX version_latest ON version (bucket, key) WHERE latest;
CREATE TABLE upload (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    initiated INTEGER NOT NULL,
    headers TEXT NOT NULL,
    tags TEXT NOT NULL,
    algorithm TEXT,
    full_object INTEGER NOT NULL
);
CREATE INDEX upload_key ON upload (bucket, key);
CREATE TABLE part (
    upload INTEGER NOT NULL,
    number INTEGER NOT NULL,
    content INTEGER,
    size INTEGER NOT NULL,
    md5 BLOB NOT NULL,
    checksum TEXT,
    modified INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE segment (
    content INTEGER NOT NULL,
    position INTEGER NOT NULL,
    file INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (content, position)
) WITHOUT ROWID;
CREATE INDEX segment_file ON segment (file);
";

/// Opens the index; creates its tables in a new file.
pub(super) fn open(path: &Path) -> Result<Connection, Fault> {
    let mut index = Connection::open(path)?;
    index.busy_timeout(Duration::from_secs(5))?;
    index.set_prepared_statement_cache_capacity(64);
    sqlite::prepare(&mut index, TABLES, FORMAT).map_err(|error| match error {
        PrepareError::Sqlite(error) => error.into(),
        PrepareError::Format(other) => Fault::Format(other),
    })?;
    Ok(index)
}
