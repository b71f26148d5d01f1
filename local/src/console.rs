//! Where the laptop cloud's words go: standard output, or a buffer that a test reads.

use std::fmt;
use std::io::IsTerminal as _;
use std::sync::Arc;

use gateway::Backlog;
use openapi::{Diagnostic, Source};
use tokio::sync::watch;

use crate::document;
use crate::status_line::{Screen, Status};

/// A writer of whole lines that functions, reloads and the start share.
#[derive(Clone)]
pub struct Console {
    out: Out,
}

#[derive(Clone)]
enum Out {
    Stdout(Arc<Backlog>, Option<Status>),
    Memory(watch::Sender<String>),
}

impl Console {
    /// Writes to standard output. A reader that went away (`local | head`) or does not read
    /// (`local | less`) is no reason to stop serving.
    pub fn stdout() -> Self {
        let out = std::io::stdout();
        if !out.is_terminal() {
            return Self { out: Out::Stdout(Arc::new(Backlog::new(out)), None) };
        }
        let status = Status::default();
        let screen = Screen::new(out, status.clone());
        Self { out: Out::Stdout(Arc::new(Backlog::new(screen)), Some(status)) }
    }

    /// Writes into memory; [`Captured`] reads it back.
    pub fn captured() -> (Self, Captured) {
        let (out, text) = watch::channel(String::new());
        (Self { out: Out::Memory(out) }, Captured { text })
    }

    /// Writes `text` and a line end unless it has one.
    pub fn say(&self, text: impl AsRef<str>) {
        let text = text.as_ref();
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let text = format!("{text}{end}");
        match &self.out {
            Out::Stdout(backlog, _) => backlog.say(text),
            Out::Memory(buffer) => buffer.send_modify(|buffer| buffer.push_str(&text)),
        }
    }
}

impl Console {
    /// Has the last line of a terminal say what is under way; nothing takes the line away. Whoever
    /// reads it otherwise has the lines of before and after.
    pub(crate) fn show(&self, status: String) {
        if let Out::Stdout(backlog, Some(line)) = &self.out {
            line.set(status);
            // Drawn whenever something is written, were it nothing.
            backlog.say(String::new());
        }
    }

    /// Writes findings about a document, if there are any.
    pub(crate) fn say_findings(&self, source: &Source, findings: &[Diagnostic]) {
        if !findings.is_empty() {
            self.say(document::render(source, findings).trim_end());
        }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

/// What was said to a captured [`Console`] so far.
#[derive(Clone, Debug)]
pub struct Captured {
    text: watch::Receiver<String>,
}

impl Captured {
    /// All of it.
    pub fn text(&self) -> String {
        self.text.borrow().clone()
    }

    /// Waits until it is as expected; not at all once there is nobody left to say anything.
    pub async fn until(&self, expected: impl FnMut(&String) -> bool) {
        let _ = self.text.clone().wait_for(expected).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_ends_its_line_once() {
        let (console, captured) = Console::captured();
        console.say("one");
        console.say("two\n");
        assert_eq!(captured.text(), "one\ntwo\n");
    }
}
