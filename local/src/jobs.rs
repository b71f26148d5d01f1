//! What the console says about work that no caller waits for: a line for each batch that begins and
//! ends, loud words about messages that are given up, and on a terminal a last line that counts the
//! seconds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cognito::SentCode;
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
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    begun: u64,
    running: BTreeMap<u64, Running>,
    /// Somebody counts the seconds.
    is_counting: bool,
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
        Self { shared: Arc::new(Shared { console, state: Mutex::default() }) }
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
        self.shared.console.say(format!("{} | {}", running.function, running.begins()));
        let mut state = self.shared.state();
        state.begun += 1;
        let id = state.begun;
        state.running.insert(id, running);
        if !std::mem::replace(&mut state.is_counting, true) {
            tokio::spawn(Arc::clone(&self.shared).count());
        }
        drop(state);
        Job { id, shared: Arc::clone(&self.shared) }
    }

    /// What is under way, the oldest first.
    pub(crate) fn running(&self) -> Vec<RunningJob> {
        let running = |running: &Running| RunningJob {
            function: running.function.clone(),
            queue: running.queue.clone(),
            messages: running.messages,
            receives: running.receives,
            duration: running.since.elapsed(),
        };
        self.shared.state().running.values().map(running).collect()
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

    /// AWS would have sent an email.
    pub(crate) fn code_sent(&self, sent: &SentCode<'_>) {
        let (pool, what) = (without_local(sent.pool), sent.what);
        let text =
            format!("{pool} | the {what} of {} is {}; no email is sent", sent.email, sent.code);
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

/// A batch under way, for those who look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunningJob {
    pub(crate) function: String,
    pub(crate) queue: String,
    pub(crate) messages: usize,
    /// How often the message that was received most often was.
    pub(crate) receives: u32,
    pub(crate) duration: Duration,
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
        let ended = self.shared.state().running.remove(&self.id);
        if let Some(running) = ended {
            self.shared.console.say(format!("{} | {}", running.function, text(&running)));
        }
        self.shared.show();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows the seconds go by, as long as something is running.
    async fn count(self: Arc<Self>) {
        loop {
            self.show();
            tokio::time::sleep(Duration::from_secs(1)).await;
            let mut state = self.state();
            if state.running.is_empty() {
                state.is_counting = false;
                return;
            }
        }
    }

    fn show(&self) {
        let running: Vec<_> = self.state().running.values().map(Running::status).collect();
        self.console.show(running.join(", "));
    }
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

    fn status(&self) -> String {
        let again = match self.receives {
            0 | 1 => String::new(),
            receives => format!(", {} time", ordinal(receives)),
        };
        let seconds = self.since.elapsed().as_secs();
        format!("{} {seconds} s ({}{again})", self.function, self.what())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqs::DeadLetter;
    use crate::sqs::tests::message;

    #[tokio::test]
    async fn a_batch_is_told_of_when_it_begins_and_when_it_ends() {
        let (console, said) = Console::captured();
        let jobs = Jobs::new(console);
        let mut again = message("m-1", "x");
        again.receive_count = 3;
        let messages = [message("m-2", "y"), again];
        let job = jobs.begin("local-jobs", "local-worker", &messages);
        let status = jobs.shared.state().running.values().map(Running::status).next();
        assert_eq!(status.as_deref(), Some("worker 0 s (2 messages of jobs, 3rd time)"));
        job.end(&Outcome::Failure { reason: "it is sad".to_owned() });
        let said = said.text();
        assert!(said.contains("worker | 2 messages of jobs begun, for the 3rd time\n"), "{said}");
        assert!(
            said.contains("worker | 2 messages of jobs failed after 0.0 s, will come again"),
            "{said}"
        );
        assert!(said.contains(": it is sad\n"), "{said}");
        assert!(jobs.shared.state().running.is_empty());
    }

    #[test]
    fn messages_that_are_given_up_come_with_what_to_do_about_them() {
        let (console, said) = Console::captured();
        let dead = DeadLetter { message_id: "m-1".to_owned(), receive_count: 4 };
        let given_up =
            GivenUp { queue: "local-jobs", messages: &[dead], endpoint: "http://127.0.0.1:1" };
        Jobs::new(console).given_up(&given_up);
        let said = said.text();
        assert!(
            said.contains("GIVEN UP: 1 message received 4 times went to jobs-dead-letters"),
            "{said}"
        );
        let see = "--queue-url http://127.0.0.1:1/000000000000/local-jobs-dead-letters\n";
        assert!(said.contains(see), "{said}");
        let redo = "start-message-move-task --source-arn \
            arn:aws:sqs:us-east-1:000000000000:local-jobs-dead-letters\n";
        assert!(said.contains(redo), "{said}");
    }

    #[test]
    fn numbers_have_their_endings() {
        let numbers = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal);
        let expected = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"];
        assert_eq!(numbers, expected);
    }
}
