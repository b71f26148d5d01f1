//! The twin in memory: for tests, and the measure of what a store does.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{BoxFuture, Page, Record, Revised, RevisedStore, Store, StoreError};

/// Records in memory, in the order of their keys.
#[derive(Debug)]
pub struct MemoryStore<T> {
    records: Mutex<BTreeMap<String, T>>,
}

impl<T> Default for MemoryStore<T> {
    fn default() -> Self {
        Self { records: Mutex::default() }
    }
}

impl<T> MemoryStore<T> {
    /// A map is whole after every call, so a panic elsewhere does not spoil it.
    fn records(&self) -> MutexGuard<'_, BTreeMap<String, T>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Record> Store<T> for MemoryStore<T> {
    fn insert<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async {
            let mut records = self.records();
            let free = !records.contains_key(&record.key());
            if free {
                records.insert(record.key(), record.clone());
            }
            Ok(free)
        })
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<T>, StoreError>> {
        Box::pin(async move { Ok(self.records().get(key).cloned()) })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.records().remove(key).is_some()) })
    }

    fn page<'a>(
        &'a self,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>> {
        Box::pin(async move {
            let records = self.records();
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let mut rest = records.range::<str, _>((start, Bound::Unbounded));
            let page: Vec<T> =
                rest.by_ref().take(limit).map(|(_, record)| record.clone()).collect();
            let next = rest.next().and_then(|_| page.last().map(T::key));
            Ok(Page { records: page, next })
        })
    }
}

impl<T: Revised> RevisedStore<T> for MemoryStore<T> {
    fn replace<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async {
            let mut records = self.records();
            let former = records.get_mut(&record.key());
            let former =
                former.filter(|it| Some(it.revision()) == record.revision().checked_sub(1));
            Ok(former.map(|former| former.clone_from(record)).is_some())
        })
    }
}
