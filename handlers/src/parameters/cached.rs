//! A cache, so that not every job asks, and a value that was changed is still found in a while.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use models::value::Secret;

use super::{ParameterError, Parameters};
use crate::store::BoxFuture;

/// Parameters that are asked for again when they are older than a limit.
#[derive(Debug)]
pub struct Cached<P> {
    parameters: P,
    limit: Duration,
    values: Mutex<BTreeMap<String, (Instant, Secret)>>,
}

impl<P: Parameters> Cached<P> {
    /// Keeps values of these parameters for so long.
    pub fn new(parameters: P, limit: Duration) -> Self {
        Self { parameters, limit, values: Mutex::default() }
    }

    /// Has the value asked for again next time, for example since it turned out to be out of date.
    pub fn forget(&self, name: &str) {
        self.values().remove(name);
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<String, (Instant, Secret)>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Parameters> Parameters for Cached<P> {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, ParameterError>> {
        Box::pin(async move {
            let known = self.values().get(name).cloned();
            if let Some((since, value)) = known
                && since.elapsed() < self.limit
            {
                return Ok(value);
            }
            let value = self.parameters.get(name).await?;
            self.values().insert(name.to_owned(), (Instant::now(), value.clone()));
            Ok(value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::MemoryParameters;
    use super::*;

    #[tokio::test]
    async fn a_value_is_kept_until_it_is_too_old() {
        for (limit, found) in [(Duration::MAX, "old"), (Duration::ZERO, "new")] {
            let parameters = MemoryParameters::default();
            parameters.put("key", "old");
            let cached = Cached::new(parameters, limit);
            assert_eq!(cached.get("key").await.unwrap().expose(), "old");
            cached.parameters.put("key", "new");
            assert_eq!(cached.get("key").await.unwrap().expose(), found);
        }
    }

    #[tokio::test]
    async fn what_was_forgotten_is_asked_for_again() {
        let cached = Cached::new(MemoryParameters::default(), Duration::MAX);
        cached.parameters.put("key", "old");
        assert_eq!(cached.get("key").await.unwrap().expose(), "old");
        cached.parameters.put("key", "new");
        cached.forget("key");
        assert_eq!(cached.get("key").await.unwrap().expose(), "new");
    }

    #[tokio::test]
    async fn a_missing_parameter_is_asked_for_each_time() {
        let cached = Cached::new(MemoryParameters::default(), Duration::MAX);
        let missing = cached.get("key").await.unwrap_err().to_string();
        assert!(missing.starts_with("the parameter key does not exist"), "{missing}");
        cached.parameters.put("key", "value");
        assert_eq!(cached.get("key").await.unwrap().expose(), "value");
    }
}
