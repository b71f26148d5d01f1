//! The error documents Lambda answers for a function that failed, in Lambda's words.
//!
//! Shapes and texts follow the Runtime Interface Emulator (`interop/model.go`, `rapid/handlers.go`)
//! and payloads captured from the service.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::MAX_PAYLOAD;
use super::job::{Answer, Event};
use crate::invoke::{Invocation, InvokeError};

/// Why a worker never asked for its first invocation.
#[derive(Clone, Debug)]
pub(super) enum StartFailure {
    /// The process could not be created at all.
    Command(String),
    /// It exited.
    Exited(Exit),
    /// It posted `/runtime/init/error`; its own error document.
    Reported(Bytes),
    /// It was still busy when time was up.
    TimedOut(Duration),
}

impl StartFailure {
    /// What the invocation that needed the worker gets.
    pub(super) fn answer(&self, event: &Event) -> Answer {
        match self {
            Self::Command(why) => Err(InvokeError::Start(why.clone())),
            Self::Exited(exit) => Ok(exited(event, *exit)),
            Self::Reported(document) => Ok(failed(document.clone())),
            Self::TimedOut(limit) => Ok(timed_out(event, *limit)),
        }
    }

    /// Lambda runs a failed initialisation once more; a command that cannot run stays so.
    pub(super) fn is_worth_a_retry(&self) -> bool {
        !matches!(self, Self::Command(_))
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(why) => f.write_str(why),
            Self::Exited(exit) => write!(f, "{exit} (before it asked for its first event)"),
            Self::Reported(document) => {
                write!(f, "reported an init error: {}", String::from_utf8_lossy(document))
            }
            Self::TimedOut(limit) => write!(
                f,
                "did not ask for its first event (GET /runtime/invocation/next) within {:.2} seconds",
                limit.as_secs_f64()
            ),
        }
    }
}

/// How a process ended, told as Lambda does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exit(pub(super) Option<ExitStatus>);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.0.filter(|status| !status.success());
        let Some(status) = status else {
            return f.write_str("Runtime exited without providing a reason");
        };
        f.write_str("Runtime exited with error: ")?;
        match (status.code(), status.signal()) {
            (Some(code), _) => write!(f, "exit status {code}")?,
            (None, Some(signal)) => f.write_str(&signal_name(signal))?,
            (None, None) => f.write_str("unknown reason")?,
        }
        f.write_str(if status.core_dumped() { " (core dumped)" } else { "" })
    }
}

/// The names Go gives signals, since Lambda's messages come from Go.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        other => return format!("signal: signal {other}"),
    };
    format!("signal: {name}")
}

/// The process ended while it had an invocation.
pub(super) fn exited(event: &Event, exit: Exit) -> Invocation {
    document("Runtime.ExitError", &format!("RequestId: {} Error: {exit}", event.request_id))
}

/// The invocation ran longer than the function's timeout.
pub(super) fn timed_out(event: &Event, limit: Duration) -> Invocation {
    let message = format!(
        "RequestId: {} Error: Task timed out after {:.2} seconds",
        event.request_id,
        limit.as_secs_f64()
    );
    document("Sandbox.Timedout", &message)
}

/// The function answered with more than Lambda carries.
pub(super) fn response_too_large(size: u64) -> Invocation {
    let message = format!(
        "Response payload size ({size} bytes) exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
    );
    document("Function.ResponseSizeTooLarge", &message)
}

/// The connection broke in the middle of the response.
pub(super) fn truncated(event: &Event) -> Invocation {
    let message =
        format!("RequestId: {} Error: HTTP request detected as truncated", event.request_id);
    document("Runtime.TruncatedResponse", &message)
}

/// The runtime asked for a response mode that does not exist here.
pub(super) fn response_mode(event: &Event, mode: &str) -> Invocation {
    let message = format!(
        "RequestId: {} Error: response mode '{mode}' is not supported: only buffered responses are",
        event.request_id
    );
    document("Runtime.InvalidResponseModeHeader", &message)
}

/// The error document a function posted. Lambda passes it on as it is; one without content gets
/// at least a type.
pub(super) fn reported(document_text: Bytes, error_type: Option<&str>) -> Invocation {
    if document_text.is_empty() {
        let error_type = known_error_type(error_type.unwrap_or_default());
        return document(&error_type, "");
    }
    failed(document_text)
}

/// `Runtime.X` and `Function.X` stay, anything else becomes one of two unknowns
/// (the emulator's `fatalerror` package).
fn known_error_type(text: &str) -> String {
    let (family, name) = text.split_once('.').unwrap_or(("", ""));
    let well_formed = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphabetic());
    match family {
        "Runtime" | "Function" if well_formed => text.to_owned(),
        "Function" => "Function.Unknown".to_owned(),
        _ => "Runtime.Unknown".to_owned(),
    }
}

fn document(error_type: &str, message: &str) -> Invocation {
    let document = json!({ "errorType": error_type, "errorMessage": message });
    failed(Bytes::from(document.to_string()))
}

fn failed(payload: Bytes) -> Invocation {
    Invocation { payload, function_error: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_are_told_as_lambda_tells_them() {
        let told = |raw| Exit(Some(ExitStatus::from_raw(raw))).to_string();
        assert_eq!(told(0), "Runtime exited without providing a reason");
        assert_eq!(told(1 << 8), "Runtime exited with error: exit status 1");
        assert_eq!(told(9), "Runtime exited with error: signal: killed");
        assert_eq!(told(6 | 0x80), "Runtime exited with error: signal: aborted (core dumped)");
        assert_eq!(told(40), "Runtime exited with error: signal: signal 40");
    }

    #[test]
    fn unknown_error_types_are_mapped_to_two_families() {
        assert_eq!(known_error_type("Runtime.UnhandledException"), "Runtime.UnhandledException");
        assert_eq!(known_error_type("Function.bad"), "Function.Unknown");
        assert_eq!(known_error_type("Unhandled"), "Runtime.Unknown");
    }

    #[test]
    fn a_posted_document_is_passed_on_as_it_is() {
        let posted = Bytes::from_static(b"not json");
        assert_eq!(reported(posted.clone(), None).payload, posted);
        let empty = reported(Bytes::new(), Some("Function.Broken"));
        assert_eq!(empty.payload, r#"{"errorType":"Function.Broken","errorMessage":""}"#);
    }
}
