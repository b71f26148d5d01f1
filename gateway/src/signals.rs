//! What asks a program to end: Ctrl-C, SIGTERM, a closed terminal.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask this program to end. While it lives, they no longer end it by themselves.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Listens from the call on, not only once [`Self::next`] is polled.
    ///
    /// # Errors
    /// If the system refuses a listener.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            // A closed terminal must not leave the functions behind.
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next of them.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
