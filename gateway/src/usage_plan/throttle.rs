//! Throttle: a token bucket, as the guide describes it ("Throttle requests to your REST APIs").
//!
//! The bucket holds as many tokens as the burst, is full at first and filled again at the rate;
//! each request takes one. A request that finds none is refused, not delayed.

use std::str::FromStr;

use jiff::Timestamp;

/// How often requests may come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// `rateLimit`: requests per second, on average.
    pub rate: f64,
    /// `burstLimit`: requests at once.
    pub burst: u32,
}

/// Why a text is no throttle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write it as RATE:BURST, requests per second and requests at once, for example 10:5")]
pub struct ThrottleError;

impl FromStr for Throttle {
    type Err = ThrottleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rate, burst) = text.split_once(':').ok_or(ThrottleError)?;
        let rate = rate.trim().parse().map_err(|_| ThrottleError)?;
        let burst = burst.trim().parse().map_err(|_| ThrottleError)?;
        Self::new(rate, burst).ok_or(ThrottleError)
    }
}

impl Throttle {
    /// A throttle; `None` if the rate is negative or not finite.
    pub fn new(rate: f64, burst: u32) -> Option<Self> {
        (rate.is_finite() && rate >= 0.0).then_some(Self { rate, burst })
    }
}

/// Tokens of one client or one method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn full(throttle: Throttle, now: Timestamp) -> Self {
        Self { tokens: f64::from(throttle.burst), filled: now }
    }

    /// Adds the tokens of the time since the last request; whether there is one to take. A clock
    /// that was set back adds nothing.
    pub(super) fn fill(&mut self, throttle: Throttle, now: Timestamp) -> bool {
        let elapsed = now.duration_since(self.filled).as_secs_f64().max(0.0);
        let capacity = f64::from(throttle.burst);
        self.tokens = (self.tokens + elapsed * throttle.rate).min(capacity);
        self.filled = now;
        self.tokens >= 1.0
    }

    /// Takes a token.
    pub(super) fn take(&mut self) {
        self.tokens -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_169_472_000 + milliseconds).unwrap()
    }

    #[test]
    fn a_bucket_allows_its_burst_and_then_its_rate() {
        let throttle = Throttle::new(2.0, 3).unwrap();
        let mut bucket = Bucket::full(throttle, at(0));
        let mut passes = |milliseconds| {
            let passes = bucket.fill(throttle, at(milliseconds));
            if passes {
                bucket.take();
            }
            passes
        };
        assert_eq!([passes(0), passes(0), passes(0), passes(0)], [true, true, true, false]);
        assert_eq!([passes(499), passes(500), passes(501)], [false, true, false]);
        // A long pause fills it up to the burst, no further.
        let later = 60_000;
        assert_eq!(
            [passes(later), passes(later), passes(later), passes(later)],
            [true, true, true, false]
        );
        assert!(!passes(0), "a clock that was set back adds nothing");
    }

    #[test]
    fn throttles_are_written_with_a_colon() {
        assert_eq!("2.5:10".parse(), Ok(Throttle { rate: 2.5, burst: 10 }));
        assert_eq!("0:0".parse(), Ok(Throttle { rate: 0.0, burst: 0 }));
        for text in ["", "10", "10:", ":5", "-1:5", "nan:5", "inf:5", "10:-5", "10:1.5", "a:b"] {
            assert_eq!(text.parse::<Throttle>(), Err(ThrottleError), "{text}");
        }
    }
}
