//! Values that Rust's standard library has no type for.
//!
//! A `date-time` is jiff's [`Timestamp`], an instant: functions compare and compute with it, and
//! the offset it was written with is not part of what it means. It is written back in UTC. A
//! `date` is jiff's civil [`Date`].

mod base64;
mod maybe;
mod secret;

use serde::{Deserialize, Deserializer};

pub use jiff::Timestamp;
pub use jiff::civil::Date;
pub use uuid::Uuid;

pub use self::base64::Base64;
pub use maybe::Maybe;
pub use secret::Secret;

/// Reads a member whose absence and null mean different things to its type: serde's own reading
/// of an `Option` takes null for absence, or absence for null. Generated code calls it.
///
/// # Errors
/// Those of `T`.
pub fn given<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer)
}

/// Reads a member that may be absent but not null. Generated code calls it.
///
/// # Errors
/// Those of `T`.
pub fn some<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
