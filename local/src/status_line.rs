//! The last line of a terminal: it says what is under way, and every other line goes above it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// To the line's start, and clear it.
const CLEAR: &[u8] = b"\r\x1b[K";

/// What is longer than the terminal is wide must not break into lines, which could not be cleared.
const NO_WRAP: &[u8] = b"\x1b[?7l";
const WRAP: &[u8] = b"\x1b[?7h";

/// What the line is to say; nothing shows no line.
#[derive(Clone, Default)]
pub(crate) struct Status {
    text: Arc<Mutex<String>>,
}

impl Status {
    /// Has the line say this, from the next flush of the screen on.
    pub(crate) fn set(&self, text: String) {
        *self.text.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    fn get(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A terminal whose last line is the status. What is written ends in a line end, and is flushed.
pub(crate) struct Screen<W> {
    out: W,
    status: Status,
    is_shown: bool,
}

impl<W: Write> Screen<W> {
    pub(crate) fn new(out: W, status: Status) -> Self {
        Self { out, status, is_shown: false }
    }

    fn clear(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_shown) { self.out.write_all(CLEAR) } else { Ok(()) }
    }
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.clear()?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.clear()?;
        let text = self.status.get();
        if !text.is_empty() {
            self.is_shown = true;
            for part in [NO_WRAP, text.as_bytes(), WRAP] {
                self.out.write_all(part)?;
            }
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_above_the_status_which_goes_when_there_is_none() {
        let status = Status::default();
        let mut screen = Screen::new(Vec::new(), status.clone());
        screen.write_all(b"one\n").unwrap();
        screen.flush().unwrap();
        status.set("busy".to_owned());
        screen.flush().unwrap();
        screen.write_all(b"two\n").unwrap();
        screen.flush().unwrap();
        status.set(String::new());
        screen.flush().unwrap();
        let shown = "\x1b[?7lbusy\x1b[?7h";
        let expected = format!("one\n{shown}\r\x1b[Ktwo\n{shown}\r\x1b[K");
        assert_eq!(String::from_utf8(screen.out).unwrap(), expected);
    }
}
