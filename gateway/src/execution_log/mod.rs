//! Execution log: one request, stage by stage, in the wording of API Gateway's own (`--trace`).
//!
//! API Gateway writes each line with the request's id in front; on a terminal, where requests run
//! at the same time, a block per request reads better. A block is written at once when its request
//! has been answered.

mod secrets;
mod stages;

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::request::Request;
pub(crate) use secrets::{Secrets, is_secret, masked};
pub(crate) use stages::{answered, method_request, outside, received, refused};

/// Takes whole lines, each with its end, and does not wait until they are read.
pub type LogOutput = Arc<dyn Fn(String) + Send + Sync>;

/// Longest line (guide, "Execution logging for REST APIs": events are truncated at 1 KB).
const MAX_LINE_BYTES: usize = 1024;
/// What ends a line that was cut, as captured from AWS.
const TRUNCATED: &str = " [TRUNCATED]";
/// Room for the time in front of a line.
const INDENT: &str = "             ";

/// A request that has been answered, and what its log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What the caller saw as `x-amzn-RequestId`.
    pub request_id: String,
    /// When it came in.
    pub received: Timestamp,
    /// Its verb, as it was sent.
    pub method: String,
    /// Its path with the stage, without the query string; secrets are hidden.
    pub path: String,
    /// The path template it selected, if it got as far.
    pub resource: Option<String>,
    /// Status of the answer.
    pub status: u16,
    /// From the first stage to the answer.
    pub duration: Duration,
    /// A line per event, each with the milliseconds since the first; secrets are hidden.
    pub log: String,
}

/// Hears of each request when its answer is about to be sent, and does not keep it waiting.
pub type ExecutionListener = Arc<dyn Fn(Execution) + Send + Sync>;

/// Where execution logs go; by default nowhere.
#[derive(Clone, Default)]
pub struct ExecutionLog {
    output: Option<LogOutput>,
    listener: Option<ExecutionListener>,
}

/// What a request selected, and what it was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'a> {
    /// The path template; empty if none was found.
    pub(crate) resource: &'a str,
    pub(crate) status: u16,
}

/// One line of an execution log.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) text: String,
}

impl ExecutionLog {
    /// A log that goes there.
    pub fn new(output: LogOutput) -> Self {
        Self { output: Some(output), listener: None }
    }

    /// The same log, and somebody hears of each request as well.
    #[must_use]
    pub fn with_listener(self, listener: ExecutionListener) -> Self {
        Self { listener: Some(listener), ..self }
    }

    /// Writes the block of a request: its id and when it came in, then each line with the time
    /// since the first.
    pub(crate) fn write(
        &self,
        request: &Request,
        outcome: Outcome<'_>,
        lines: &[Line],
        secrets: &Secrets,
    ) {
        let Some(first) = lines.first() else { return };
        let (id, received) = (&request.ids.request_id, request.received);
        let duration = first.at.elapsed();
        let mut log = String::new();
        for line in lines {
            let since = line.at.saturating_duration_since(first.at).as_secs_f64() * 1000.0;
            // Writing to a string cannot fail.
            let _ = writeln!(log, "{since:>8.1} ms  {}", shown(&line.text, secrets));
        }
        if let Some(output) = &self.output {
            output(format!("Execution log for request {id} of {received:.3}\n{log}\n"));
        }
        if let Some(listener) = &self.listener {
            listener(Execution {
                request_id: id.clone(),
                received,
                method: shown(&request.method, secrets),
                path: shown(&request.path, secrets),
                resource: Some(outcome.resource.to_owned()).filter(|path| !path.is_empty()),
                status: outcome.status,
                duration,
                log,
            });
        }
    }
}

impl fmt::Debug for ExecutionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExecutionLog")
    }
}

/// A line without its secrets, of bounded length, and without characters that terminals act on.
fn shown(text: &str, secrets: &Secrets) -> String {
    let text = secrets.hide(text);
    let mut shown = String::with_capacity(text.len().min(MAX_LINE_BYTES + TRUNCATED.len()));
    for character in cut(&text).chars() {
        match character {
            '\n' => {
                shown.push('\n');
                shown.push_str(INDENT);
            }
            '\t' => shown.push('\t'),
            '\r' => {}
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    if text.len() > MAX_LINE_BYTES {
        shown.push_str(TRUNCATED);
    }
    shown
}

fn cut(text: &str) -> &str {
    if text.len() <= MAX_LINE_BYTES {
        return text;
    }
    &text[..text.floor_char_boundary(MAX_LINE_BYTES)]
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::headers::Headers;

    #[test]
    fn a_block_names_its_request_and_tells_when_each_line_was_said() {
        let written = Arc::new(Mutex::new(String::new()));
        let buffer = Arc::clone(&written);
        let log = ExecutionLog::new(Arc::new(move |text| buffer.lock().unwrap().push_str(&text)));
        let mut request = Request::new("GET", "/dev/a", Headers::new(), "");
        request.ids.request_id = "r-1".to_owned();
        request.received = jiff::Timestamp::from_millisecond(1_795_169_472_123).unwrap();
        let at = Instant::now();
        let lines = [
            Line { at, text: "HTTP Method: GET, Resource Path: /a".to_owned() },
            Line { at: at + Duration::from_micros(1550), text: "a body of\ntwo lines".to_owned() },
        ];
        let outcome = Outcome { resource: "/a", status: 200 };
        log.write(&request, outcome, &lines, &Secrets::default());
        assert_eq!(
            *written.lock().unwrap(),
            "Execution log for request r-1 of 2026-11-20T10:11:12.123Z\n     \
             0.0 ms  HTTP Method: GET, Resource Path: /a\n     \
             1.6 ms  a body of\n             two lines\n\n"
        );
    }

    #[test]
    fn a_listener_hears_of_a_request_without_its_secrets() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let log = ExecutionLog::default()
            .with_listener(Arc::new(move |execution| ear.lock().unwrap().push(execution)));
        let mut secrets = Secrets::default();
        secrets.add("hidden-in-the-path");
        let request = Request::new("GET", "/dev/hidden-in-the-path?token=a", Headers::new(), "");
        let lines = [Line { at: Instant::now(), text: "of hidden-in-the-path".to_owned() }];
        log.write(&request, Outcome { resource: "", status: 403 }, &lines, &secrets);
        let heard = heard.lock().unwrap();
        let [execution] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!((execution.path.as_str(), execution.status), ("/dev/******", 403));
        assert_eq!(
            (execution.resource.as_deref(), execution.log.as_str()),
            (None, "     0.0 ms  of ******\n")
        );
    }

    #[test]
    fn long_lines_are_cut_with_a_note() {
        let text = shown(&"ä".repeat(600), &Secrets::default());
        assert_eq!(text, format!("{} [TRUNCATED]", "ä".repeat(512)));
        assert_eq!(shown("short", &Secrets::default()), "short");
    }

    /// Else a client could write to the terminal of whoever looks.
    #[test]
    fn terminal_sequences_are_made_visible() {
        assert_eq!(shown("a\u{1b}[2Jb", &Secrets::default()), "a\\u{1b}[2Jb");
    }

    #[test]
    fn a_secret_is_hidden_before_the_line_is_cut() {
        let mut secrets = Secrets::default();
        let secret = "s".repeat(40);
        secrets.add(&secret);
        let text = format!("{}{secret}", "a".repeat(MAX_LINE_BYTES - 20));
        assert!(!shown(&text, &secrets).contains("sssssss"));
    }
}
