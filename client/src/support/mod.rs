//! What generated code calls: answers, errors, and what a request needs besides.
//!
//! Nothing here knows a document, so code generated from another one works with it as well.

mod answer;
mod argument;
mod error;
mod retry;
mod session;
mod token;
mod tokens;
mod wire;

pub use answer::{Failure, Raw, bytes, empty, json, map, problem, raw, text, undeclared};
pub use argument::{Refused, argument, query, rest, segment};
pub use error::Error;
pub use progenitor_client::ResponseValue;
pub use retry::Retry;
pub(crate) use retry::is_passing;
pub use session::Session;
pub use token::{InvalidToken, Token};
pub use tokens::{TokenProvider, Tokens};
pub use wire::{Query, Wire};
