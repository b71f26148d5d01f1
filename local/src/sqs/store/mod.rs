//! Where messages are kept: one SQLite table, whose rows say when a message can be seen next. What
//! an operation answered is on the file, so a process that is killed loses nothing.
//!
//! Times are milliseconds since 1970 and given by the caller.

mod peek;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

pub(crate) use peek::Peeked;

use super::message::{Message, MessageAttributes, NewMessage, Receipt};
use crate::sqlite;

/// `visible_at` is when a receiver can see the message: after its delay, after a visibility timeout.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        message_id TEXT NOT NULL,
        body TEXT NOT NULL,
        attributes TEXT NOT NULL,
        trace_header TEXT,
        group_id TEXT,
        sent_at INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        first_received_at INTEGER,
        receive_count INTEGER NOT NULL DEFAULT 0,
        receipt TEXT,
        dead_letter_source TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at, id);
    CREATE TABLE IF NOT EXISTS facts (what TEXT PRIMARY KEY, fact TEXT NOT NULL) STRICT;
";

/// The format of the file, in SQLite's `user_version`.
const FORMAT: i64 = 1;

/// Why there is no store: the file is another one's, or cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot open the file of queues {}: {reason}\n\
     move the file away to start with empty queues, or choose --data-dir DIR or --ephemeral",
    path.display()
)]
pub struct StoreError {
    /// The file.
    pub path: PathBuf,
    /// What SQLite says.
    pub reason: String,
}

/// All messages of all queues, by the queues' names.
pub(super) struct Store {
    connection: Mutex<Connection>,
}

/// A message on its way to a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id, which stays.
    pub message_id: String,
    /// How often it was received.
    pub receive_count: u32,
}

/// What a receive found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) messages: Vec<Message>,
    /// Those that were received too often already: moved instead.
    pub(super) dead: Vec<DeadLetter>,
}

/// How a receive goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receiving<'a> {
    pub(super) limit: u32,
    /// How long others do not see what is received, in milliseconds.
    pub(super) visibility: i64,
    /// Where messages go that were received so often.
    pub(super) redrive: Option<(u32, &'a str)>,
}

/// What became of a change of a message's visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Done,
    /// Everybody sees it again.
    NotInFlight,
    /// It was deleted, or received again since.
    Gone,
}

/// `ApproximateNumberOfMessages` and its relatives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Ready to be received.
    pub(crate) visible: u32,
    /// Received, and neither deleted nor visible again.
    pub(crate) in_flight: u32,
    /// Not to be seen yet.
    pub(crate) delayed: u32,
}

type Answer<T> = Result<T, rusqlite::Error>;

