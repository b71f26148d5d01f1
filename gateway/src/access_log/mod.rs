//! Access log: one line per request, in the format that a stage's `accessLogSettings` would have.
//!
//! The line is written once the answer has been sent, since only then its length and latency are
//! known. Requests that reach no stage, or are too large to be read, have none, as on AWS.

mod format;
mod variables;

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::context;
use crate::exchange::Exchange;
use crate::execution_log::LogOutput;
pub use format::{AccessLogFormat, FormatError};

/// What is written about each request, and where it goes.
#[derive(Clone)]
pub struct AccessLog {
    format: AccessLogFormat,
    output: LogOutput,
}

impl AccessLog {
    /// A log of this format that goes there.
    pub fn new(format: AccessLogFormat, output: LogOutput) -> Self {
        Self { format, output }
    }

    /// The entry of a request that is about to be answered with this status.
    pub(crate) fn entry(&self, exchange: &Exchange<'_>, status: u16) -> Entry {
        let mut variables = exchange.journal.take_variables();
        variables.insert("status".to_owned(), status.into());
        variables.insert("requestId".to_owned(), request_id(exchange).into());
        variables.insert("endpointType".to_owned(), "PRIVATE".into());
        let trace = exchange.request.ids.trace.root().to_owned();
        variables.insert("xrayTraceId".to_owned(), trace.into());
        Entry {
            log: self.clone(),
            context: exchange.context().to_value(),
            variables,
            received: exchange.request.received,
        }
    }
}

impl fmt::Debug for AccessLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLog").field("format", &self.format).finish_non_exhaustive()
    }
}

/// A client's own request id is a UUID, or replaced by one; the guide ("Access logging for REST
/// APIs") has the log tell the latter.
fn request_id(exchange: &Exchange<'_>) -> String {
    let request = exchange.request;
    let sent = request.headers.get("x-amzn-requestid");
    match sent.is_some_and(|id| Uuid::try_parse(id).is_err()) {
        true => format!("{}_REPLACED_INVALID_REQUEST_ID", request.ids.request_id),
        false => request.ids.request_id.clone(),
    }
}

/// A line that waits for the end of its answer.
#[derive(Debug)]
pub(crate) struct Entry {
    log: AccessLog,
    context: Value,
    variables: Map<String, Value>,
    received: Timestamp,
}

impl Entry {
    /// Writes the line of an answer that has been sent with this many bytes of body.
    pub(crate) fn sent(mut self, length: u64) {
        let latency = Timestamp::now().duration_since(self.received).as_millis().max(0);
        let latency = u64::try_from(latency).unwrap_or(u64::MAX);
        self.variables.insert("responseLength".to_owned(), length.into());
        self.variables.insert("responseLatency".to_owned(), latency.into());
        let line = self.log.format.line(|variable| self.value(variable));
        (self.log.output)(line);
    }

    /// The text of a variable; `None` where there is no value, or an empty one.
    fn value(&self, variable: &str) -> Option<String> {
        let name = variables::canonical(variable);
        let text = match self.variables.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Null) | None => context::lookup(&self.context, name),
            Some(value) => Some(value.to_string()),
        };
        text.filter(|text| !text.is_empty())
    }
}
