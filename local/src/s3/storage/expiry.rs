//! What goes by age: objects a bucket's rules expire, versions that were replaced, uploads nobody
//! ended.

use rusqlite::{TransactionBehavior, params};

use super::succession::Target;
use super::{Fault, Storage, uploads};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Days that a replaced version is kept. A laptop's disk is small: the cloud keeps them longer.
const SUPERSEDED_DAYS: i64 = 1;

/// How long things live in a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::s3) struct Lifetimes {
    /// Days of the objects whose keys start with a prefix.
    pub(in crate::s3) objects: Vec<(String, u32)>,
    /// Days of an unfinished upload.
    pub(in crate::s3) uploads: u32,
}

impl Storage {
    /// Removes what is too old at `now`, in milliseconds since 1970; answers how many things.
    pub(in crate::s3) fn expire(
        &self,
        bucket: &str,
        versioning: bool,
        lifetimes: &Lifetimes,
        now: i64,
    ) -> Result<usize, Fault> {
        let mut expired = 0;
        for (prefix, days) in &lifetimes.objects {
            for key in self.older_objects(bucket, prefix, now - i64::from(*days) * DAY)? {
                self.delete(bucket, &key, None, versioning, &super::WriteCondition::None)?;
                expired += 1;
            }
        }
        expired += self.expire_superseded(bucket, now - SUPERSEDED_DAYS * DAY)?;
        expired += self.expire_uploads(bucket, now - i64::from(lifetimes.uploads) * DAY)?;
        Ok(expired)
    }

    fn older_objects(&self, bucket: &str, prefix: &str, before: i64) -> Result<Vec<String>, Fault> {
        let index = self.index();
        let mut statement = index.prepare(
            "SELECT CAST(key AS TEXT) FROM version
             WHERE bucket = ?1 AND latest AND NOT marker AND modified < ?2
               AND substr(key, 1, ?4) = ?3",
        )?;
        let parameters = params![bucket, before, prefix.as_bytes(), prefix.len()];
        let keys = statement.query_map(parameters, |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(keys)
    }

    /// Versions replaced before this moment, and markers that hide nothing any more.
    fn expire_superseded(&self, bucket: &str, before: i64) -> Result<usize, Fault> {
        let mut garbage = Vec::new();
        let expired = {
            let mut index = self.index();
            let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let old = pairs(&transaction, bucket, before, "NOT latest AND superseded < ?2")?;
            let lone = "latest AND marker AND modified < ?2 AND NOT EXISTS (
                SELECT 1 FROM version AS other WHERE other.bucket = version.bucket
                    AND other.key = version.key AND other.sequence < version.sequence)";
            let mut expired = 0;
            for (key, id) in &old {
                Target { bucket, key }.remove(&transaction, id, &mut garbage)?;
                expired += 1;
            }
            for (key, id) in &pairs(&transaction, bucket, before, lone)? {
                Target { bucket, key }.remove(&transaction, id, &mut garbage)?;
                expired += 1;
            }
            transaction.commit()?;
            expired
        };
        self.collect(&garbage);
        Ok(expired)
    }

    fn expire_uploads(&self, bucket: &str, before: i64) -> Result<usize, Fault> {
        let mut garbage = Vec::new();
        let expired = {
            let mut index = self.index();
            let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let old: Vec<i64> = transaction
                .prepare("SELECT number FROM upload WHERE bucket = ?1 AND initiated < ?2")?
                .query_map(params![bucket, before], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for upload in &old {
                uploads::remove(&transaction, *upload, &mut garbage)?;
            }
            transaction.commit()?;
            old.len()
        };
        self.collect(&garbage);
        Ok(expired)
    }
}

/// Keys and version ids.
fn pairs(
    transaction: &rusqlite::Transaction<'_>,
    bucket: &str,
    before: i64,
    which: &str,
) -> Result<Vec<(String, String)>, Fault> {
    let query = format!("SELECT CAST(key AS TEXT), id FROM version WHERE bucket = ?1 AND {which}");
    let mut statement = transaction.prepare(&query)?;
    let pairs = statement
        .query_map(params![bucket, before], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(pairs)
}
