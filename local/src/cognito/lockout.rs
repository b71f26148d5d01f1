//! How long a name is locked after wrong passwords: `2^(n-5)` seconds after the n-th, from the fifth
//! on, up to 15 minutes; 15 minutes without an attempt forget them all (Cognito developer guide,
//! "Lockout behavior for failed sign-in attempts"). Names that nobody has are locked as well, so
//! that a lock tells nothing.

/// Wrong passwords before the first lock.
const FREE: u32 = 5;

/// The longest lock, and how long attempts are remembered; in milliseconds.
pub(super) const LONGEST: i64 = 15 * 60 * 1000;

/// Attempts under one name. Times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attempts {
    /// How many failed.
    pub(super) failures: u32,
    pub(super) locked_until: i64,
    pub(super) last_at: i64,
}

impl Attempts {
    /// Whether no password is looked at now.
    pub(super) fn are_exceeded(&self, now: i64) -> bool {
        !self.are_forgotten(now) && now < self.locked_until
    }

    /// After an attempt that failed.
    pub(super) fn failed(self, now: i64) -> Self {
        let failures = if self.are_forgotten(now) { 1 } else { self.failures.saturating_add(1) };
        let lock = match failures.checked_sub(FREE) {
            Some(doublings) => 1_i64.checked_shl(doublings).map_or(LONGEST, |seconds| {
                if doublings < 32 { (seconds * 1000).min(LONGEST) } else { LONGEST }
            }),
            None => 0,
        };
        Self { failures, locked_until: now + lock, last_at: now }
    }

    /// After an attempt during a lock, which changes nothing but the time of the last.
    pub(super) fn ignored(self, now: i64) -> Self {
        Self { last_at: now, ..self }
    }

    fn are_forgotten(&self, now: i64) -> bool {
        now - self.last_at >= LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_double_from_the_fifth_failure_up_to_15_minutes() {
        let mut attempts = Attempts::default();
        let mut now = 1_000_000_000;
        let mut locks = Vec::new();
        for _ in 0..60 {
            assert!(!attempts.are_exceeded(now));
            attempts = attempts.failed(now);
            locks.push((attempts.locked_until - now) / 1000);
            now = attempts.locked_until.min(now + LONGEST - 1).max(now);
            if attempts.locked_until > now {
                attempts = Attempts { locked_until: now, ..attempts };
            }
        }
        assert_eq!(locks[..8], [0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(locks[13..15], [512, 900]);
        assert_eq!(locks[59], 900);
    }

    #[test]
    fn fifteen_quiet_minutes_forget_everything() {
        let attempts = Attempts { failures: 7, locked_until: 4_000, last_at: 0 };
        assert!(attempts.are_exceeded(3_999) && !attempts.are_exceeded(4_000));
        assert_eq!(attempts.failed(LONGEST - 1).failures, 8);
        assert_eq!(attempts.failed(LONGEST).failures, 1);
        assert_eq!(attempts.ignored(100).locked_until, 4_000);
    }
}
