//! What a worker does with a message: take the job on, do it, say what became of it.

use std::sync::Arc;
use std::time::Duration;

use models::JobStatus;

use super::outcome::outcome_object;
use super::{Attempt, ChangeError, Job, Settings};
use crate::objects::{ObjectAddress, ObjectError, ObjectStore};
use crate::queue::Queue;
use crate::runtime::{Delivery, Failure};
use crate::store::RevisedStore;

/// What is left of an invocation for saying what became of the job.
const MARGIN: Duration = Duration::from_secs(10);

/// The work of a kind of job.
pub trait Work {
    /// The job's record.
    type Record: Job;

    /// Clears away what an earlier attempt left behind, if anything.
    fn clear(
        &self,
        attempt: &Attempt<Self::Record>,
    ) -> impl Future<Output = Result<(), AttemptError>>;

    /// Does the job; answers in a few words what was done.
    fn perform(
        &self,
        attempt: &Attempt<Self::Record>,
    ) -> impl Future<Output = Result<String, AttemptError>>;

    /// The object that says what became of the job: `S,message` or `F,message`.
    fn status_object(&self, record: &Self::Record) -> ObjectAddress;
}

/// Why an attempt failed.
#[derive(Debug)]
pub struct AttemptError {
    reason: String,
    is_passing: bool,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl AttemptError {
    /// What another attempt cannot mend. The reason is for whoever asked for the job.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_passing: false, cause: None }
    }

    /// What another attempt may mend. The reason is for whoever asked for the job.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_passing: true, cause: None }
    }

    /// With its cause, which the log tells instead of the reason.
    #[must_use]
    pub fn because(self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    fn failure(self) -> Failure {
        Failure::new(self.cause.unwrap_or_else(|| self.reason.into()))
    }
}

impl From<ObjectError> for AttemptError {
    fn from(error: ObjectError) -> Self {
        let (reason, is_passing) = (error.to_string(), error.is_passing());
        Self { reason, is_passing, cause: Some(error.into()) }
    }
}

impl From<ChangeError> for AttemptError {
    fn from(error: ChangeError) -> Self {
        Self::passing("The job's record cannot be changed.").because(error)
    }
}

/// Whoever does jobs.
#[derive(Debug)]
pub struct Worker<W: Work> {
    work: W,
    store: Arc<dyn RevisedStore<W::Record>>,
    objects: Arc<dyn ObjectStore>,
    queue: Arc<dyn Queue>,
    settings: Settings,
}

impl<W: Work> Worker<W> {
    /// A worker on the jobs of this store, which come by this queue.
    pub fn new(
        work: W,
        store: Arc<dyn RevisedStore<W::Record>>,
        objects: Arc<dyn ObjectStore>,
        queue: Arc<dyn Queue>,
        settings: Settings,
    ) -> Self {
        Self { work, store, objects, queue, settings }
    }

    /// Does the job with this id, unless it is done. An error means that the message comes again,
    /// or, after its last try, goes to the dead letters.
    ///
    /// # Errors
    /// If there is no such job, or another attempt may do better.
    pub async fn consume(&self, id: &str, delivery: &Delivery) -> Result<(), Failure> {
        let Some(record) = self.store.get(id).await? else {
            return Err(Failure::new(format!("there is no job {id}")));
        };
        if record.state().has_ended() {
            tracing::info!(job = id, "the job has ended already");
            return Ok(());
        }
        if record.state().is_with_another(&delivery.message_id, std::time::SystemTime::now()) {
            tracing::info!(job = id, "another message's attempt at the job is under way");
            return Ok(());
        }
        // Whoever was ended without a word may have been ended by the job itself.
        let is_deadly = self.is_last(delivery) && record.state().status == JobStatus::Running;
        let attempt = Attempt::begin(Arc::clone(&self.store), record, delivery).await?;
        let outcome = match self.work.clear(&attempt).await {
            Ok(()) if is_deadly => Err(AttemptError::passing(format!(
                "The worker was ended {} times before the job was done.",
                self.settings.max_receives.saturating_sub(1)
            ))),
            Ok(()) => self.attempt(&attempt, delivery).await?,
            Err(error) => Err(error),
        };
        self.settle(&attempt, outcome, delivery).await
    }

    /// Has a message that failed delivered again: later each time, but at once to the dead letters.
    pub async fn release(&self, delivery: &Delivery) {
        self.settings.release(&*self.queue, delivery).await;
    }

    const fn is_last(&self, delivery: &Delivery) -> bool {
        self.settings.is_last(delivery)
    }

    async fn attempt(
        &self,
        attempt: &Attempt<W::Record>,
        delivery: &Delivery,
    ) -> Result<Result<String, AttemptError>, ChangeError> {
        let remaining = delivery.remaining();
        let limit = remaining.saturating_sub(MARGIN.min(remaining / 4));
        let work = tokio::time::timeout(limit, self.work.perform(attempt));
        match attempt.follow(work).await? {
            Ok(outcome) => Ok(outcome),
            Err(_) => {
                // The work was dropped where it stood.
                let cleared = self.work.clear(attempt).await;
                let seconds = limit.as_secs();
                let late = AttemptError::passing(format!("The job was not done in {seconds} s."));
                Ok(Err(cleared.err().unwrap_or(late)))
            }
        }
    }

    async fn settle(
        &self,
        attempt: &Attempt<W::Record>,
        outcome: Result<String, AttemptError>,
        delivery: &Delivery,
    ) -> Result<(), Failure> {
        let outcome = match outcome {
            Ok(message) => self.tell(attempt, "S", &message).await.map_err(AttemptError::from),
            Err(error) => Err(error),
        };
        let Err(error) = outcome else {
            return Ok(attempt.end(JobStatus::Succeeded, None).await?);
        };
        let is_last = self.is_last(delivery);
        let mut is_over = is_last || !error.is_passing;
        if is_over && let Err(untold) = self.tell(attempt, "F", &error.reason).await {
            tracing::error!(error = untold.to_string(), "the status object is not written");
            // Whoever waits for it should not wait for ever.
            is_over = is_last || !untold.is_passing();
        }
        let status = if is_over { JobStatus::Failed } else { JobStatus::Queued };
        attempt.end(status, Some(error.reason.clone())).await?;
        if is_over && !error.is_passing {
            tracing::error!(error = error.failure().chain(), "the job failed for good");
            return Ok(());
        }
        Err(error.failure())
    }

    async fn tell(
        &self,
        attempt: &Attempt<W::Record>,
        outcome: &str,
        message: &str,
    ) -> Result<(), ObjectError> {
        let address = self.work.status_object(&attempt.record().await);
        let object = outcome_object(outcome, message);
        self.objects.put(&address, object).await.map(|_| ())
    }
}
