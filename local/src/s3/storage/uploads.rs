//! Multipart uploads: parts that arrive in any order and become one object.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use super::succession::VersionRow;
use super::{
    Fault, Headers, NewVersion, Published, Segment, Storage, StoredChecksum, Tags, WriteCondition,
    content,
};

/// The least size in bytes of a part that is not the last (S3 user guide, "Amazon S3 multipart
/// upload limits").
const LEAST_PART: u64 = 5 << 20;

/// An upload that is to begin.
#[derive(Debug)]
pub(in crate::s3) struct NewUpload<'a> {
    pub(in crate::s3) bucket: &'a str,
    pub(in crate::s3) key: &'a str,
    pub(in crate::s3) headers: &'a Headers,
    pub(in crate::s3) tags: &'a Tags,
    /// `CRC32` and so on, if the parts are to have a checksum.
    pub(in crate::s3) algorithm: Option<&'a str>,
    /// Whether the object's checksum is that of its bytes, not of its parts' checksums.
    pub(in crate::s3) full_object: bool,
}

/// An upload that has begun and not ended.
#[derive(Clone, Debug)]
pub(in crate::s3) struct Upload {
    pub(in crate::s3) number: i64,
    pub(in crate::s3) id: String,
    pub(in crate::s3) key: String,
    /// Milliseconds since 1970.
    pub(in crate::s3) initiated: i64,
    pub(in crate::s3) headers: Headers,
    pub(in crate::s3) tags: Tags,
    pub(in crate::s3) algorithm: Option<String>,
    pub(in crate::s3) full_object: bool,
}

/// A part that is to be kept.
#[derive(Debug)]
pub(in crate::s3) struct NewPart<'a> {
    pub(in crate::s3) number: i32,
    pub(in crate::s3) md5: [u8; 16],
    pub(in crate::s3) checksum: Option<&'a StoredChecksum>,
    pub(in crate::s3) segments: &'a [Segment],
}

/// A part of an upload.
#[derive(Clone, Debug)]
pub(in crate::s3) struct StoredPart {
    pub(in crate::s3) number: i32,
    content: i64,
    /// Size in bytes.
    pub(in crate::s3) size: u64,
    pub(in crate::s3) md5: [u8; 16],
    pub(in crate::s3) checksum: Option<StoredChecksum>,
    /// Milliseconds since 1970.
    pub(in crate::s3) modified: i64,
}

/// Parts of an upload, in order.
#[derive(Clone, Debug, Default)]
pub(in crate::s3) struct PartList {
    pub(in crate::s3) parts: Vec<StoredPart>,
    /// Whether there are more.
    pub(in crate::s3) truncated: bool,
}

const COLUMNS: &str =
    "number, id, CAST(key AS TEXT), initiated, headers, tags, algorithm, full_object";

