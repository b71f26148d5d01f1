//! What every function does alike, written by hand; the generated glue only names the parts.
//!
//! ```text
//! event ──decode──▶ request ──handler──▶ response ──encode──▶ answer
//!            │       claims       │
//!        Refusal (4xx)       Failure (5xx) ──▶ Problem
//! ```
//!
//! A function that consumes a queue gets batches of messages instead (`queue.rs`); a program may
//! serve both (`run.rs`). What pages of other origins may read is said with every answer (`cors.rs`).

mod body;
mod claims;
pub mod configuration;
mod context;
mod cors;
mod decode;
mod encode;
mod event;
mod parameter;
mod problem;
mod queue;
mod run;
mod serve;
pub mod telemetry;

pub use body::Body;
pub use claims::{Claims, NoClaims, TokenUse};
pub use context::Context;
pub use decode::{Decode, FromEvent};
pub use encode::{Content, IntoProxyResponse, ProxyResponse, StatusIn, StatusOutOfRange};
pub use event::{NotProxyEvent, ProxyRequest, RequestContext};
pub use parameter::{Location, Parameter};
pub use problem::{Failure, Problem, Refusal, Undeclared, Violation, title};
pub use queue::{Consumer, Delivery};
pub use run::{RuntimeApiLost, run, run_trigger, run_with_queue};
pub(crate) use serve::LARGEST_ANSWER;
pub use serve::{Operation, serve, serve_with_claims, unserved};
