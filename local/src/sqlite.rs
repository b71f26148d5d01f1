//! SQLite files of the embedded services: how their connections behave, and which format they have.

use rusqlite::Connection;

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    /// It cannot be read or written.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// It has another format, by its `user_version`.
    #[error("its format is {0}, which is not known here")]
    Format(i64),
}

/// Makes a connection ready, and the tables in a new file.
pub(crate) fn prepare(
    connection: &mut Connection,
    schema: &str,
    format: i64,
) -> Result<(), PrepareError> {
    // A killed process leaves what it wrote to the system; only a power cut can lose the last
    // transactions then, and damages nothing.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
        0 => {
            let transaction = connection.transaction()?;
            transaction.execute_batch(schema)?;
            transaction.pragma_update(None, "user_version", format)?;
            transaction.commit()?;
            Ok(())
        }
        found if found == format => Ok(()),
        other => Err(PrepareError::Format(other)),
    }
}