impl Storage {
    /// Begins an upload; answers its id.
    pub(in crate::s3) fn begin_upload(&self, new: &NewUpload<'_>) -> Result<String, Fault> {
        let id = Uuid::new_v4().simple().to_string();
        self.index()
            .prepare_cached(
                "INSERT INTO upload (id, bucket, key, initiated, headers, tags, algorithm,
                     full_object)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                id,
                new.bucket,
                new.key.as_bytes(),
                super::now(),
                serde_json::to_string(new.headers)?,
                serde_json::to_string(new.tags)?,
                new.algorithm,
                new.full_object,
            ])?;
        Ok(id)
    }

    /// The open upload of this id.
    pub(in crate::s3) fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, Fault> {
        find(&self.index(), bucket, key, id)
    }

    /// Keeps a part, in place of the one of its number; answers when, in milliseconds since 1970.
    /// The caller keeps the files of its segments pinned until this returns.
    pub(in crate::s3) fn put_part(
        &self,
        upload: &Upload,
        bucket: &str,
        new: &NewPart<'_>,
    ) -> Result<i64, Fault> {
        let mut garbage = Vec::new();
        let modified = super::now();
        {
            let mut index = self.index();
            let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // It may have ended since the part began to arrive.
            find(&transaction, bucket, &upload.key, &upload.id)?;
            let former: Option<i64> = transaction
                .prepare_cached("SELECT content FROM part WHERE upload = ?1 AND number = ?2")?
                .query_row(params![upload.number, new.number], |row| row.get(0))
                .optional()?;
            if let Some(former) = former {
                garbage.extend(content::remove(&transaction, former)?);
            }
            let content = self.files.number();
            content::insert(&transaction, content, new.segments)?;
            let size: u64 = new.segments.iter().map(|segment| segment.length).sum();
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO part
                         (upload, number, content, size, md5, checksum, modified)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    upload.number,
                    new.number,
                    content,
                    size,
                    new.md5,
                    new.checksum.map(serde_json::to_string).transpose()?,
                    modified,
                ])?;
            transaction.commit()?;
        }
        self.collect(&garbage);
        Ok(modified)
    }

    /// The parts after number `after`, at most `most`.
    pub(in crate::s3) fn parts(
        &self,
        upload: i64,
        after: i32,
        most: usize,
    ) -> Result<PartList, Fault> {
        parts(&self.index(), upload, after, most)
    }

    /// Makes the chosen parts the object and ends the upload. A refusal leaves it open.
    /// `finish` gets the parts and answers the object's ETag and checksum.
    pub(in crate::s3) fn complete_upload<E: From<Fault>>(
        self: &Arc<Self>,
        (bucket, upload): (&str, &Upload),
        chosen: &[(i32, String)],
        versioning: bool,
        condition: &WriteCondition,
        finish: impl FnOnce(&[StoredPart]) -> Result<(String, Option<StoredChecksum>), E>,
    ) -> Result<(Published, String, Option<StoredChecksum>), E> {
        let mut garbage = Vec::new();
        let completed = {
            let mut index = self.index();
            let transaction = index
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(Fault::from)?;
            find(&transaction, bucket, &upload.key, &upload.id)?;
            let stored = parts(&transaction, upload.number, 0, usize::MAX)?.parts;
            let parts = choose(&stored, chosen)?;
            let (etag, checksum) = finish(&parts)?;
            condition.check(&transaction, bucket, &upload.key)?;
            discard_others(&transaction, upload.number, &stored, &parts, &mut garbage)?;
            let content = self.files.number();
            let contents: Vec<_> = parts.iter().map(|part| (part.content, part.size)).collect();
            let size = content::join(&transaction, content, &contents)?;
            let new = NewVersion {
                bucket,
                key: &upload.key,
                headers: &upload.headers,
                tags: &upload.tags,
                etag: &etag,
                checksum: checksum.as_ref(),
                segments: &[],
            };
            let row = VersionRow { new: &new, content, size, upload: Some(upload.number) };
            let published = row.insert(&transaction, versioning, self.sequencer(), &mut garbage)?;
            close(&transaction, upload.number)?;
            transaction.commit().map_err(Fault::from)?;
            (published, etag, checksum)
        };
        self.collect(&garbage);
        Ok(completed)
    }

    /// Ends an upload and forgets its parts.
    pub(in crate::s3) fn abort_upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<(), Fault> {
        let mut garbage = Vec::new();
        {
            let mut index = self.index();
            let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let upload = find(&transaction, bucket, key, id)?;
            remove(&transaction, upload.number, &mut garbage)?;
            transaction.commit()?;
        }
        self.collect(&garbage);
        Ok(())
    }

    /// Open uploads after `(key, id)`, in the order of keys and then of their beginning, at most
    /// `most`; and whether there are more.
    pub(in crate::s3) fn uploads(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<(&str, Option<&str>)>,
        most: usize,
    ) -> Result<(Vec<Upload>, bool), Fault> {
        let index = self.index();
        let query = format!(
            "SELECT {COLUMNS} FROM upload
             WHERE bucket = ?1 AND substr(key, 1, ?3) = ?2 AND (
                 ?4 IS NULL OR key > ?4 OR (key = ?4 AND number >
                     (SELECT number FROM upload WHERE id = ?5)))
             ORDER BY key, number"
        );
        let mut statement = index.prepare_cached(&query)?;
        let (key, id) = after.map_or((None, None), |(key, id)| (Some(key.as_bytes()), id));
        let mut rows =
            statement.query(params![bucket, prefix.as_bytes(), prefix.len(), key, id])?;
        let mut uploads = Vec::new();
        while let Some(row) = rows.next()? {
            if uploads.len() == most {
                return Ok((uploads, true));
            }
            uploads.push(read(row)?);
        }
        Ok((uploads, false))
    }
}

