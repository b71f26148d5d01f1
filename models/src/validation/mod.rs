//! Constraints of the document, enforced.
//!
//! ```text
//! generated:  impl Constrained for User { fn schema() -> &'static Schema }   constant tables
//!                                │
//! bytes ──parse──▶ Value ──check against the tables──▶ every Broken ──none──▶ User
//!        json.rs           check.rs union.rs format.rs              serde
//! ```
//!
//! Messages say what was expected (`is shorter than 1 character`), follow the JSON pointer of the
//! part they are about, and never repeat the value, which may be a secret.

mod check;
mod error;
mod format;
mod implementations;
mod json;
mod parameter;
mod pattern;
pub mod pointer;
mod schema;
mod union;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use error::{Broken, DecodeError, Invalid};
pub use format::Format;
pub use parameter::decode_parameter;
pub use pattern::Pattern;
pub use schema::{Link, Literal, Part, Property, Schema};
pub use union::{choose, convert, serialize_tagged};

/// A type whose values keep the constraints of a schema.
pub trait Constrained {
    /// The constraints.
    fn schema() -> &'static Schema;
}

/// Reads a value from JSON and finds every violation of its schema.
///
/// # Errors
/// [`DecodeError::Syntax`] if the text is not JSON, [`DecodeError::Broken`] with every violation
/// in document order otherwise.
pub fn decode<T: DeserializeOwned + Constrained>(json: &[u8]) -> Result<T, DecodeError> {
    let (value, mut broken) = json::parse(json)?;
    broken.extend(check::violations(T::schema(), &value));
    if broken.is_empty() {
        return convert_checked(value).map_err(DecodeError::Broken);
    }
    Err(DecodeError::Broken(broken))
}

/// Reads a value from a JSON value that is already in memory and finds every violation.
///
/// # Errors
/// Every violation in document order.
pub fn decode_value<T: DeserializeOwned + Constrained>(value: Value) -> Result<T, Vec<Broken>> {
    let broken = check::violations(T::schema(), &value);
    if broken.is_empty() { convert_checked(value) } else { Err(broken) }
}

/// Checks a value against a schema, as the constructors of generated types do.
///
/// # Errors
/// Every violation in document order.
pub fn check<T: Serialize + ?Sized>(schema: &'static Schema, value: &T) -> Result<(), Invalid> {
    let value =
        serde_json::to_value(value).map_err(|_| Invalid::whole("cannot be written as JSON"))?;
    let broken = check::violations(schema, &value);
    if broken.is_empty() { Ok(()) } else { Err(Invalid(broken)) }
}

/// The value passed its schema; what remains is to give it its Rust type. A refusal here means
/// that schema and type disagree. Its text is withheld, since serde's messages repeat the value.
fn convert_checked<T: DeserializeOwned>(value: Value) -> Result<T, Vec<Broken>> {
    serde_json::from_value(value)
        .map_err(|_| vec![Broken::whole("passes its schema but does not fit its Rust type")])
}
