//! Versions of objects: publishing, finding and deleting them.
//!
//! A bucket without versioning has versions too, one per key, of the id `null`.

use std::ops::Range;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use uuid::Uuid;

use super::succession::{Target, VersionRow};
use super::{Content, Fault, Headers, Segment, Storage, StoredChecksum, Tags, content};

/// A version that is to become the object.
#[derive(Debug)]
pub(in crate::s3) struct NewVersion<'a> {
    pub(in crate::s3) bucket: &'a str,
    pub(in crate::s3) key: &'a str,
    pub(in crate::s3) headers: &'a Headers,
    pub(in crate::s3) tags: &'a Tags,
    /// Without quotation marks.
    pub(in crate::s3) etag: &'a str,
    pub(in crate::s3) checksum: Option<&'a StoredChecksum>,
    pub(in crate::s3) segments: &'a [Segment],
}

/// What must hold of the current object for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::s3) enum WriteCondition {
    /// Nothing.
    None,
    /// `If-None-Match: *`: there is none.
    Absent,
    /// `If-Match: "ETag"`: it is this one; any one if `None`.
    Is(Option<String>),
}

/// What became the object.
#[derive(Clone, Debug)]
pub(in crate::s3) struct Published {
    /// Its version id, in a bucket with versioning.
    pub(in crate::s3) id: Option<String>,
    /// Orders everything that happens to a key.
    pub(in crate::s3) sequencer: u64,
    /// Milliseconds since 1970.
    pub(in crate::s3) modified: i64,
    /// Size in bytes.
    pub(in crate::s3) size: u64,
}

/// A version as the index knows it.
#[derive(Clone, Debug)]
pub(in crate::s3) struct Version {
    pub(in crate::s3) id: String,
    pub(super) sequence: i64,
    /// Size in bytes.
    pub(in crate::s3) size: u64,
    /// Without quotation marks.
    pub(in crate::s3) etag: String,
    /// Milliseconds since 1970.
    pub(in crate::s3) modified: i64,
    pub(in crate::s3) headers: Headers,
    pub(in crate::s3) tags: Tags,
    pub(in crate::s3) checksum: Option<StoredChecksum>,
    /// The upload whose parts it consists of.
    pub(in crate::s3) upload: Option<i64>,
    pub(super) content: Option<i64>,
    marker: bool,
}

/// What a deletion did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::s3) enum Deleted {
    /// There was nothing.
    Nothing,
    /// A version is gone for good.
    Version {
        /// Its id, in a bucket with versioning.
        id: Option<String>,
        /// Whether it was a delete marker.
        marker: bool,
    },
    /// A delete marker hides the object.
    Marker {
        /// Its id.
        id: String,
    },
}

pub(super) const COLUMNS: &str =
    "id, sequence, size, etag, modified, headers, tags, checksum, upload, content, marker";

pub(super) fn read(row: &Row<'_>) -> Result<Version, Fault> {
    let checksum: Option<String> = row.get(7)?;
    Ok(Version {
        id: row.get(0)?,
        sequence: row.get(1)?,
        size: row.get(2)?,
        etag: row.get(3)?,
        modified: row.get(4)?,
        headers: serde_json::from_str(&row.get::<_, String>(5)?)?,
        tags: serde_json::from_str(&row.get::<_, String>(6)?)?,
        checksum: checksum.map(|text| serde_json::from_str(&text)).transpose()?,
        upload: row.get(8)?,
        content: row.get(9)?,
        marker: row.get(10)?,
    })
}

/// The version of this id, or the latest; delete markers are faults.
pub(super) fn find(
    index: &Connection,
    bucket: &str,
    key: &str,
    id: Option<&str>,
) -> Result<Version, Fault> {
    let which = if id.is_some() { "id = ?3" } else { "latest AND ?3 IS NULL" };
    let query = format!("SELECT {COLUMNS} FROM version WHERE bucket = ?1 AND key = ?2 AND {which}");
    let mut statement = index.prepare_cached(&query)?;
    let mut rows = statement.query(params![bucket, key.as_bytes(), id])?;
    let version = rows.next()?.map(read).transpose()?;
    match (version, id) {
        (Some(version), None) if version.marker => {
            Err(Fault::NoSuchKey { marker: Some(version.id) })
        }
        (Some(version), Some(_)) if version.marker => Err(Fault::IsMarker),
        (Some(version), _) => Ok(version),
        (None, Some(_)) => Err(Fault::NoSuchVersion),
        (None, None) => Err(Fault::NoSuchKey { marker: None }),
    }
}