fn read(row: &rusqlite::Row<'_>) -> Result<Upload, Fault> {
    Ok(Upload {
        number: row.get(0)?,
        id: row.get(1)?,
        key: row.get(2)?,
        initiated: row.get(3)?,
        headers: serde_json::from_str(&row.get::<_, String>(4)?)?,
        tags: serde_json::from_str(&row.get::<_, String>(5)?)?,
        algorithm: row.get(6)?,
        full_object: row.get(7)?,
    })
}

fn find(index: &Connection, bucket: &str, key: &str, id: &str) -> Result<Upload, Fault> {
    let query = format!("SELECT {COLUMNS} FROM upload WHERE id = ?1 AND bucket = ?2 AND key = ?3");
    let mut statement = index.prepare_cached(&query)?;
    let mut rows = statement.query(params![id, bucket, key.as_bytes()])?;
    rows.next()?.map(read).transpose()?.ok_or(Fault::NoSuchUpload)
}

fn parts(index: &Connection, upload: i64, after: i32, most: usize) -> Result<PartList, Fault> {
    let mut statement = index.prepare_cached(
        "SELECT number, content, size, md5, checksum, modified FROM part
         WHERE upload = ?1 AND number > ?2 ORDER BY number",
    )?;
    let mut rows = statement.query(params![upload, after])?;
    let mut list = PartList::default();
    while let Some(row) = rows.next()? {
        if list.parts.len() == most {
            list.truncated = true;
            break;
        }
        let checksum: Option<String> = row.get(4)?;
        list.parts.push(StoredPart {
            number: row.get(0)?,
            content: row.get::<_, Option<i64>>(1)?.unwrap_or_default(),
            size: row.get(2)?,
            md5: row.get(3)?,
            checksum: checksum.map(|text| serde_json::from_str(&text)).transpose()?,
            modified: row.get(5)?,
        });
    }
    Ok(list)
}

/// The parts a client lists, by number and hexadecimal MD5; all but the last large enough.
fn choose(stored: &[StoredPart], chosen: &[(i32, String)]) -> Result<Vec<StoredPart>, Fault> {
    let mut parts = Vec::with_capacity(chosen.len());
    for (number, etag) in chosen {
        let found = stored.binary_search_by_key(number, |part| part.number);
        let part = found.ok().and_then(|at| stored.get(at));
        match part.filter(|part| hex(&part.md5) == *etag) {
            Some(part) => parts.push(part.clone()),
            None => return Err(Fault::InvalidPart(*number)),
        }
    }
    let before_last = parts.len().saturating_sub(1);
    match parts.iter().take(before_last).find(|part| part.size < LEAST_PART) {
        Some(part) => Err(Fault::TooSmall { number: part.number, size: part.size }),
        None => Ok(parts),
    }
}

fn discard_others(
    transaction: &Transaction<'_>,
    upload: i64,
    stored: &[StoredPart],
    chosen: &[StoredPart],
    garbage: &mut Vec<u64>,
) -> Result<(), Fault> {
    for part in stored {
        if chosen.binary_search_by_key(&part.number, |part| part.number).is_err() {
            garbage.extend(content::remove(transaction, part.content)?);
            transaction.execute(
                "DELETE FROM part WHERE upload = ?1 AND number = ?2",
                params![upload, part.number],
            )?;
        }
    }
    Ok(())
}

/// Ends an upload; its parts stay as those of the object.
fn close(transaction: &Transaction<'_>, upload: i64) -> Result<(), Fault> {
    transaction.execute("UPDATE part SET content = NULL WHERE upload = ?1", [upload])?;
    transaction.execute("DELETE FROM upload WHERE number = ?1", [upload])?;
    Ok(())
}

/// Forgets an upload and its parts.
pub(super) fn remove(
    transaction: &Transaction<'_>,
    upload: i64,
    garbage: &mut Vec<u64>,
) -> Result<(), Fault> {
    for part in parts(transaction, upload, 0, usize::MAX)?.parts {
        garbage.extend(content::remove(transaction, part.content)?);
    }
    transaction.execute("DELETE FROM part WHERE upload = ?1", [upload])?;
    transaction.execute("DELETE FROM upload WHERE number = ?1", [upload])?;
    Ok(())
}

/// Lower-case hexadecimal.
pub(in crate::s3) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
