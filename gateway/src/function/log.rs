//! What functions print, line by line.

use std::io::Write;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{ChildStderr, ChildStdout};

use crate::Backlog;

/// Longer lines are cut in pieces, so that output without line ends cannot fill the memory.
/// CloudWatch cuts at the same size.
const MAX_LINE: usize = 256 * 1024;

/// Receives every line functions print. Called on the worker's task: it must not block, or the
/// worker's output stalls.
pub type LogSink = Arc<dyn Fn(LogLine<'_>) + Send + Sync>;

/// One line of a function's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// The function's name.
    pub function: &'a str,
    /// Who wrote it.
    pub source: LogSource,
    /// The line without its end.
    pub text: &'a str,
}

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// The function, on its standard output.
    Stdout,
    /// The function, on its standard error.
    Stderr,
    /// The emulated Lambda service: failed starts, timeouts, exits.
    Platform,
}

/// A sink that prints to the gateway's stderr, each line prefixed by the function's name. If
/// nobody reads stderr, lines are dropped and counted.
pub fn stderr() -> LogSink {
    writer(std::io::stderr())
}

fn writer(out: impl Write + Send + 'static) -> LogSink {
    let backlog = Backlog::new(out);
    Arc::new(move |line| backlog.say(format!("[{}] {}\n", line.function, line.text)))
}

/// Forwards both streams of a process until both end.
pub(super) async fn forward(
    function: String,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    sink: LogSink,
) {
    tokio::join!(
        forward_stream(&function, LogSource::Stdout, stdout, &sink),
        forward_stream(&function, LogSource::Stderr, stderr, &sink),
    );
}

async fn forward_stream(
    function: &str,
    source: LogSource,
    stream: Option<impl AsyncRead + Unpin>,
    sink: &LogSink,
) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut pending = Vec::new();
    let emit = |bytes: &[u8]| {
        let line = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        sink(LogLine { function, source, text: &String::from_utf8_lossy(line) });
    };
    // An error of the pipe ends the stream as its end does.
    while let Ok(chunk) = reader.fill_buf().await {
        if chunk.is_empty() {
            break;
        }
        let length = chunk.len();
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            pending.extend_from_slice(&rest[..end]);
            emit(&pending);
            pending.clear();
            rest = &rest[end + 1..];
        }
        pending.extend_from_slice(rest);
        if pending.len() >= MAX_LINE {
            emit(&pending);
            pending.clear();
        }
        reader.consume(length);
    }
    if !pending.is_empty() {
        emit(&pending);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    async fn lines(input: &[u8]) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&seen);
        let sink: LogSink = Arc::new(move |line| copy.lock().unwrap().push(line.text.to_owned()));
        forward_stream("f", LogSource::Stdout, Some(input), &sink).await;
        let lines = seen.lock().unwrap_or_else(PoisonError::into_inner);
        lines.clone()
    }

    #[tokio::test]
    async fn output_is_split_at_line_ends() {
        assert_eq!(lines(b"one\r\ntwo\n\nlast").await, ["one", "two", "", "last"]);
        assert_eq!(lines(b"").await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn bytes_that_are_not_text_are_replaced() {
        assert_eq!(lines(b"a\xffb\n").await, ["a\u{fffd}b"]);
    }

    #[tokio::test]
    async fn endless_lines_come_in_pieces() {
        let pieces = lines(&vec![b'x'; 2 * MAX_LINE + 5]).await;
        assert!(pieces.len() >= 2);
        assert_eq!(pieces.iter().map(String::len).sum::<usize>(), 2 * MAX_LINE + 5);
    }

    #[test]
    fn the_writer_prefixes_lines_and_has_written_all_when_dropped() {
        struct Shared(Arc<Mutex<Vec<u8>>>);
        impl Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = writer(Shared(Arc::clone(&written)));
        sink(LogLine { function: "users", source: LogSource::Stderr, text: "hello" });
        drop(sink);
        assert_eq!(*written.lock().unwrap(), b"[users] hello\n");
    }
}