/// A version that was found.
pub(in crate::s3) struct Found<'a> {
    pub(in crate::s3) version: &'a Version,
    index: &'a Connection,
}

impl Found<'_> {
    /// Where part `number` lies, and how many parts there are. A version that was not uploaded in
    /// parts is its own part 1.
    pub(in crate::s3) fn part(&self, number: i32) -> Result<(Range<u64>, Option<i32>), Fault> {
        let Some(upload) = self.version.upload else {
            let whole = (number == 1).then_some(0..self.version.size).ok_or(Fault::OutOfRange)?;
            return Ok((whole, None));
        };
        let mut statement = self.index.prepare_cached(
            "SELECT (SELECT COALESCE(SUM(size), 0) FROM part WHERE upload = ?1 AND number < ?2),
                    (SELECT COUNT(*) FROM part WHERE upload = ?1), size
             FROM part WHERE upload = ?1 AND number = ?2",
        )?;
        let part = statement
            .query_row(params![upload, number], |row| {
                let (start, size): (u64, u64) = (row.get(0)?, row.get(2)?);
                Ok((start..start + size, Some(row.get(1)?)))
            })
            .optional()?;
        part.ok_or(Fault::OutOfRange)
    }
}

impl WriteCondition {
    pub(super) fn check(&self, index: &Connection, bucket: &str, key: &str) -> Result<(), Fault> {
        if *self == Self::None {
            return Ok(());
        }
        match (self, find(index, bucket, key, None)) {
            (Self::Is(Some(etag)), Ok(current)) if current.etag == *etag => Ok(()),
            (Self::Absent, Err(Fault::NoSuchKey { .. })) | (Self::Is(None), Ok(_)) => Ok(()),
            (_, Ok(_)) => Err(Fault::ConditionFailed),
            (_, Err(fault)) => Err(fault),
        }
    }
}

impl Storage {
    /// Makes a version the object, if the condition holds at that very moment. The caller keeps the
    /// files of its segments pinned until this returns.
    pub(in crate::s3) fn publish(
        &self,
        new: &NewVersion<'_>,
        versioning: bool,
        condition: &WriteCondition,
    ) -> Result<Published, Fault> {
        let mut garbage = Vec::new();
        let published = {
            let mut index = self.index();
            let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
            condition.check(&transaction, new.bucket, new.key)?;
            let number = self.files.number();
            content::insert(&transaction, number, new.segments)?;
            let size = new.segments.iter().map(|segment| segment.length).sum();
            let row = VersionRow { new, content: number, size, upload: None };
            let published = row.insert(&transaction, versioning, self.sequencer(), &mut garbage)?;
            transaction.commit()?;
            published
        };
        self.collect(&garbage);
        Ok(published)
    }

    /// The version of this id, or the latest.
    pub(in crate::s3) fn version(
        &self,
        bucket: &str,
        key: &str,
        id: Option<&str>,
    ) -> Result<Version, Fault> {
        find(&self.index(), bucket, key, id)
    }

    /// A version, and those of its bytes that `range` chooses, pinned. Nothing happens to the version
    /// meanwhile.
    pub(in crate::s3) fn open_version<E: From<Fault>>(
        self: &Arc<Self>,
        bucket: &str,
        key: &str,
        id: Option<&str>,
        range: impl FnOnce(&Found<'_>) -> Result<Range<u64>, E>,
    ) -> Result<(Version, Content), E> {
        let index = self.index();
        let version = find(&index, bucket, key, id)?;
        let range = range(&Found { version: &version, index: &index })?;
        let content = content::select(self, &index, version.content, &range)?;
        Ok((version, content))
    }

    /// Deletes the version of this id for good, or hides the object. Answers a sequencer too, which
    /// orders everything that happens to a key.
    pub(in crate::s3) fn delete(
        &self,
        bucket: &str,
        key: &str,
        id: Option<&str>,
        versioning: bool,
        condition: &WriteCondition,
    ) -> Result<(Deleted, u64), Fault> {
        let mut garbage = Vec::new();
        let deleted = {
            let mut index = self.index();
            let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if id.is_none() {
                condition.check(&transaction, bucket, key)?;
            }
            let target = Target { bucket, key };
            let deleted = match id {
                Some(id) => target.remove(&transaction, id, &mut garbage)?,
                None if versioning => {
                    target.hide(&transaction, &Uuid::new_v4().simple().to_string())?
                }
                None => target.remove_null(&transaction, &mut garbage)?,
            };
            transaction.commit()?;
            (deleted, self.sequencer())
        };
        self.collect(&garbage);
        Ok(deleted)
    }
}
