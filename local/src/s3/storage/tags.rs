//! Tags of versions; they change while the version does not.

use rusqlite::params;

use super::{Fault, Storage, Tags, versions};

impl Storage {
    /// Replaces the tags of the version of this id, or of the latest; answers the version's id.
    pub(in crate::s3) fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        id: Option<&str>,
        tags: &Tags,
    ) -> Result<String, Fault> {
        let mut index = self.index();
        let transaction = index.transaction()?;
        let version = versions::find(&transaction, bucket, key, id)?;
        transaction.execute(
            "UPDATE version SET tags = ?2 WHERE sequence = ?1",
            params![version.sequence, serde_json::to_string(tags)?],
        )?;
        transaction.commit()?;
        Ok(version.id)
    }
}
