//! One attempt at a job, from when a worker takes it on until it ends or another takes over.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use models::JobStatus;
use tokio::sync::{Mutex, Notify};

use super::Job;
use crate::runtime::Delivery;
use crate::store::{RevisedStore, StoreError};

/// How often progress is written at most.
const PROGRESS: Duration = Duration::from_secs(1);

/// An attempt at a job.
#[derive(Debug)]
pub struct Attempt<T> {
    store: Arc<dyn RevisedStore<T>>,
    record: Mutex<T>,
    bytes_done: AtomicU64,
    started: Instant,
}

/// The record could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Another attempt has begun meanwhile: this one is over.
    #[error("another attempt has taken the job over")]
    TakenOver,
    /// The store failed.
    #[error("the job's record cannot be changed")]
    Store(#[from] StoreError),
}

impl<T: Job> Attempt<T> {
    /// Takes the job on.
    ///
    /// # Errors
    /// If another worker was faster, or the store fails.
    pub(super) async fn begin(
        store: Arc<dyn RevisedStore<T>>,
        record: T,
        delivery: &Delivery,
    ) -> Result<Self, ChangeError> {
        let (record, bytes_done) = (Mutex::new(record), AtomicU64::new(0));
        let attempt = Self { store, record, bytes_done, started: Instant::now() };
        let change = |record: &mut T| {
            record.state_mut().begin(&delivery.message_id, delivery.deadline);
        };
        attempt.change(change).await?;
        Ok(attempt)
    }

    /// The record as it was last written.
    pub async fn record(&self) -> T {
        self.record.lock().await.clone()
    }

    /// Changes the record.
    ///
    /// # Errors
    /// If another attempt has taken over, or the store fails: the record is as it was.
    pub async fn change(&self, change: impl FnOnce(&mut T)) -> Result<(), ChangeError> {
        let mut record = self.record.lock().await;
        let mut changed = record.clone();
        change(&mut changed);
        changed.state_mut().revision += 1;
        // A write whose answer was lost is repeated, and then finds itself.
        if !self.store.replace(&changed).await?
            && self.store.get(&changed.key()).await?.as_ref() != Some(&changed)
        {
            return Err(ChangeError::TakenOver);
        }
        *record = changed;
        Ok(())
    }

    /// So many bytes are done. Written to the record from time to time.
    pub fn progress(&self, bytes: u64) {
        self.bytes_done.store(bytes, Ordering::Relaxed);
    }

    /// Ends the attempt; `reason` says why it failed.
    pub(super) async fn end(
        &self,
        status: JobStatus,
        reason: Option<String>,
    ) -> Result<(), ChangeError> {
        let bytes_done = self.bytes_done.load(Ordering::Relaxed);
        let took = self.started.elapsed();
        self.change(|record| {
            record.state_mut().bytes_done = bytes_done;
            record.state_mut().end(status, took, reason);
        })
        .await
    }

    /// Does the work and writes its progress.
    ///
    /// # Errors
    /// If another attempt has taken over: the work is given up.
    pub(super) async fn follow<R>(&self, work: impl Future<Output = R>) -> Result<R, ChangeError> {
        let done = Notify::new();
        match select(pin!(work), pin!(self.report(&done))).await {
            Either::Left((result, report)) => {
                // A write under way must come to its end: its outcome decides over the revision.
                done.notify_one();
                report.await?;
                Ok(result)
            }
            Either::Right((ended, _)) => Err(ended.err().unwrap_or(ChangeError::TakenOver)),
        }
    }

    async fn report(&self, done: &Notify) -> Result<(), ChangeError> {
        let mut written = 0;
        loop {
            tokio::select! {
                () = done.notified() => return Ok(()),
                () = tokio::time::sleep(PROGRESS) => {}
            }
            let bytes = self.bytes_done.load(Ordering::Relaxed);
            if bytes == written {
                continue;
            }
            match self.change(|record| record.state_mut().bytes_done = bytes).await {
                Ok(()) => written = bytes,
                Err(ChangeError::TakenOver) => return Err(ChangeError::TakenOver),
                // Progress that cannot be told is no reason to stop.
                Err(error) => tracing::warn!(error = error.to_string(), "progress is not written"),
            }
        }
    }
}
