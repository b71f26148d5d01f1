//! What happened to one request, stage by stage, for the access log and the execution log.
//!
//! Stages say what they find out: [`Journal::line`] in the wording of API Gateway's execution log,
//! [`Journal::set`] as a variable of the access log. What a backend is sent and answers has methods
//! of its own, so that it reads alike whatever the backend is.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::execution_log::{Line, Secrets, is_secret, masked};
use crate::headers::Headers;

/// Collects while a request is executed. Cheap where nobody will read it: lines are made only if
/// the execution log is on, variables kept only if the access log is.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// `None` while the execution log is off.
    execution: Option<Mutex<Execution>>,
    /// Variables only logs know, such as `integration.status`, by their dotted name; `None` while
    /// the access log is off.
    variables: Option<Mutex<Map<String, Value>>>,
}

/// What the execution log will show.
#[derive(Debug, Default)]
struct Execution {
    lines: Vec<Line>,
    secrets: Secrets,
}

impl Journal {
    /// A journal that keeps what the logs that are on will show.
    pub(crate) fn new(execution_log: bool, access_log: bool) -> Self {
        Self {
            execution: execution_log.then(Mutex::default),
            variables: access_log.then(Mutex::default),
        }
    }

    /// Adds a line in the wording of API Gateway's execution log. Headers that carry credentials
    /// are hidden in every line; other secrets are to be named with [`secret`](Self::secret).
    pub(crate) fn line(&self, line: impl FnOnce() -> String) {
        if let Some(execution) = &self.execution {
            let line = Line { at: Instant::now(), text: line() };
            lock(execution).lines.push(line);
        }
    }

    /// Has every line hide a text, also those from before.
    pub(crate) fn secret(&self, secret: &str) {
        if let Some(execution) = &self.execution {
            lock(execution).secrets.add(secret);
        }
    }

    /// Sets a variable of the access log, for example `authorizer.status`.
    pub(crate) fn set(&self, name: &str, value: impl Into<Value>) {
        if let Some(variables) = &self.variables {
            lock(variables).insert(name.to_owned(), value.into());
        }
    }

    /// Sets a variable unless a stage that knows better has.
    pub(crate) fn set_default(&self, name: &str, value: impl Into<Value>) {
        if let Some(variables) = &self.variables {
            lock(variables).entry(name).or_insert_with(|| value.into());
        }
    }

    /// A backend is about to be sent this.
    pub(crate) fn endpoint_request(&self, uri: &str, headers: &Headers, body: &[u8]) {
        self.hide(headers);
        self.line(|| format!("Endpoint request URI: {uri}"));
        self.line(|| format!("Endpoint request headers: {}", listed(headers.iter())));
        self.line(|| format!("Endpoint request body after transformations: {}", legible(body)));
        self.line(|| format!("Sending request to {uri}"));
    }

    /// A backend has answered this, so long after it was asked. Sets `integration.latency` (in
    /// milliseconds), `integration.status` and `integration.integrationStatus`, which a stage that
    /// finds another status in the body sets anew.
    pub(crate) fn endpoint_response(
        &self,
        status: u16,
        latency: Duration,
        headers: &Headers,
        body: &[u8],
    ) {
        let latency = milliseconds(latency);
        self.set("integration.latency", latency);
        self.set("integration.status", status);
        self.set("integration.integrationStatus", status);
        self.set_default("integration.responseTransferMode", "BUFFERED");
        self.hide(headers);
        self.line(|| {
            format!("Received response. Status: {status}, Integration latency: {latency} ms")
        });
        self.line(|| format!("Endpoint response headers: {}", listed(headers.iter())));
        self.line(|| format!("Endpoint response body before transformations: {}", legible(body)));
    }

    /// Has every line hide the credentials among these headers.
    pub(crate) fn hide(&self, headers: &Headers) {
        if let Some(execution) = &self.execution {
            lock(execution).secrets.add_fields(headers.iter());
        }
    }

    /// Has every line hide the passwords and tokens in this body, if it is JSON.
    pub(crate) fn hide_members(&self, body: &[u8]) {
        if let Some(execution) = &self.execution
            && body.len() <= MAX_LEGIBLE_BYTES
            && let Ok(body) = serde_json::from_slice(body)
        {
            lock(execution).secrets.add_members(&body);
        }
    }

    /// Has every line hide the credentials among these query parameters.
    pub(crate) fn hide_parameters<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
        if let Some(execution) = &self.execution {
            lock(execution).secrets.add_fields(pairs);
        }
    }

    /// The lines of the execution log, and what they must not show.
    pub(crate) fn take_lines(&self) -> (Vec<Line>, Secrets) {
        let Some(execution) = &self.execution else { return Default::default() };
        let Execution { lines, secrets } = std::mem::take(&mut *lock(execution));
        (lines, secrets)
    }

    /// The variables only logs know.
    pub(crate) fn take_variables(&self) -> Map<String, Value> {
        self.variables
            .as_ref()
            .map(|variables| std::mem::take(&mut *lock(variables)))
            .unwrap_or_default()
    }
}

/// Names and values as the execution log lists them: `{a=1, b=2}`.
pub(crate) fn listed<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::from("{");
    for (index, (name, value)) in pairs.enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = match is_secret(name) {
            true => write!(text, "{separator}{name}={}", masked(value)),
            false => write!(text, "{separator}{name}={value}"),
        };
    }
    text.push('}');
    text
}

/// How much of a body is looked at: many times what a line shows, so that what is hidden in it leaves
/// enough.
const MAX_LEGIBLE_BYTES: usize = 64 * 1024;

/// A body as a line shows it, or its beginning if it is much longer than lines are.
pub(crate) fn legible(body: &[u8]) -> String {
    let beginning = body.get(..MAX_LEGIBLE_BYTES).unwrap_or(body);
    match std::str::from_utf8(beginning) {
        Ok(text) => text.to_owned(),
        // Cut within a character.
        Err(error) if error.error_len().is_none() && beginning.len() < body.len() => {
            String::from_utf8_lossy(&beginning[..error.valid_up_to()]).into_owned()
        }
        Err(_) => format!("[Binary Data: {} bytes]", body.len()),
    }
}

/// Whole milliseconds, as logs tell durations.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_body_the_beginning_is_legible_whatever_character_it_ends_in() {
        let body = format!("a{}", "ä".repeat(MAX_LEGIBLE_BYTES));
        let text = legible(body.as_bytes());
        assert_eq!(text.len(), MAX_LEGIBLE_BYTES - 1);
        assert!(body.starts_with(&text));
        assert_eq!(legible(&[0xff; 3]), "[Binary Data: 3 bytes]");
        assert_eq!(legible(&[b'a', 0xc3]), "[Binary Data: 2 bytes]");
    }
}
