//! The twin in memory: for tests, and the measure of what a store does.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{BoxFuture, Index, Page, Record, Revised, RevisedStore, Store, StoreError};

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

    fn find<'a>(
        &'a self,
        index: Index,
        value: &'a str,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>> {
        Box::pin(async move {
            let records = self.records();
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let mut page = Vec::new();
            for record in records.range::<str, _>((start, Bound::Unbounded)).map(|(_, it)| it) {
                if Self::text(record, index.member)?.as_deref() == Some(value) {
                    page.push(record.clone());
                }
            }
            let is_more = page.len() > limit;
            page.truncate(limit);
            let next = page.last().filter(|_| is_more).map(T::key);
            Ok(Page { records: page, next })
        })
    }
}

impl<T: Record> MemoryStore<T> {
    /// What the record holds as text in this member.
    fn text(record: &T, member: &str) -> Result<Option<String>, StoreError> {
        let value = serde_json::to_value(record)
            .map_err(|source| StoreError::Mismatch { table: "memory".to_owned(), source })?;
        Ok(value.get(member).and_then(|text| text.as_str()).map(str::to_owned))
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

    fn remove_unchanged<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async {
            let mut records = self.records();
            let key = record.key();
            let unchanged =
                records.get(&key).is_some_and(|there| there.revision() == record.revision());
            Ok(unchanged && records.remove(&key).is_some())
        })
    }
}