impl Store {
    /// In this file, or in memory.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let opened = match path {
            Some(path) => Connection::open(path),
            None => Connection::open_in_memory(),
        };
        let refused =
            |reason| StoreError { path: path.unwrap_or(Path::new(":memory:")).to_owned(), reason };
        let mut connection = opened.map_err(|error| refused(error.to_string()))?;
        sqlite::prepare(&mut connection, SCHEMA, FORMAT)
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Adds messages, all or none; `delay` (milliseconds) is for those without one of their own.
    /// Answers their ids.
    pub(super) fn send(
        &self,
        queue: &str,
        messages: &[NewMessage],
        delay: i64,
        now: i64,
    ) -> Answer<Vec<String>> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO messages (queue, message_id, body, attributes, trace_header, group_id, \
                 sent_at, visible_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            let mut ids = Vec::with_capacity(messages.len());
            for message in messages {
                let id = Uuid::new_v4().to_string();
                let delay = message.delay_seconds.map_or(delay, |delay| i64::from(delay) * 1000);
                insert.execute(params![
                    queue,
                    id,
                    message.body,
                    serde_json::to_string(&message.attributes).unwrap_or_default(),
                    message.trace_header,
                    message.group_id,
                    now,
                    now + delay,
                ])?;
                ids.push(id);
            }
            Ok(ids)
        })
    }

    /// Takes visible messages, the longest visible first, and hides them.
    pub(super) fn receive(
        &self,
        queue: &str,
        receiving: Receiving<'_>,
        now: i64,
    ) -> Answer<Received> {
        self.write(|transaction| {
            let mut received = Received::default();
            if let Some((max_receives, dead_letters)) = receiving.redrive {
                received.dead = bury(transaction, queue, max_receives, dead_letters, now)?;
            }
            let mut select = transaction.prepare_cached(
                "SELECT id, message_id, body, attributes, trace_header, group_id, sent_at, \
                 first_received_at, receive_count, dead_letter_source FROM messages \
                 WHERE queue = ?1 AND visible_at <= ?2 ORDER BY visible_at, id LIMIT ?3",
            )?;
            let rows =
                select.query_map(params![queue, now, receiving.limit], |row| message(row, now))?;
            received.messages = rows.collect::<Result<_, _>>()?;
            let mut hide = transaction.prepare_cached(
                "UPDATE messages SET visible_at = ?2, receipt = ?3, receive_count = ?4, \
                 first_received_at = ?5 WHERE id = ?1",
            )?;
            for message in &received.messages {
                hide.execute(params![
                    message.receipt.id,
                    now + receiving.visibility,
                    message.receipt.nonce,
                    message.receive_count,
                    message.first_received_at,
                ])?;
            }
            Ok(received)
        })
    }

    /// Deletes a message unless it was received again since.
    pub(super) fn delete(&self, queue: &str, receipts: &[Receipt]) -> Answer<()> {
        self.write(|transaction| {
            let mut delete = transaction.prepare_cached(
                "DELETE FROM messages WHERE id = ?1 AND receipt = ?2 AND queue = ?3",
            )?;
            for receipt in receipts {
                delete.execute(params![receipt.id, receipt.nonce, queue])?;
            }
            Ok(())
        })
    }

    /// Hides a message in flight for so long from now on, in milliseconds.
    pub(super) fn change_visibility(
        &self,
        queue: &str,
        receipt: &Receipt,
        visibility: i64,
        now: i64,
    ) -> Answer<Change> {
        self.write(|transaction| {
            let visible_at: Option<i64> = transaction
                .prepare_cached(
                    "SELECT visible_at FROM messages WHERE id = ?1 AND receipt = ?2 AND queue = ?3",
                )?
                .query_row(params![receipt.id, receipt.nonce, queue], |row| row.get(0))
                .optional()?;
            match visible_at {
                None => return Ok(Change::Gone),
                Some(visible_at) if visible_at <= now => return Ok(Change::NotInFlight),
                Some(_) => {}
            }
            transaction
                .prepare_cached("UPDATE messages SET visible_at = ?2 WHERE id = ?1")?
                .execute(params![receipt.id, now + visibility])?;
            Ok(Change::Done)
        })
    }

    /// Has every message in flight be seen from now on.
    pub(super) fn release(&self, queue: &str, now: i64) -> Answer<()> {
        self.lock()
            .prepare_cached(
                "UPDATE messages SET visible_at = ?2 \
                 WHERE queue = ?1 AND visible_at > ?2 AND receive_count > 0",
            )?
            .execute(params![queue, now])?;
        Ok(())
    }

    /// Keeps a fact; whether it is another than before.
    pub(super) fn remember(&self, what: &str, fact: &str) -> Answer<bool> {
        let changed = self
            .lock()
            .prepare_cached(
                "INSERT INTO facts (what, fact) VALUES (?1, ?2) \
                 ON CONFLICT (what) DO UPDATE SET fact = ?2 WHERE fact <> ?2",
            )?
            .execute([what, fact])?;
        Ok(changed > 0)
    }

    /// When the next message can be seen, if none can now.
    pub(super) fn next_visible_at(&self, queue: &str) -> Answer<Option<i64>> {
        self.lock()
            .prepare_cached("SELECT min(visible_at) FROM messages WHERE queue = ?1")?
            .query_row([queue], |row| row.get(0))
    }

    pub(super) fn counts(&self, queue: &str, now: i64) -> Answer<Counts> {
        self.lock()
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE visible_at <= ?2), \
                 count(*) FILTER (WHERE visible_at > ?2 AND receive_count > 0), \
                 count(*) FILTER (WHERE visible_at > ?2 AND receive_count = 0) \
                 FROM messages WHERE queue = ?1",
            )?
            .query_row(params![queue, now], |row| {
                Ok(Counts { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
            })
    }

    pub(super) fn purge(&self, queue: &str) -> Answer<()> {
        self.lock().prepare_cached("DELETE FROM messages WHERE queue = ?1")?.execute([queue])?;
        Ok(())
    }

    /// Deletes what was sent before; how many there were.
    pub(super) fn expire(&self, queue: &str, sent_before: i64) -> Answer<usize> {
        self.lock()
            .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sent_at < ?2")?
            .execute(params![queue, sent_before])
    }

    /// Moves every message of a dead-letter queue that nobody has in flight: to `destination`, or to
    /// the queue it came from. They are new messages there (developer guide, "Dead-letter queue
    /// redrive"). Answers where to and how many.
    pub(super) fn redrive(
        &self,
        queue: &str,
        destination: Option<&str>,
        now: i64,
    ) -> Answer<Vec<(String, u32)>> {
        self.write(|transaction| {
            let rows: Vec<(i64, Option<String>)> = transaction
                .prepare_cached(
                    "SELECT id, coalesce(?2, dead_letter_source) FROM messages \
                     WHERE queue = ?1 AND visible_at <= ?3",
                )?
                .query_map(params![queue, destination, now], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let mut revive = transaction.prepare_cached(
                "UPDATE messages SET queue = ?2, message_id = ?3, sent_at = ?4, visible_at = ?4, \
                 first_received_at = NULL, receive_count = 0, receipt = NULL, \
                 dead_letter_source = NULL WHERE id = ?1",
            )?;
            let mut moved: Vec<(String, u32)> = Vec::new();
            for (id, to) in rows {
                // What was sent to the dead-letter queue directly has no other home.
                let Some(to) = to else { continue };
                revive.execute(params![id, to, Uuid::new_v4().to_string(), now])?;
                match moved.iter_mut().find(|(queue, _)| *queue == to) {
                    Some((_, count)) => *count += 1,
                    None => moved.push((to, 1)),
                }
            }
            Ok(moved)
        })
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
        // A transaction that panicked was rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves messages that were received often enough to the dead-letter queue. Their time of sending
/// stays (developer guide, "Setting up dead-letter queue retention").
fn bury(
    transaction: &Transaction<'_>,
    queue: &str,
    max_receives: u32,
    dead_letters: &str,
    now: i64,
) -> Answer<Vec<DeadLetter>> {
    let mut bury = transaction.prepare_cached(
        "UPDATE messages SET queue = ?4, dead_letter_source = ?1, visible_at = ?2, receipt = NULL \
         WHERE queue = ?1 AND visible_at <= ?2 AND receive_count >= ?3 \
         RETURNING message_id, receive_count",
    )?;
    let rows = bury.query_map(params![queue, now, max_receives, dead_letters], |row| {
        Ok(DeadLetter { message_id: row.get(0)?, receive_count: row.get(1)? })
    })?;
    rows.collect()
}

/// A row as it is received now.
fn message(row: &Row<'_>, now: i64) -> Answer<Message> {
    let attributes: String = row.get("attributes")?;
    let first_received_at: Option<i64> = row.get("first_received_at")?;
    Ok(Message {
        message_id: row.get("message_id")?,
        receipt: Receipt::new(row.get("id")?),
        body: row.get("body")?,
        attributes: serde_json::from_str::<MessageAttributes>(&attributes).unwrap_or_default(),
        trace_header: row.get("trace_header")?,
        group_id: row.get("group_id")?,
        sent_at: row.get("sent_at")?,
        first_received_at: first_received_at.unwrap_or(now),
        receive_count: row.get::<_, u32>("receive_count")? + 1,
        dead_letter_source: row.get("dead_letter_source")?,
    })
}

#[cfg(test)]
mod tests;
