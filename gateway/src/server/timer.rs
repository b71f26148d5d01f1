//! Timeouts of a connection.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// How long a client may take no byte of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// A timeout that runs from when it is armed.
#[derive(Debug, Default)]
pub(super) struct Timer {
    armed: Option<Duration>,
    /// Kept while disarmed: to put off a timer is cheaper than to register another with every request.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Starts the timeout unless it runs already.
    pub(super) fn arm(&mut self, duration: Duration) {
        if self.armed == Some(duration) {
            return;
        }
        self.armed = Some(duration);
        let end = Instant::now() + duration;
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(end),
            None => self.sleep = Some(Box::pin(tokio::time::sleep_until(end))),
        }
    }

    pub(super) fn disarm(&mut self) {
        self.armed = None;
    }

    pub(super) fn poll_elapsed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.sleep {
            Some(sleep) if self.armed.is_some() => sleep.as_mut().poll(cx),
            _ => Poll::Pending,
        }
    }

    /// Turns a write that stalls longer than [`WRITE_TIMEOUT`] into an error.
    pub(super) fn limit_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_pending() {
            self.arm(WRITE_TIMEOUT);
            ready!(self.poll_elapsed(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.disarm();
        written
    }
}
