//! The time, in milliseconds since 1970.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's clock, which tests set forward.
#[derive(Debug, Default)]
pub(super) struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    pub(super) fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis())
            .unwrap_or(i64::MAX)
            .saturating_add(self.ahead.load(Relaxed))
    }

    #[cfg(test)]
    pub(super) fn advance(&self, seconds: i64) {
        self.ahead.fetch_add(seconds * 1000, Relaxed);
    }
}
