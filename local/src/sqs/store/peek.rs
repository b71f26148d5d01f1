//! Looking at messages without receiving them, as nobody at AWS can.

use rusqlite::params;

use super::{Answer, MessageAttributes, Store};

/// A message as it lies in its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peeked {
    pub(crate) message_id: String,
    pub(crate) body: String,
    pub(crate) attributes: MessageAttributes,
    /// Milliseconds since 1970.
    pub(crate) sent_at: i64,
    /// From when on receivers see it, in milliseconds since 1970.
    pub(crate) visible_at: i64,
    /// How often it was received.
    pub(crate) receive_count: u32,
}

impl Store {
    /// The oldest messages, visible or not.
    pub(in crate::sqs) fn peek(&self, queue: &str, limit: u32) -> Answer<Vec<Peeked>> {
        let connection = self.lock();
        let mut select = connection.prepare_cached(
            "SELECT message_id, body, attributes, sent_at, visible_at, receive_count FROM messages \
             WHERE queue = ?1 ORDER BY id LIMIT ?2",
        )?;
        let rows = select.query_map(params![queue, limit], |row| {
            let attributes: String = row.get(2)?;
            Ok(Peeked {
                message_id: row.get(0)?,
                body: row.get(1)?,
                attributes: serde_json::from_str(&attributes).unwrap_or_default(),
                sent_at: row.get(3)?,
                visible_at: row.get(4)?,
                receive_count: row.get(5)?,
            })
        })?;
        rows.collect()
    }
}
