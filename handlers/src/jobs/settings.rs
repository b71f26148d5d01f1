//! How often and when a message is tried again.

use std::time::Duration;

use crate::queue::Queue;
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::runtime::{Delivery, Failure};

/// The longest delay before a message is delivered again.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// How often and when a job is begun again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `maxReceives` of the queue.
    pub max_receives: u32,
    /// How long the first failed attempt is followed by nothing; each further one twice as long.
    pub retry_after: Duration,
}

impl Settings {
    /// `MAX_RECEIVES` and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// If one is missing or no number.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, MissingVariable> {
        Ok(Self {
            max_receives: number(lookup, "MAX_RECEIVES")?,
            retry_after: Duration::from_secs(number(lookup, "RETRY_SECONDS")?.into()),
        })
    }

    /// Whether the message is not delivered again.
    pub const fn is_last(&self, delivery: &Delivery) -> bool {
        delivery.receive_count >= self.max_receives
    }

    /// Has a message that failed delivered again: later each time, but at once to the dead letters.
    pub async fn release(&self, queue: &dyn Queue, delivery: &Delivery) {
        let delay = if self.is_last(delivery) {
            Duration::ZERO
        } else {
            let doublings = delivery.receive_count.saturating_sub(1).min(16);
            (self.retry_after * 2_u32.pow(doublings)).min(LONGEST_DELAY)
        };
        if let Err(error) = queue.release(&delivery.receipt_handle, delay).await {
            // It comes again all the same, when its visibility timeout is over.
            tracing::warn!(error = Failure::from(error).chain(), "the message is not released");
        }
    }
}

fn number(lookup: Lookup<'_>, name: &'static str) -> Result<u32, MissingVariable> {
    let text = |_: &str| required(lookup, name).ok().filter(|text| text.parse::<u32>().is_ok());
    Ok(required(&text, name)?.parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_numbers() {
        let lookup = |name: &str| (name == "MAX_RECEIVES").then(|| "4".to_owned());
        assert!(Settings::read(&lookup).is_err());
        assert!(Settings::read(&|_| Some("four".to_owned())).is_err());
        let settings = Settings::read(&|_| Some("4".to_owned())).unwrap();
        assert_eq!((settings.max_receives, settings.retry_after.as_secs()), (4, 4));
    }
}
