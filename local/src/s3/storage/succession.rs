//! Which version of a key is the latest: what becomes of it when others come and go.

use rusqlite::{OptionalExtension as _, Transaction, params};
use uuid::Uuid;

use super::{Deleted, Fault, NULL_VERSION, NewVersion, Published, content};

/// A version on its way into the index.
pub(super) struct VersionRow<'a> {
    pub(super) new: &'a NewVersion<'a>,
    pub(super) content: u64,
    /// Size in bytes.
    pub(super) size: u64,
    pub(super) upload: Option<i64>,
}

impl VersionRow<'_> {
    /// Inserts it as the latest.
    pub(super) fn insert(
        &self,
        transaction: &Transaction<'_>,
        versioning: bool,
        sequencer: u64,
        garbage: &mut Vec<u64>,
    ) -> Result<Published, Fault> {
        let new = self.new;
        let target = Target { bucket: new.bucket, key: new.key };
        let id = if versioning {
            Uuid::new_v4().simple().to_string()
        } else {
            target.remove(transaction, NULL_VERSION, garbage)?;
            NULL_VERSION.to_owned()
        };
        let modified = super::now();
        target.supersede(transaction, modified)?;
        transaction
            .prepare_cached(
                "INSERT INTO version (bucket, key, id, latest, marker, content, size, etag, modified,
                     headers, tags, checksum, upload)
                 VALUES (?1, ?2, ?3, 1, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                new.bucket,
                new.key.as_bytes(),
                id,
                self.content,
                self.size,
                new.etag,
                modified,
                serde_json::to_string(new.headers)?,
                serde_json::to_string(new.tags)?,
                new.checksum.map(serde_json::to_string).transpose()?,
                self.upload,
            ])?;
        let id = versioning.then_some(id);
        Ok(Published { id, sequencer, modified, size: self.size })
    }
}

/// A key that something happens to.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
}

impl Target<'_> {
    /// No version is the latest any more.
    fn supersede(self, transaction: &Transaction<'_>, now: i64) -> Result<(), Fault> {
        transaction
            .prepare_cached(
                "UPDATE version SET latest = 0, superseded = ?3
                 WHERE bucket = ?1 AND key = ?2 AND latest",
            )?
            .execute(params![self.bucket, self.key.as_bytes(), now])?;
        Ok(())
    }

    /// Puts a delete marker over the object.
    pub(super) fn hide(self, transaction: &Transaction<'_>, id: &str) -> Result<Deleted, Fault> {
        let now = super::now();
        self.supersede(transaction, now)?;
        transaction
            .prepare_cached(
                "INSERT INTO version (bucket, key, id, latest, marker, content, size, etag, modified,
                     headers, tags)
                 VALUES (?1, ?2, ?3, 1, 1, NULL, 0, '', ?4, '{}', '{}')",
            )?
            .execute(params![self.bucket, self.key.as_bytes(), id, now])?;
        Ok(Deleted::Marker { id: id.to_owned() })
    }

    /// What deleting means where versioning is off. Versions from a time when it was on stay, below a
    /// marker of the id `null` (S3 user guide, "Deleting objects from versioning-suspended buckets").
    pub(super) fn remove_null(
        self,
        transaction: &Transaction<'_>,
        garbage: &mut Vec<u64>,
    ) -> Result<Deleted, Fault> {
        let deleted = self.remove(transaction, NULL_VERSION, garbage)?;
        let older = transaction
            .prepare_cached("SELECT 1 FROM version WHERE bucket = ?1 AND key = ?2 LIMIT 1")?
            .exists(params![self.bucket, self.key.as_bytes()])?;
        if older {
            return self.hide(transaction, NULL_VERSION);
        }
        Ok(match deleted {
            Deleted::Version { marker, .. } => Deleted::Version { id: None, marker },
            other => other,
        })
    }

    /// Removes a version for good; the newest that remains is the latest then.
    pub(super) fn remove(
        self,
        transaction: &Transaction<'_>,
        id: &str,
        garbage: &mut Vec<u64>,
    ) -> Result<Deleted, Fault> {
        let Self { bucket, key } = self;
        let removed: Option<(bool, Option<i64>, Option<i64>, bool)> = transaction
            .prepare_cached(
                "DELETE FROM version WHERE bucket = ?1 AND key = ?2 AND id = ?3
                 RETURNING marker, content, upload, latest",
            )?
            .query_row(params![bucket, key.as_bytes(), id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((marker, content, upload, latest)) = removed else {
            return Ok(Deleted::Nothing);
        };
        if let Some(content) = content {
            garbage.extend(content::remove(transaction, content)?);
        }
        if let Some(upload) = upload {
            transaction.execute("DELETE FROM part WHERE upload = ?1", [upload])?;
        }
        if latest {
            transaction
                .prepare_cached(
                    "UPDATE version SET latest = 1, superseded = NULL WHERE sequence = (
                         SELECT MAX(sequence) FROM version WHERE bucket = ?1 AND key = ?2)",
                )?
                .execute(params![bucket, key.as_bytes()])?;
        }
        Ok(Deleted::Version { id: Some(id.to_owned()), marker })
    }
}

/// Every key's newest version is its latest: for a start after versions were dropped.
pub(super) fn restore_latest(transaction: &Transaction<'_>) -> Result<(), Fault> {
    transaction.execute(
        "UPDATE version SET latest = 1, superseded = NULL
         WHERE sequence IN (SELECT MAX(sequence) FROM version GROUP BY bucket, key)
           AND NOT latest",
        [],
    )?;
    Ok(())
}
