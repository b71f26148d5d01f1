//! A message as a sender gives it, and what SQS refuses of it (API reference, `SendMessage`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fault;
use super::message::{MessageAttribute, MessageAttributes, NewMessage};
use super::operations::bounded;
use crate::aws_json::Fault;

/// Largest message, and largest batch: body and attributes, in bytes.
pub(super) const MAX_SIZE: usize = 1_048_576;

/// Longest delay, in seconds.
const MAX_DELAY: u32 = 900;

/// Most attributes of a message.
const MAX_ATTRIBUTES: usize = 10;

/// The members of `SendMessage` that an entry of `SendMessageBatch` has, too.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sending {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, MessageAttribute>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

impl Sending {
    /// The message, if it is one.
    pub(super) fn check(self) -> Result<NewMessage, Fault> {
        let body = self.message_body.filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| fault::missing_parameter("MessageBody"))?;
        if !body.chars().all(is_allowed) {
            return Err(fault::invalid_contents());
        }
        if let Some(id) = self.message_deduplication_id {
            let reason = "The request include parameter that is not valid for this queue type.";
            return Err(fault::invalid_value(id, "MessageDeduplicationId", reason));
        }
        check_attributes(&self.message_attributes)?;
        let message = NewMessage {
            body,
            attributes: self.message_attributes,
            trace_header: trace_header(self.message_system_attributes)?,
            group_id: self.message_group_id,
            delay_seconds: bounded(self.delay_seconds, "DelaySeconds", 0, MAX_DELAY)?,
        };
        if size(&message) > MAX_SIZE {
            let message = format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {MAX_SIZE} bytes."
            );
            return Err(fault::invalid_parameter(message));
        }
        Ok(message)
    }
}

/// What counts towards the limit.
pub(super) fn size(message: &NewMessage) -> usize {
    message.body.len() + message.attributes.size()
}

/// The characters of XML 1.0.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn check_attributes(attributes: &MessageAttributes) -> Result<(), Fault> {
    if attributes.0.len() > MAX_ATTRIBUTES {
        let message = format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAX_ATTRIBUTES}].",
            attributes.0.len()
        );
        return Err(fault::invalid_parameter(message));
    }
    attributes.0.iter().try_for_each(|(name, value)| check_attribute(name, value))
}

fn check_attribute(name: &str, value: &MessageAttribute) -> Result<(), Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let reserved = ["aws.", "amazon."];
    let lower = name.to_ascii_lowercase();
    let is_name = (1..=256).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !reserved.iter().any(|prefix| lower.starts_with(prefix));
    if !is_name {
        return Err(fault::invalid_parameter(format!("Invalid attribute name '{name}'.")));
    }
    if !matches!(value.kind(), "String" | "Number" | "Binary") {
        let message = format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of \
             supported type prefixes is Binary, Number, and String."
        );
        return Err(fault::invalid_parameter(message));
    }
    if value.bytes().is_none_or(|bytes| bytes.is_empty()) {
        let message = format!(
            "The message attribute '{name}' must contain non-empty message attribute value for \
             message attribute type '{}'.",
            value.kind()
        );
        return Err(fault::invalid_parameter(message));
    }
    Ok(())
}

/// The only system attribute that a sender can set.
fn trace_header(system: BTreeMap<String, MessageAttribute>) -> Result<Option<String>, Fault> {
    let mut header = None;
    for (name, value) in system {
        match value.string_value {
            Some(text) if name == "AWSTraceHeader" => header = Some(text),
            _ => {
                let message = format!("Message system attribute name '{name}' is invalid.");
                return Err(fault::invalid_parameter(message));
            }
        }
    }
    Ok(header)
}
