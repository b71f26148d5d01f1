//! Execution log: one request, stage by stage, in the wording of API Gateway's own (`--trace`).
//!
//! API Gateway writes each line with the request's id in front; on a terminal, where requests run
//! at the same time, a block per request reads better. A block is written at once when its request
//! has been answered.

mod secrets;
mod stages;

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Instant;

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

/// Where execution logs go.
#[derive(Clone)]
pub struct ExecutionLog {
    output: LogOutput,
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
        Self { output }
    }

    /// Writes the block of a request: its id and when it came in, then each line with the time
    /// since the first.
    pub(crate) fn write(&self, request: &Request, lines: &[Line], secrets: &Secrets) {
        let Some(first) = lines.first() else { return };
        let mut block = format!(
            "Execution log for request {} of {:.3}\n",
            request.ids.request_id, request.received
        );
        for line in lines {
            let since = line.at.saturating_duration_since(first.at).as_secs_f64() * 1000.0;
            // Writing to a string cannot fail.
            let _ = writeln!(block, "{since:>8.1} ms  {}", shown(&line.text, secrets));
        }
        block.push('\n');
        (self.output)(block);
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
        log.write(&request, &lines, &Secrets::default());
        assert_eq!(
            *written.lock().unwrap(),
            "Execution log for request r-1 of 2026-11-20T10:11:12.123Z\n     \
             0.0 ms  HTTP Method: GET, Resource Path: /a\n     \
             1.6 ms  a body of\n             two lines\n\n"
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
