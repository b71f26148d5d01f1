//! The queues of a document: messages as the [`Store`] keeps them, and waiting for them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time::Instant;

use super::message::{Message, NewMessage, Receipt};
use super::store::{Change, Counts, DeadLetter, Peeked, Receiving, Store};
use crate::environment::{ACCOUNT_ID, REGION};

/// How long a dead-letter queue keeps messages, in seconds: as long as there is.
const DEAD_LETTERS_RETENTION: u32 = 1_209_600;

/// The visibility timeout of a queue that is not asked for another one, in seconds.
const DEFAULT_VISIBILITY_TIMEOUT: u32 = 30;

/// A queue as the document declares it, under its local name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSpec {
    /// Key in `x-lychgate.queues`.
    pub key: String,
    /// Its name here.
    pub name: String,
    /// Seconds that others do not see what is received.
    pub visibility_timeout_seconds: u32,
    /// Seconds that messages are kept.
    pub retention_seconds: u32,
    /// Seconds before a message is seen.
    pub delay_seconds: u32,
    /// Receives before a message goes to the dead-letter queue; `None` for such a queue itself.
    pub max_receives: Option<u32>,
}

impl QueueSpec {
    /// The name of its dead-letter queue.
    pub fn dead_letters(&self) -> String {
        dead_letters(&self.name)
    }

    fn of_dead_letters(&self) -> Self {
        Self {
            key: self.key.clone(),
            name: self.dead_letters(),
            visibility_timeout_seconds: DEFAULT_VISIBILITY_TIMEOUT,
            retention_seconds: DEAD_LETTERS_RETENTION,
            delay_seconds: 0,
            max_receives: None,
        }
    }
}

/// The address of a queue at an endpoint.
pub(crate) fn queue_url(endpoint: &str, name: &str) -> String {
    format!("{endpoint}/{ACCOUNT_ID}/{name}")
}

fn dead_letters(queue: &str) -> String {
    format!("{queue}-dead-letters")
}

/// The ARN of a queue.
pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}")
}

/// Whether the ARN is that of a queue here, and of which.
pub(super) fn name_of_arn(arn: &str) -> Option<&str> {
    arn.strip_prefix(&format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:"))
}

/// Why an operation did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueueError {
    #[error("The specified queue does not exist.")]
    NoSuchQueue,
    #[error("the messages cannot be read or written")]
    Store(#[from] rusqlite::Error),
}

/// Messages that went to a dead-letter queue.
#[derive(Clone, Copy, Debug)]
pub struct GivenUp<'a> {
    /// The queue that gave them up.
    pub queue: &'a str,
    /// They themselves.
    pub messages: &'a [DeadLetter],
    /// Where the service answers.
    pub endpoint: &'a str,
}

impl GivenUp<'_> {
    /// The address of the dead-letter queue.
    pub fn dead_letters_url(&self) -> String {
        queue_url(self.endpoint, &dead_letters(self.queue))
    }

    /// The ARN of the dead-letter queue.
    pub fn dead_letters_arn(&self) -> String {
        arn(&dead_letters(self.queue))
    }
}

/// Hears of messages that are given up.
pub type Listener = Box<dyn Fn(&GivenUp<'_>) + Send + Sync>;

/// Every queue, also that of dead letters beside each.
pub(crate) struct Queues {
    store: Store,
    queues: RwLock<HashMap<String, Arc<Queue>>>,
    endpoint: String,
    listener: Listener,
}

struct Queue {
    spec: QueueSpec,
    /// Changes whenever a message may have become visible earlier than those who wait expect.
    arrivals: watch::Sender<()>,
}

impl Queue {
    fn announce(&self) {
        self.arrivals.send_replace(());
    }
}

/// How to receive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReceiveOptions {
    /// At most so many messages.
    pub(crate) limit: u32,
    /// How long to wait for the first.
    pub(crate) wait: Duration,
    /// Seconds that others do not see them; the queue's own if `None`.
    pub(crate) visibility_timeout_seconds: Option<u32>,
}

impl Queues {
    /// No queues yet; `endpoint` is what their addresses start with.
    pub(super) fn new(store: Store, endpoint: String, listener: Listener) -> Self {
        Self { store, queues: RwLock::default(), endpoint, listener }
    }

    /// The address of a queue.
    pub(super) fn url(&self, name: &str) -> String {
        queue_url(&self.endpoint, name)
    }

