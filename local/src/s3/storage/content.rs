//! Contents: ordered lists of segments, each a stretch of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{Fault, Pins, Storage};

/// A stretch of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::s3) struct Segment {
    pub(in crate::s3) file: u64,
    /// Offset in the file.
    pub(in crate::s3) start: u64,
    pub(in crate::s3) length: u64,
}

/// Bytes that stay readable as long as this lives, whatever becomes of their object.
#[derive(Debug)]
pub(in crate::s3) struct Content {
    pub(in crate::s3) segments: Vec<Segment>,
    pub(in crate::s3) pins: Pins,
}

impl Content {
    /// Size in bytes.
    pub(in crate::s3) fn length(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length).sum()
    }
}

/// The range of a content, pinned. The caller holds the index.
pub(super) fn select(
    storage: &Arc<Storage>,
    index: &Connection,
    content: Option<i64>,
    range: &Range<u64>,
) -> Result<Content, Fault> {
    let mut segments = Vec::new();
    if let Some(content) = content.filter(|_| !range.is_empty()) {
        // The segment that holds the first byte is the last that begins at or before it.
        let mut statement = index.prepare_cached(
            "SELECT position, file, start, length FROM segment
             WHERE content = ?1 AND position < ?3 AND position >= COALESCE(
                 (SELECT MAX(position) FROM segment WHERE content = ?1 AND position <= ?2), 0)
             ORDER BY position",
        )?;
        let mut rows = statement.query(params![content, range.start, range.end])?;
        while let Some(row) = rows.next()? {
            let (position, file): (u64, u64) = (row.get(0)?, row.get(1)?);
            let (start, length): (u64, u64) = (row.get(2)?, row.get(3)?);
            let skipped = range.start.saturating_sub(position);
            let end = length.min(range.end - position);
            if end > skipped {
                segments.push(Segment { file, start: start + skipped, length: end - skipped });
            }
        }
    }
    let files: BTreeSet<u64> = segments.iter().map(|segment| segment.file).collect();
    Ok(Content { segments, pins: storage.pin(files.into_iter().collect()) })
}

/// Writes down what a content consists of.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    content: u64,
    segments: &[Segment],
) -> Result<(), Fault> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO segment (content, position, file, start, length) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut position = 0;
    for segment in segments.iter().filter(|segment| segment.length > 0) {
        let Segment { file, start, length } = *segment;
        statement.execute(params![content, position, file, start, length])?;
        position += length;
    }
    Ok(())
}

/// Makes the parts of an upload, in this order, one content; answers its size in bytes.
pub(super) fn join(
    transaction: &Transaction<'_>,
    content: u64,
    parts: &[(i64, u64)],
) -> Result<u64, Fault> {
    let mut copy = transaction.prepare_cached(
        "INSERT INTO segment (content, position, file, start, length)
         SELECT ?1, position + ?3, file, start, length FROM segment WHERE content = ?2",
    )?;
    let mut remove = transaction.prepare_cached("DELETE FROM segment WHERE content = ?1")?;
    let mut position = 0;
    for (part, size) in parts {
        copy.execute(params![content, part, position])?;
        remove.execute([part])?;
        position += size;
    }
    Ok(position)
}

/// Forgets a content; answers the files it consisted of, to be collected after the commit.
pub(super) fn remove(transaction: &Transaction<'_>, content: i64) -> Result<Vec<u64>, Fault> {
    let mut statement =
        transaction.prepare_cached("SELECT DISTINCT file FROM segment WHERE content = ?1")?;
    let files = statement.query_map([content], |row| row.get(0))?.collect::<Result<_, _>>()?;
    transaction.prepare_cached("DELETE FROM segment WHERE content = ?1")?.execute([content])?;
    Ok(files)
}

pub(super) fn is_referenced(index: &Connection, file: u64) -> Result<bool, Fault> {
    let found = index
        .prepare_cached("SELECT 1 FROM segment WHERE file = ?1 LIMIT 1")?
        .query_row([file], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

pub(super) fn referenced_files(index: &Connection) -> Result<BTreeSet<u64>, Fault> {
    let mut statement = index.prepare("SELECT DISTINCT file FROM segment")?;
    let files = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(files)
}

/// The highest number a content has.
pub(super) fn highest(index: &Connection) -> Result<u64, Fault> {
    let highest = index.query_row(
        "SELECT MAX(COALESCE((SELECT MAX(content) FROM segment), 0),
                    COALESCE((SELECT MAX(content) FROM version), 0),
                    COALESCE((SELECT MAX(content) FROM part), 0))",
        [],
        |row| row.get(0),
    )?;
    Ok(highest)
}

/// Removes versions and parts whose files are missing or too short; answers the keys of the
/// versions. `present` is every file with its size in bytes.
pub(super) fn drop_damaged(
    index: &mut Connection,
    present: &BTreeMap<u64, u64>,
) -> Result<Vec<String>, Fault> {
    let mut damaged = BTreeSet::new();
    {
        let mut statement = index
            .prepare("SELECT content, file, MAX(start + length) FROM segment GROUP BY 1, 2")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (content, file, end): (i64, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if present.get(&file).is_none_or(|size| *size < end) {
                damaged.insert(content);
            }
        }
    }
    let mut keys = Vec::new();
    let transaction = index.transaction()?;
    for content in damaged {
        let mut statement = transaction
            .prepare("DELETE FROM version WHERE content = ?1 RETURNING CAST(key AS TEXT)")?;
        for key in statement.query_map([content], |row| row.get(0))? {
            keys.push(key?);
        }
        transaction.execute("DELETE FROM part WHERE content = ?1", [content])?;
        transaction.execute("DELETE FROM segment WHERE content = ?1", [content])?;
    }
    super::succession::restore_latest(&transaction)?;
    transaction.commit()?;
    Ok(keys)
}
