//! Records by key: the port to where they are kept, its in-memory twin and DynamoDB.

mod dynamodb;
mod memory;

use std::fmt::Debug;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use dynamodb::{DynamoDbStore, client};
pub use memory::MemoryStore;

/// Something kept by key.
pub trait Record: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The member that holds the key; also the table's partition key.
    const KEY: &'static str;

    /// The key.
    fn key(&self) -> String;
}

/// A record that changes: each change counts its revision up by one.
pub trait Revised: Record {
    /// The member that holds the revision.
    const REVISION: &'static str;

    /// How often it has changed.
    fn revision(&self) -> u64;
}

/// A future of a port: boxed, so that functions need not name their store's type.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where records are kept.
pub trait Store<T: Record>: Debug + Send + Sync {
    /// Puts the record unless its key is taken; answers whether it was put.
    fn insert<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// The record with this key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<T>, StoreError>>;

    /// Removes the record with this key; answers whether there was one.
    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// At most `limit` records, those behind the key `after` in the store's own order.
    fn page<'a>(
        &'a self,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>>;

    /// At most `limit` records that have this value in the index, in the order of their keys, those
    /// behind the key `after`. What was written a moment ago may be missing.
    fn find<'a>(
        &'a self,
        index: Index,
        value: &'a str,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>>;
}

/// An index of a table: its partition key is a member that holds text, its sort key the records'
/// key. Records without the member are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// The member.
    pub member: &'static str,
}

/// Where records are kept that several change at a time.
pub trait RevisedStore<T: Revised>: Store<T> {
    /// Puts the record in the place of its former revision; answers whether that was the one
    /// there. If not, somebody else has changed or removed it meanwhile.
    fn replace<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Removes the record if it is still of this revision; answers whether it was.
    fn remove_unchanged<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>>;
}

/// Some of the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the store's own order.
    pub records: Vec<T>,
    /// The key to ask the next page with, while more remain.
    pub next: Option<String>,
}

/// The store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The call failed.
    #[error("cannot {action} table {table}")]
    Call {
        /// For example `put into`.
        action: &'static str,
        /// The table's name.
        table: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The record cannot be written as attributes, or the attributes are not a record.
    #[error("a record of table {table} does not fit its type")]
    Mismatch {
        /// The table's name.
        table: String,
        /// Why.
        source: serde_json::Error,
    },
}
