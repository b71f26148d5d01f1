//! What clients have used so far: tokens of throttles, requests of quotas.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::quota::{Quota, Used};
use super::throttle::{Bucket, Throttle};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Whose requests a throttle counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// Those of one API key, by its id, for one method (`/users/GET`).
    KeyAndMethod(String, String),
    /// Those of one API key, by its id.
    Key(String),
    /// Everybody's for one method.
    Method(String),
    /// Everybody's.
    Account,
}

/// Why a request is one too many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Exceeded {
    /// No token is left.
    Throttle(Throttle),
    /// No request is left in this period.
    Quota(Quota),
}

/// Counts requests.
pub(super) struct Meter {
    clock: Clock,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    buckets: HashMap<Client, Bucket>,
    quotas: HashMap<String, Used>,
}

impl Meter {
    /// A meter that has counted nothing.
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, counts: Mutex::default() }
    }

    /// Counts a request, if all of the throttles and the quota of a key have room for it. The
    /// first that has none is the reason; then nothing is counted, since a refused request does
    /// not count towards a quota (observed on AWS).
    pub(super) fn admit(
        &self,
        throttles: &[(Client, Throttle)],
        quota: Option<(&str, Quota)>,
    ) -> Result<(), Exceeded> {
        if throttles.is_empty() && quota.is_none() {
            return Ok(());
        }
        let now = (self.clock)();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for (client, throttle) in throttles {
            let new = || Bucket::full(*throttle, now);
            let bucket = counts.buckets.entry(client.clone()).or_insert_with(new);
            if !bucket.fill(*throttle, now) {
                return Err(Exceeded::Throttle(*throttle));
            }
        }
        if let Some((key, quota)) = quota {
            let new = || Used::nothing(quota, now);
            let used = counts.quotas.entry(key.to_owned()).or_insert_with(new);
            if !used.renew(quota, now) {
                return Err(Exceeded::Quota(quota));
            }
            used.count();
        }
        for (client, _) in throttles {
            if let Some(bucket) = counts.buckets.get_mut(client) {
                bucket.take();
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("counts", &self.counts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::usage_plan::quota::Period;

    /// A meter and the milliseconds its clock shows.
    fn meter() -> (Meter, Arc<AtomicI64>) {
        let milliseconds = Arc::new(AtomicI64::new(1_795_169_472_000));
        let shown = Arc::clone(&milliseconds);
        let clock =
            move || Timestamp::from_millisecond(shown.load(Ordering::Relaxed)).unwrap_or_default();
        (Meter::new(Arc::new(clock)), milliseconds)
    }

    fn throttle(rate: f64, burst: u32) -> Throttle {
        Throttle::new(rate, burst).unwrap()
    }

    #[test]
    fn the_first_throttle_without_a_token_is_the_reason() {
        let (meter, _) = meter();
        let narrow = throttle(1.0, 1);
        let wide = throttle(1.0, 2);
        let throttles =
            [(Client::Key("k".into()), wide), (Client::Method("/a/GET".into()), narrow)];
        assert_eq!(meter.admit(&throttles, None), Ok(()));
        assert_eq!(meter.admit(&throttles, None), Err(Exceeded::Throttle(narrow)));
        // The refused request took no token of the key.
        assert_eq!(meter.admit(&throttles[..1], None), Ok(()));
        assert_eq!(meter.admit(&throttles, None), Err(Exceeded::Throttle(wide)));
    }

    #[test]
    fn a_throttled_request_does_not_count_towards_the_quota() {
        let (meter, milliseconds) = meter();
        let throttles = [(Client::Key("k".into()), throttle(1.0, 1))];
        let quota = Quota { limit: 2, period: Period::Day, offset: 0 };
        let admit = || meter.admit(&throttles, Some(("k", quota)));
        assert_eq!(admit(), Ok(()));
        for _ in 0..5 {
            assert_eq!(admit(), Err(Exceeded::Throttle(throttles[0].1)));
        }
        milliseconds.fetch_add(1000, Ordering::Relaxed);
        assert_eq!(admit(), Ok(()));
        milliseconds.fetch_add(1000, Ordering::Relaxed);
        assert_eq!(admit(), Err(Exceeded::Quota(quota)));
        milliseconds.fetch_add(86_400_000, Ordering::Relaxed);
        assert_eq!(admit(), Ok(()));
    }

    #[test]
    fn clients_do_not_use_up_each_others_tokens() {
        let (meter, _) = meter();
        for key in ["a", "b"] {
            let throttles = [(Client::Key(key.into()), throttle(1.0, 1))];
            assert_eq!(meter.admit(&throttles, None), Ok(()));
        }
    }
}
