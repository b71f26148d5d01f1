//! From a request to a queued job.

use std::sync::Arc;

use models::JobStatus;
use serde_json::json;

use super::{Job, Request};
use crate::queue::{Queue, QueueError};
use crate::store::{RevisedStore, StoreError};

/// The jobs of a kind, as those see them who ask for one.
#[derive(Debug)]
pub struct Jobs<T> {
    store: Arc<dyn RevisedStore<T>>,
    queue: Arc<dyn Queue>,
}

/// What there is under a request's id.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<T> {
    /// Nothing.
    Free,
    /// The job that this request asked for before.
    Same(T),
    /// A job that another request asked for.
    Other,
}

/// The job could not be queued.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Its record could not be kept.
    #[error("the job cannot be kept")]
    Store(#[from] StoreError),
    /// Nobody could be told. The record is there; the same request tells again.
    #[error("the job cannot be queued")]
    Queue(#[from] QueueError),
}

impl<T> Clone for Jobs<T> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), queue: Arc::clone(&self.queue) }
    }
}

impl<T: Job> Jobs<T> {
    /// Jobs that are kept in this store, and done by whoever consumes this queue.
    pub fn new(store: Arc<dyn RevisedStore<T>>, queue: Arc<dyn Queue>) -> Self {
        Self { store, queue }
    }

    /// The job with this id.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn get(&self, id: &str) -> Result<Option<T>, StoreError> {
        self.store.get(id).await
    }

    /// What there is under the request's id. A job that is still queued is queued again: the
    /// first try may not have come so far.
    ///
    /// # Errors
    /// If store or queue fail.
    pub async fn standing(&self, request: &Request) -> Result<Standing<T>, SubmitError> {
        match self.store.get(&request.id.to_string()).await? {
            None => Ok(Standing::Free),
            Some(record) if record.state().request != request.fingerprint => Ok(Standing::Other),
            Some(record) => {
                if record.state().status == JobStatus::Queued {
                    self.tell(&record).await?;
                }
                Ok(Standing::Same(record))
            }
        }
    }

    /// Queues the job; [`Standing::Free`] means that nothing was there and it is queued.
    ///
    /// # Errors
    /// If store or queue fail.
    pub async fn submit(&self, request: &Request, record: &T) -> Result<Standing<T>, SubmitError> {
        if !self.store.insert(record).await? {
            return self.standing(request).await;
        }
        self.tell(record).await?;
        Ok(Standing::Free)
    }

    async fn tell(&self, record: &T) -> Result<(), QueueError> {
        self.queue.send(&json!({ T::KEY: record.key() }).to_string()).await
    }
}
