//! What an authorizer's function answered, kept for its TTL.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::output::Output;

/// Callers remembered at once. More than any local test has, and far from what memory holds.
const CAPACITY: usize = 10_000;

/// Outputs by the values of all identity sources, in order: the policy of a caller applies to
/// every method of the API that has this authorizer (guide, "Enable API caching").
pub(super) struct Cache {
    ttl: Duration,
    entries: Mutex<HashMap<Vec<String>, Entry>>,
}

struct Entry {
    until: Instant,
    output: Arc<Output>,
}

impl Cache {
    /// An empty cache; one with a TTL of zero stays empty.
    pub(super) fn new(ttl_seconds: u32) -> Self {
        let ttl = Duration::from_secs(ttl_seconds.into());
        Self { ttl, entries: Mutex::default() }
    }

    /// Whether anything is kept at all.
    pub(super) const fn is_on(&self) -> bool {
        !self.ttl.is_zero()
    }

    /// What was answered about a caller.
    pub(super) fn get(&self, key: &[String]) -> Option<Arc<Output>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(key).filter(|entry| entry.until > Instant::now())?;
        Some(Arc::clone(&entry.output))
    }

    /// Keeps what was answered about a caller.
    pub(super) fn put(&self, key: Vec<String>, output: Arc<Output>) {
        if !self.is_on() {
            return;
        }
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.retain(|_, entry| entry.until > now);
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(key, Entry { until: now + self.ttl, output });
    }
}

/// Keys are tokens: they are not shown.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("ttl", &self.ttl).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> Arc<Output> {
        Arc::new(super::super::output::sample("Allow"))
    }

    fn key(name: &str) -> Vec<String> {
        vec![name.to_owned()]
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_for_its_ttl() {
        let cache = Cache::new(2);
        cache.put(key("a"), output());
        assert!(cache.get(&key("a")).is_some());
        assert!(cache.get(&key("b")).is_none());
        tokio::time::advance(Duration::from_millis(1_999)).await;
        assert!(cache.get(&key("a")).is_some());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(cache.get(&key("a")).is_none());
    }

    #[tokio::test]
    async fn nothing_is_kept_without_a_ttl() {
        let cache = Cache::new(0);
        cache.put(key("a"), output());
        assert!(cache.get(&key("a")).is_none());
    }

    #[tokio::test]
    async fn it_does_not_grow_beyond_its_capacity() {
        let cache = Cache::new(300);
        for number in 0..=CAPACITY {
            cache.put(key(&number.to_string()), output());
        }
        assert_eq!(cache.entries.lock().unwrap().len(), 1);
        assert!(cache.get(&key(&CAPACITY.to_string())).is_some());
    }
}
