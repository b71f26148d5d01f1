//! What calls functions beside the API: queues, by event source mappings, and buckets, by their
//! notifications. As in Lambda, neither knows the other.
//!
//! ```text
//! SQS ──▶ mapping: receive, batch ──▶ function ──▶ delete what worked        mapping, batch
//! S3 ──▶ notifications ──▶ queue                                             notification
//!                     └──▶ asynchronous call ──▶ function, or its onFailure  asynchronous
//! ```

mod asynchronous;
mod batch;
mod mapping;
mod notification;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gateway::invoke::Invoke;
use openapi::model::FunctionReference;
use tokio::task::JoinHandle;

use crate::environment::{ACCOUNT_ID, REGION};
use crate::jobs::Jobs;
use crate::plan::Plan;
use crate::services::ObjectEvents;
use crate::sqs::Queues;
pub(crate) use batch::Outcome;
use mapping::{Mapping, Poller};
use notification::Notifications;

/// What the parts of this module work with.
#[derive(Clone)]
struct Surroundings {
    queues: Arc<Queues>,
    functions: Arc<dyn Invoke>,
    jobs: Jobs,
}

/// Everything that calls functions beside the API.
pub(crate) struct Events {
    surroundings: Surroundings,
    pollers: Mutex<Vec<(Mapping, Poller)>>,
    /// Queues that were taken from in this run.
    known: Mutex<HashSet<String>>,
    notifications: Arc<Notifications>,
    listening: JoinHandle<()>,
}

impl Events {
    /// Without any mapping yet. `objects` tells what happens in the buckets.
    pub(crate) fn start(
        queues: Arc<Queues>,
        functions: Arc<dyn Invoke>,
        jobs: Jobs,
        objects: ObjectEvents,
    ) -> Self {
        let surroundings = Surroundings { queues, functions, jobs };
        let notifications = Arc::new(Notifications::new(surroundings.clone()));
        let listening = tokio::spawn(Arc::clone(&notifications).listen(objects));
        let (pollers, known) = Default::default();
        Self { surroundings, pollers, known, notifications, listening }
    }

    /// Does what the document says from now on. A mapping that is gone takes nothing more, and ends
    /// what it began.
    pub(crate) fn follow(&self, plan: &Plan) {
        let mut before = std::mem::take(&mut *self.pollers());
        let mut pollers = Vec::new();
        for mapping in Mapping::all(plan) {
            self.recover(mapping.queue());
            let same = before.iter().position(|(other, _)| *other == mapping);
            let poller = match same {
                Some(index) => before.swap_remove(index).1,
                None => Poller::start(mapping.clone(), self.surroundings.clone()),
            };
            pollers.push((mapping, poller));
        }
        before.iter().for_each(|(_, poller)| poller.stop());
        *self.pollers() = pollers;
        self.notifications.follow(plan);
    }

    /// Takes no more messages and calls nobody any more because of a bucket. The functions may be
    /// ended then.
    pub(crate) fn stop(&self) {
        self.pollers().iter().for_each(|(_, poller)| poller.stop());
        self.listening.abort();
        self.notifications.stop();
    }

    /// Waits for the calls that were under way.
    pub(crate) async fn settle(&self) {
        let pollers = std::mem::take(&mut *self.pollers());
        for (_, poller) in pollers {
            poller.settle().await;
        }
    }

    /// Messages in flight are in nobody's hands when a queue is first taken from: who had them ended
    /// with the last run.
    fn recover(&self, queue: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(queue.to_owned())
            && let Err(error) = self.surroundings.queues.release(queue)
        {
            tracing::error!(queue, %error, "messages stay in flight");
        }
    }

    fn pollers(&self) -> MutexGuard<'_, Vec<(Mapping, Poller)>> {
        self.pollers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A function as those call it who know its key and its local name.
pub(crate) fn reference(key: &str, name: &str) -> FunctionReference {
    FunctionReference {
        key: key.to_owned(),
        name: name.to_owned(),
        qualifier: None,
        arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"),
    }
}
