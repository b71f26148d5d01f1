//! Where the laptop cloud's words go: standard output, or a buffer that a test reads.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use openapi::{Diagnostic, Source};

use crate::document;

/// A writer of whole lines that functions, reloads and the start share.
#[derive(Clone)]
pub struct Console {
    out: Arc<Mutex<dyn Write + Send>>,
}

impl Console {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self { out: Arc::new(Mutex::new(std::io::stdout())) }
    }

    /// Writes into memory; [`Captured`] reads it back.
    pub fn captured() -> (Self, Captured) {
        let buffer = Arc::new(Mutex::new(Vec::new()));
        (Self { out: buffer.clone() }, Captured { buffer })
    }

    /// Writes `text` and a line end unless it has one. A reader that went away (`local | head`) is
    /// no reason to stop serving, so failures to write are dropped.
    pub fn say(&self, text: impl AsRef<str>) {
        let text = text.as_ref();
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let _ = write!(out, "{text}{end}");
        let _ = out.flush();
    }
}

impl Console {
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
    buffer: Arc<Mutex<Vec<u8>>>,
}

impl Captured {
    /// All of it.
    pub fn text(&self) -> String {
        let buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&buffer).into_owned()
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
