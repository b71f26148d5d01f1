//! How long and how often one tries.

use std::time::Duration;

/// How long a picture is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one try, from the connection to the answer's last byte.
    pub attempt: Duration,
    /// For all tries and the pauses between them.
    pub budget: Duration,
    /// Before the second try; it doubles with each.
    pub pause: Duration,
}

impl Default for Patience {
    /// Half a minute in all: the queue asks again later.
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(15),
            budget: Duration::from_secs(30),
            pause: Duration::from_millis(250),
        }
    }
}

impl Patience {
    /// How long to wait after so many tries: half of it by chance, so that functions that failed
    /// together do not come back together, and not less than was asked for. None, if no time would be
    /// left for a try.
    pub(super) fn pause(
        self,
        tried: u32,
        asked: Option<Duration>,
        left: Duration,
    ) -> Option<Duration> {
        let doubled = self.pause.saturating_mul(2_u32.saturating_pow(tried.saturating_sub(1)));
        let most = doubled.min(self.budget);
        let chosen = most.mul_f64(0.5 + fastrand::f64() / 2.0);
        let pause = asked.map_or(chosen, |asked| asked.saturating_add(chosen));
        (pause < left).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn pauses_double_and_differ() {
        let patience = Patience::default();
        for (tried, most) in [(1, 250), (2, 500), (5, 4000)] {
            let pauses: Vec<Duration> =
                (0..64).filter_map(|_| patience.pause(tried, None, LONG)).collect();
            let most = Duration::from_millis(most);
            assert!(pauses.iter().all(|pause| *pause >= most / 2 && *pause <= most), "{tried}");
            assert_eq!(pauses.len(), 64);
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
        assert_eq!(patience.pause(u32::MAX, None, patience.budget / 2), None);
    }

    #[test]
    fn what_was_asked_for_is_waited_or_nothing() {
        let patience = Patience::default();
        let asked = Duration::from_secs(7);
        assert!(patience.pause(1, Some(asked), LONG).unwrap() > asked);
        assert_eq!(patience.pause(1, Some(asked), asked), None);
        assert_eq!(patience.pause(1, Some(Duration::MAX), LONG), None);
    }
}
