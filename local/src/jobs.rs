//! What the console says about work that no caller waits for: a line for each batch that begins and
//! ends, and loud words about messages that are given up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::console::Console;
use crate::environment::without_local;
use crate::events::Outcome;
use crate::sqs::{GivenUp, Message};

/// Work under way, and where to tell of it.
#[derive(Clone)]
pub(crate) struct Jobs {
    shared: Arc<Shared>,
}

struct Shared {
    console: Console,
    begun: AtomicU64,
    running: Mutex<BTreeMap<u64, Running>>,
}

/// A batch in the hands of a function.
struct Running {
    queue: String,
    function: String,
    messages: usize,
    /// The largest of its messages.
    receives: u32,
    since: Instant,
}

impl Jobs {
    pub(crate) fn new(console: Console) -> Self {
        let (begun, running) = Default::default();
        Self { shared: Arc::new(Shared { console, begun, running }) }
    }

    /// A function is called with messages of a queue.
    pub(crate) fn begin(&self, queue: &str, function: &str, messages: &[Message]) -> Job {
        let running = Running {
            queue: without_local(queue).to_owned(),
            function: without_local(function).to_owned(),
            messages: messages.len(),
            receives: messages.iter().map(|message| message.receive_count).max().unwrap_or(1),
            since: Instant::now(),
        };
        let id = self.shared.begun.fetch_add(1, Ordering::Relaxed);
        self.shared.console.say(format!("{} | {}", running.function, running.begins()));
        self.shared.running().insert(id, running);
        self.shared.show();
        Job { id, shared: Arc::clone(&self.shared) }
    }

    /// A queue gave up messages.
    pub(crate) fn given_up(&self, given_up: &GivenUp<'_>) {
        let count = counted(given_up.messages.len(), "message");
        let receives = given_up.messages.iter().map(|message| message.receive_count).max();
        let queue = without_local(given_up.queue);
        let mut text = format!(
            "{queue} | GIVEN UP: {count} received {} times went to {queue}-dead-letters\n",
            receives.unwrap_or_default()
        );
        // Writing to a string cannot fail.
        let aws = format!("aws --endpoint-url {} sqs", given_up.endpoint);
        let _ = writeln!(
            text,
            "  to see:  {aws} receive-message --message-system-attribute-names All --queue-url {}",
            given_up.dead_letters_url()
        );
        let _ = writeln!(
            text,
            "  to redo: {aws} start-message-move-task --source-arn {}",
            given_up.dead_letters_arn()
        );
        self.shared.console.say(text);
    }

    /// An asynchronous call failed; `pause` is how long until the next attempt.
    pub(crate) fn call_failed(
        &self,
        function: &str,
        attempts: u32,
        reason: &str,
        pause: Option<Duration>,
    ) {
        let next = match pause {
            Some(pause) => format!("again in {} s", pause.as_secs()),
            None => "it is not called again".to_owned(),
        };
        let function = without_local(function);
        let text = format!("{function} | failed, attempt {attempts} ({next}): {reason}");
        self.shared.console.say(text);
    }
}

/// A batch that has begun.
pub(crate) struct Job {
    id: u64,
    shared: Arc<Shared>,
}

impl Job {
    /// The function answered.
    pub(crate) fn end(self, outcome: &Outcome) {
        self.finish(|running| {
            let seconds = running.seconds();
            match outcome {
                Outcome::Failure { reason } => {
                    format!("{} failed after {seconds}, will come again: {reason}", running.what())
                }
                Outcome::Done { failed } if failed.is_empty() => {
                    format!("{} done in {seconds}", running.what())
                }
                Outcome::Done { failed } => {
                    let again = failed.len();
                    format!("{} done in {seconds}, but {again} will come again", running.what())
                }
            }
        });
    }

    /// The cloud stops, and the function with it.
    pub(crate) fn interrupted(self) {
        self.finish(|running| {
            format!("{} interrupted after {}, kept", running.what(), running.seconds())
        });
    }

    fn finish(self, text: impl FnOnce(&Running) -> String) {
        if let Some(running) = self.shared.running().remove(&self.id) {
            self.shared.console.say(format!("{} | {}", running.function, text(&running)));
        }
        self.shared.show();
    }
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, BTreeMap<u64, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self) {}
}

impl Running {
    fn what(&self) -> String {
        format!("{} of {}", counted(self.messages, "message"), self.queue)
    }

    fn begins(&self) -> String {
        match self.receives {
            0 | 1 => format!("{} begun", self.what()),
            receives => format!("{} begun, for the {} time", self.what(), ordinal(receives)),
        }
    }

    fn seconds(&self) -> String {
        format!("{:.1} s", self.since.elapsed().as_secs_f64())
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
