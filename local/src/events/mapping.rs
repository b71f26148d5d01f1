//! An event source mapping: takes messages from a queue in batches and calls a function with each
//! (Lambda developer guide, "Using Lambda with Amazon SQS").

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gateway::function::default_concurrency;
use gateway::invoke::{Invocation, InvokeError};
use openapi::model::FunctionReference;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use super::batch::{self, Batch, Outcome};
use super::{Surroundings, reference};
use crate::plan::Plan;
use crate::sqs::{Message, QueueError, ReceiveOptions};

/// How long one look at a queue waits. Whoever stops the mapping ends the wait.
const POLL: Duration = Duration::from_secs(20);

/// Pause after messages could not be received.
const BROKEN_PAUSE: Duration = Duration::from_secs(5);

/// Pauses between attempts to call a function that is throttled.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Which queue calls which function, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    queue: String,
    function: FunctionReference,
    batch_size: u32,
    window: Duration,
    /// Batches at a time.
    concurrency: usize,
    /// How long the function may take with a batch, before others get its messages.
    visibility: Duration,
}

impl Mapping {
    /// The queue it takes from.
    pub(super) fn queue(&self) -> &str {
        &self.queue
    }

    /// Every mapping of a document.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        let functions = plan.functions.iter();
        let events = functions.flat_map(|it| it.function.events.iter().map(move |e| (it, e)));
        events
            .filter_map(|(function, events)| {
                let queue = plan.queues.iter().find(|queue| queue.key == events.queue)?;
                let most = events.max_concurrency.and_then(|most| usize::try_from(most).ok());
                Some(Self {
                    queue: queue.name.clone(),
                    function: reference(&function.key, &function.name),
                    batch_size: events.batch_size,
                    window: Duration::from_secs(events.window_seconds.into()),
                    // More would only wait at the function, and their time would run.
                    concurrency: most.unwrap_or(usize::MAX).min(default_concurrency()),
                    visibility: Duration::from_secs(queue.visibility_timeout_seconds.into()),
                })
            })
            .collect()
    }
}

/// A mapping at work. Dropped, it stops.
pub(super) struct Poller {
    stop: watch::Sender<bool>,
    polling: JoinHandle<()>,
}

impl Poller {
    pub(super) fn start(mapping: Mapping, surroundings: Surroundings) -> Self {
        let (stop, stopped) = watch::channel(false);
        let work = Work { mapping, surroundings, stopped };
        Self { stop, polling: tokio::spawn(work.poll()) }
    }

    /// Takes no more messages.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the batches that were under way.
    pub(super) async fn settle(self) {
        self.stop();
        // A panic over there was reported there.
        let _ = self.polling.await;
    }
}

#[derive(Clone)]
struct Work {
    mapping: Mapping,
    surroundings: Surroundings,
    stopped: watch::Receiver<bool>,
}

impl Work {
    async fn poll(self) {
        let slots = Arc::new(Semaphore::new(self.mapping.concurrency));
        let mut batches = JoinSet::new();
        while let Some(Ok(slot)) = self.unless_stopped(Arc::clone(&slots).acquire_owned()).await {
            while batches.try_join_next().is_some() {}
            match self.gather().await {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    let work = self.clone();
                    batches.spawn(async move {
                        for batch in batch::split(messages, &work.mapping.queue) {
                            work.process(batch).await;
                        }
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::error!(queue = self.mapping.queue, %error, "no messages are received");
                    self.unless_stopped(sleep(BROKEN_PAUSE)).await;
                }
            }
        }
        while batches.join_next().await.is_some() {}
    }

    /// Messages for a batch: the first there are, and within the window more until it is full. Empty
    /// if there were none for a while, or when the mapping is stopped.
    async fn gather(&self) -> Result<Vec<Message>, QueueError> {
        let size = self.mapping.batch_size;
        let mut messages = self.receive(size, POLL).await?;
        let end = Instant::now() + self.mapping.window;
        while !messages.is_empty() && messages.len() < size as usize && Instant::now() < end {
            let room = size.saturating_sub(u32::try_from(messages.len()).unwrap_or(u32::MAX));
            // What is there already must not wait for what ails the queue.
            match self.receive(room, end - Instant::now()).await {
                Ok(more) if !more.is_empty() => {
                    // With a window beyond the visibility timeout some come again in it.
                    messages.retain(|old| more.iter().all(|new| new.message_id != old.message_id));
                    messages.extend(more);
                }
                Ok(_) | Err(_) => break,
            }
        }
        Ok(messages)
    }

    async fn receive(&self, limit: u32, wait: Duration) -> Result<Vec<Message>, QueueError> {
        let options = ReceiveOptions { limit, wait, visibility_timeout_seconds: None };
        // Nothing is awaited between taking messages and answering them: a stop loses none.
        let received = self.surroundings.queues.receive(&self.mapping.queue, options);
        self.unless_stopped(received).await.unwrap_or_else(|| Ok(Vec::new()))
    }

    /// Calls the function with a batch; what it did not fail at is done.
    async fn process(&self, batch: Batch) {
        let Batch { event, messages } = batch;
        let Surroundings { queues, jobs, .. } = &self.surroundings;
        let queue = &self.mapping.queue;
        let job = jobs.begin(queue, &self.mapping.function.name, &messages);
        let answer = self.call(event).await;
        let is_interrupted = answer.is_err() && *self.stopped.borrow();
        let outcome = match answer {
            Ok(invocation) => Outcome::of(&messages, &invocation),
            Err(error) => Outcome::failure(error.to_string()),
        };
        let worked = match &outcome {
            _ if is_interrupted => {
                let mut receipts = messages.iter().map(|message| &message.receipt);
                receipts.try_for_each(|it| queues.change_visibility(queue, it, 0).map(|_| ()))
            }
            outcome => queues.delete(queue, &outcome.done(&messages)),
        };
        if let Err(error) = worked {
            tracing::error!(queue, %error, "messages will come again");
        }
        if is_interrupted { job.interrupted() } else { job.end(&outcome) }
    }

    /// Calls the function, again and again while it is throttled, as long as the messages are in
    /// flight.
    async fn call(&self, event: Bytes) -> Result<Invocation, InvokeError> {
        let (functions, function) = (&self.surroundings.functions, &self.mapping.function);
        let end = Instant::now() + self.mapping.visibility;
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = functions.invoke(function, event.clone(), "").await;
            let is_throttled = matches!(answer, Err(InvokeError::Throttled));
            if !is_throttled || Instant::now() + pause >= end {
                return answer;
            }
            if self.unless_stopped(sleep(pause)).await.is_none() {
                return answer;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut stopped = self.stopped.clone();
        tokio::select! {
            biased;
            // An error means that nobody can stop it any more: the same thing.
            _ = stopped.wait_for(|stop| *stop) => None,
            done = work => Some(done),
        }
    }
}
