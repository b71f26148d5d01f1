//! Quota: requests of one API key per day, week or month. Days are those of UTC.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// How many requests may come in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// `limit`: requests in one period.
    pub limit: u64,
    /// `period`
    pub period: Period,
    /// `offset`: the day on which a period starts, from 0: of a week the days after Sunday, of a
    /// month those after the first. So the SDKs say; the API reference has it as a number of
    /// requests, which the ranges it is checked for do not fit.
    pub offset: u8,
}

/// What a quota is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// `DAY`
    Day,
    /// `WEEK`
    Week,
    /// `MONTH`
    Month,
}

impl Period {
    /// The period of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "DAY" => Some(Self::Day),
            "WEEK" => Some(Self::Week),
            "MONTH" => Some(Self::Month),
            _ => None,
        }
    }

    /// As the execution log writes it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        }
    }

    /// The largest offset.
    pub(super) const fn max_offset(self) -> u8 {
        match self {
            Self::Day => 0,
            Self::Week => 6,
            Self::Month => 27,
        }
    }
}

impl Quota {
    /// The first day of the period an instant is in.
    fn period_start(self, now: Timestamp) -> Date {
        let today = now.to_zoned(TimeZone::UTC).date();
        let offset = i64::from(self.offset);
        let days = match self.period {
            Period::Day => 0,
            Period::Week => {
                let since_sunday = i64::from(today.weekday().to_sunday_zero_offset());
                (since_sunday - offset).rem_euclid(7)
            }
            Period::Month => {
                let since_first = i64::from(today.day()) - 1;
                let month_before = today.first_of_month().saturating_sub(1.day());
                match since_first - offset {
                    days @ 0.. => days,
                    // It started in the month before.
                    days => days + i64::from(month_before.day()),
                }
            }
        };
        today.saturating_sub(days.days())
    }
}

/// What of a quota is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    since: Date,
    requests: u64,
}

impl Used {
    /// Nothing yet.
    pub(super) fn nothing(quota: Quota, now: Timestamp) -> Self {
        Self { since: quota.period_start(now), requests: 0 }
    }

    /// Starts anew in a new period; whether a request is left.
    pub(super) fn renew(&mut self, quota: Quota, now: Timestamp) -> bool {
        let start = quota.period_start(now);
        if start > self.since {
            *self = Self { since: start, requests: 0 };
        }
        self.requests < quota.limit
    }

    /// Counts a request.
    pub(super) fn count(&mut self) {
        self.requests += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(period: Period, offset: u8, now: &str) -> String {
        let quota = Quota { limit: 1, period, offset };
        quota.period_start(now.parse().unwrap()).to_string()
    }

    #[test]
    fn periods_start_on_their_day() {
        // A Saturday.
        let now = "2026-11-21T23:59:59Z";
        for (period, offset, expected) in [
            (Period::Day, 0, "2026-11-21"),
            (Period::Week, 0, "2026-11-15"),
            (Period::Week, 1, "2026-11-16"),
            (Period::Week, 6, "2026-11-21"),
            (Period::Month, 0, "2026-11-01"),
            (Period::Month, 20, "2026-11-21"),
            (Period::Month, 21, "2026-10-22"),
            (Period::Month, 27, "2026-10-28"),
        ] {
            assert_eq!(start(period, offset, now), expected, "{period:?} {offset}");
        }
        assert_eq!(start(Period::Month, 27, "2026-03-01T00:00:00Z"), "2026-02-28");
    }

    #[test]
    fn a_new_period_renews_a_quota() {
        let quota = Quota { limit: 2, period: Period::Day, offset: 0 };
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let evening = at("2026-11-21T23:00:00Z");
        let mut used = Used::nothing(quota, evening);
        for left in [true, true, false] {
            assert_eq!(used.renew(quota, evening), left);
            used.count();
        }
        assert!(used.renew(quota, at("2026-11-22T00:00:00Z")));
    }
}
