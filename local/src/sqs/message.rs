//! Messages: what a sender gives, what a receiver gets, and the digests by which an SDK checks both.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A message to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NewMessage {
    pub(crate) body: String,
    pub(crate) attributes: MessageAttributes,
    /// System attribute `AWSTraceHeader`.
    pub(crate) trace_header: Option<String>,
    /// `MessageGroupId`, which on a standard queue only says who shares fairly with whom.
    pub(crate) group_id: Option<String>,
    /// How long nobody sees it, in seconds; the queue's `delay` if `None`.
    pub(crate) delay_seconds: Option<u32>,
}

/// A message as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) message_id: String,
    pub(crate) receipt: Receipt,
    pub(crate) body: String,
    pub(crate) attributes: MessageAttributes,
    pub(crate) trace_header: Option<String>,
    pub(crate) group_id: Option<String>,
    /// Milliseconds since 1970.
    pub(crate) sent_at: i64,
    /// Milliseconds since 1970.
    pub(crate) first_received_at: i64,
    /// How often it was received, this time included.
    pub(crate) receive_count: u32,
    /// Name of the queue that gave it up, if this is a dead-letter queue.
    pub(crate) dead_letter_source: Option<String>,
}

/// `MessageAttributes`, by name and sorted by it, as their digest wants them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct MessageAttributes(pub(crate) BTreeMap<String, MessageAttribute>);

/// A typed value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessageAttribute {
    /// `String`, `Number` or `Binary`, perhaps with a label of the sender's: `Number.int`.
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

impl MessageAttribute {
    pub(crate) fn text(data_type: &str, value: &str) -> Self {
        let (data_type, string_value) = (data_type.to_owned(), Some(value.to_owned()));
        Self { data_type, string_value, binary_value: None }
    }

    /// The kind of its value, which `DataType` starts with.
    pub(crate) fn kind(&self) -> &str {
        self.data_type.split_once('.').map_or(&self.data_type, |(kind, _)| kind)
    }

    /// The bytes of its value, if it has one of its kind.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        match self.kind() {
            "String" | "Number" => self.string_value.clone().map(String::into_bytes),
            "Binary" => STANDARD.decode(self.binary_value.as_ref()?).ok(),
            _ => None,
        }
    }
}

impl MessageAttributes {
    /// Those whose names a receiver asks for: `All`, `.*`, `prefix.*` or a whole name.
    pub(crate) fn selected(&self, names: &[String]) -> Self {
        let asked = |name: &str| {
            names.iter().any(|pattern| match pattern.strip_suffix(".*") {
                Some(prefix) => name.starts_with(prefix),
                None => pattern == "All" || pattern == name,
            })
        };
        let selected = self.0.iter().filter(|(name, _)| asked(name));
        Self(selected.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// What counts towards a message's size: names, types and values.
    pub(crate) fn size(&self) -> usize {
        let size = |(name, value): (&String, &MessageAttribute)| {
            name.len() + value.data_type.len() + value.bytes().map_or(0, |bytes| bytes.len())
        };
        self.0.iter().map(size).sum()
    }

    /// `MD5OfMessageAttributes`; `None` without any. The developer guide, "Calculating the MD5
    /// message digest for message attributes", says how.
    pub(crate) fn md5(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut digest = Md5::new();
        for (name, value) in &self.0 {
            update_counted(&mut digest, name.as_bytes());
            update_counted(&mut digest, value.data_type.as_bytes());
            digest.update([if value.kind() == "Binary" { 2 } else { 1 }]);
            update_counted(&mut digest, &value.bytes().unwrap_or_default());
        }
        Some(hexadecimal(&digest.finalize()))
    }
}

fn update_counted(digest: &mut Md5, bytes: &[u8]) {
    digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    digest.update(bytes);
}

/// What a receiver deletes a message by, or keeps it longer: good for one receive of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The message's row.
    pub(super) id: i64,
    /// Made up for each receive.
    pub(super) nonce: String,
}

impl Receipt {
    pub(super) fn new(id: i64) -> Self {
        Self { id, nonce: Uuid::new_v4().simple().to_string() }
    }

    /// The opaque text that stands for it.
    pub(crate) fn handle(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.id, self.nonce))
    }

    /// `None` if the text is no handle at all.
    pub(crate) fn of_handle(handle: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
        let (id, nonce) = text.split_once(':')?;
        Some(Self { id: id.parse().ok()?, nonce: nonce.to_owned() })
    }
}

/// `MD5OfMessageBody`.
pub(crate) fn md5(text: &str) -> String {
    hexadecimal(&Md5::digest(text))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, MessageAttribute)]) -> MessageAttributes {
        let pair = |(name, value): &(&str, MessageAttribute)| ((*name).to_owned(), value.clone());
        MessageAttributes(pairs.iter().map(pair).collect())
    }

    #[test]
    fn a_receipt_survives_as_text_and_other_text_is_none() {
        let receipt = Receipt::new(7);
        assert_eq!(Receipt::of_handle(&receipt.handle()), Some(receipt));
        for text in ["", "nonsense", "bm9uc2Vuc2U=", "eDp5"] {
            assert_eq!(Receipt::of_handle(text), None, "{text}");
        }
    }

    #[test]
    fn names_prefixes_and_all_select_attributes() {
        let text = || MessageAttribute::text("String", "x");
        let attributes = attributes(&[("a.b", text()), ("a.c", text()), ("d", text())]);
        let count = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            attributes.selected(&names).0.len()
        };
        assert_eq!(count(&[]), 0);
        assert_eq!(count(&["All"]), 3);
        assert_eq!(count(&[".*"]), 3);
        assert_eq!(count(&["a.*"]), 2);
        assert_eq!(count(&["d", "e"]), 1);
    }

    /// As botocore's implementation of the algorithm computes it.
    #[test]
    fn the_digest_of_attributes_is_that_of_the_sdks() {
        let binary = MessageAttribute {
            data_type: "Binary".to_owned(),
            string_value: None,
            binary_value: Some(STANDARD.encode([0, 1, 255])),
        };
        let number = MessageAttribute::text("Number.int", "42");
        let text = MessageAttribute::text("String", "gr\u{fc}n");
        let attributes = attributes(&[("n", number), ("b", binary), ("t", text)]);
        assert_eq!(attributes.md5().as_deref(), Some("3f26d6c770b0aa02cab323c4ff38c97f"));
        assert_eq!(MessageAttributes::default().md5(), None);
    }
}
