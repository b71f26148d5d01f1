//! Who is reading an object that a message told of.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::seconds;
use crate::runtime::Delivery;

/// Who is reading an object. A record that names its reader keeps others from reading as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reader {
    /// The message that told of it.
    pub message_id: String,
    /// When the reader is ended at the latest, in seconds since 1970.
    pub ends: u64,
}

impl Reader {
    /// Whoever got this message.
    pub fn of(delivery: &Delivery) -> Self {
        Self { message_id: delivery.message_id.clone(), ends: seconds(delivery.deadline) }
    }

    /// Whether it got this message, be it an earlier time.
    pub fn is_of(&self, delivery: &Delivery) -> bool {
        self.message_id == delivery.message_id
    }

    /// Whether it got another message and may still be reading. The message itself comes back only
    /// when its reader has ended.
    pub fn is_another_than(&self, delivery: &Delivery) -> bool {
        !self.is_of(delivery) && self.ends > seconds(SystemTime::now())
    }
}