    /// Has exactly these queues. Messages of one that goes stay, until it comes back.
    pub(crate) fn ensure(&self, specs: &[QueueSpec]) {
        let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *queues);
        let all = specs.iter().flat_map(|spec| [spec.clone(), spec.of_dead_letters()]);
        for spec in all {
            let arrivals = watch::Sender::default();
            let queue = match before.remove(&spec.name) {
                Some(queue) if queue.spec == spec => queue,
                Some(changed) => {
                    before.insert(spec.name.clone(), changed);
                    Arc::new(Queue { spec: spec.clone(), arrivals })
                }
                None => Arc::new(Queue { spec: spec.clone(), arrivals }),
            };
            queues.insert(spec.name, queue);
        }
        drop(queues);
        // Those who wait at a queue of before look again.
        before.values().for_each(|queue| queue.announce());
    }

    /// Names in alphabetical order.
    pub(crate) fn names(&self) -> Vec<String> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = queues.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// What a queue is like.
    pub(crate) fn spec(&self, queue: &str) -> Result<QueueSpec, QueueError> {
        Ok(self.find(queue)?.spec.clone())
    }

    /// The queue whose dead letters go there.
    pub(super) fn source_of(&self, dead_letters: &str) -> Option<QueueSpec> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let mut specs = queues.values().map(|queue| &queue.spec);
        let source =
            |spec: &&QueueSpec| spec.max_receives.is_some() && spec.dead_letters() == dead_letters;
        specs.find(source).cloned()
    }

    /// Sends messages, all or none; answers their ids.
    pub(crate) fn send(
        &self,
        queue: &str,
        messages: &[NewMessage],
    ) -> Result<Vec<String>, QueueError> {
        let queue = self.find(queue)?;
        let spec = &queue.spec;
        let ids = self.store.send(&spec.name, messages, milliseconds(spec.delay_seconds), now())?;
        queue.announce();
        Ok(ids)
    }

    /// Receives messages; waits for the first as long as it may.
    pub(crate) async fn receive(
        &self,
        queue: &str,
        options: ReceiveOptions,
    ) -> Result<Vec<Message>, QueueError> {
        let deadline = Instant::now() + options.wait;
        loop {
            let queue = self.find(queue)?;
            // Before the look, so that nothing arrives unnoticed in between.
            let mut arrivals = queue.arrivals.subscribe();
            let messages = self.receive_now(&queue.spec, options)?;
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(messages);
            }
            let wake = match self.store.next_visible_at(&queue.spec.name)? {
                Some(at) => deadline.min(Instant::now() + until(at)),
                None => deadline,
            };
            tokio::select! {
                _ = arrivals.changed() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    fn receive_now(
        &self,
        spec: &QueueSpec,
        options: ReceiveOptions,
    ) -> Result<Vec<Message>, QueueError> {
        let now = now();
        self.store.expire(&spec.name, now - milliseconds(spec.retention_seconds))?;
        let visibility =
            options.visibility_timeout_seconds.unwrap_or(spec.visibility_timeout_seconds);
        let dead_letters = spec.dead_letters();
        let receiving = Receiving {
            limit: options.limit,
            visibility: milliseconds(visibility),
            redrive: spec.max_receives.map(|most| (most, dead_letters.as_str())),
        };
        let received = self.store.receive(&spec.name, receiving, now)?;
        if !received.dead.is_empty() {
            let (queue, messages, endpoint) = (&spec.name, &received.dead, &self.endpoint);
            (self.listener)(&GivenUp { queue, messages, endpoint });
            self.arrived(&dead_letters);
        }
        Ok(received.messages)
    }

    /// Deletes messages unless they were received again since.
    pub(crate) fn delete(&self, queue: &str, receipts: &[Receipt]) -> Result<(), QueueError> {
        Ok(self.store.delete(&self.find(queue)?.spec.name, receipts)?)
    }

    /// Hides a message in flight for so many seconds from now on.
    pub(crate) fn change_visibility(
        &self,
        queue: &str,
        receipt: &Receipt,
        seconds: u32,
    ) -> Result<Change, QueueError> {
        let queue = self.find(queue)?;
        let visibility = milliseconds(seconds);
        let change = self.store.change_visibility(&queue.spec.name, receipt, visibility, now())?;
        queue.announce();
        Ok(change)
    }

    /// Has every message in flight be seen again.
    pub(crate) fn release(&self, queue: &str) -> Result<(), QueueError> {
        let queue = self.find(queue)?;
        self.store.release(&queue.spec.name, now())?;
        queue.announce();
        Ok(())
    }

    /// Keeps a fact with the messages; whether it is new.
    pub(crate) fn remember(&self, what: &str, fact: &str) -> Result<bool, QueueError> {
        Ok(self.store.remember(what, fact)?)
    }

    /// How many messages it has.
    pub(crate) fn counts(&self, queue: &str) -> Result<Counts, QueueError> {
        let queue = self.find(queue)?;
        let (spec, now) = (&queue.spec, now());
        self.store.expire(&spec.name, now - milliseconds(spec.retention_seconds))?;
        Ok(self.store.counts(&spec.name, now)?)
    }

    /// The oldest messages, visible or not; they are not received by it.
    pub(crate) fn peek(&self, queue: &str, limit: u32) -> Result<Vec<Peeked>, QueueError> {
        Ok(self.store.peek(&self.find(queue)?.spec.name, limit)?)
    }

    /// Deletes every message.
    pub(crate) fn purge(&self, queue: &str) -> Result<(), QueueError> {
        Ok(self.store.purge(&self.find(queue)?.spec.name)?)
    }

    /// Moves dead letters to `destination`, or back to where they come from; how many.
    pub(crate) fn redrive(
        &self,
        dead_letters: &str,
        destination: Option<&str>,
    ) -> Result<u32, QueueError> {
        self.find(dead_letters)?;
        if let Some(destination) = destination {
            self.find(destination)?;
        }
        let moved = self.store.redrive(dead_letters, destination, now())?;
        moved.iter().for_each(|(queue, _)| self.arrived(queue));
        Ok(moved.iter().map(|(_, count)| count).sum())
    }

    fn arrived(&self, queue: &str) {
        if let Ok(queue) = self.find(queue) {
            queue.announce();
        }
    }

    fn find(&self, queue: &str) -> Result<Arc<Queue>, QueueError> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        queues.get(queue).cloned().ok_or(QueueError::NoSuchQueue)
    }
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").field("names", &self.names()).finish_non_exhaustive()
    }
}

fn milliseconds(seconds: u32) -> i64 {
    i64::from(seconds) * 1000
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// From now until then, and a moment longer: the wall clock must have got there, too.
fn until(at: i64) -> Duration {
    Duration::from_millis(u64::try_from(at - now()).unwrap_or(0) + 1)
}
