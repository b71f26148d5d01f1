//! One rule of the dispatcher each.

use bytes::Bytes;
use openapi::model::FunctionReference;
use tokio::sync::oneshot::Receiver;
use tokio::sync::oneshot::error::TryRecvError;

use super::starts::BACK_OFF;
use super::*;
use crate::function::job::Answer;
use crate::function::phase::{Delivery, Misplaced};
use crate::invoke::Invocation;

const TIMEOUT: Duration = Duration::from_secs(3);

fn job(payload: &str) -> (Job, Receiver<Answer>) {
    let function = FunctionReference {
        key: "f".to_owned(),
        name: "f".to_owned(),
        qualifier: None,
        arn: String::new(),
    };
    Job::new(&function, Bytes::from(payload.to_owned()), "")
}

/// A dispatcher whose clock the test moves.
pub(super) struct Stage {
    pub(super) dispatcher: Dispatcher,
    pub(super) now: Instant,
}

impl Stage {
    pub(super) fn new(limit: usize) -> Self {
        Self { dispatcher: Dispatcher::new(limit, TIMEOUT), now: Instant::now() }
    }

    pub(super) fn submit(&mut self, payload: &str) -> (Receiver<Answer>, Vec<WorkerId>) {
        let (job, answer) = job(payload);
        self.dispatcher.submit(job, self.now).unwrap();
        (answer, self.hire())
    }

    pub(super) fn hire(&mut self) -> Vec<WorkerId> {
        self.dispatcher.hire(self.now, true).iter().map(|recruit| recruit.id).collect()
    }

    /// `GET /next` of a worker for which an event is waiting.
    fn take(&mut self, id: WorkerId) -> Arc<Event> {
        match self.dispatcher.next(id, self.now) {
            Next::Deliver(delivery) => delivery.event,
            other => panic!("{other:?}"),
        }
    }

    /// `GET /next` of a worker that has to wait.
    fn wait(&mut self, id: WorkerId) -> Receiver<Delivery> {
        match self.dispatcher.next(id, self.now) {
            Next::Wait(poll) => poll,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn complete(&mut self, id: WorkerId, event: &Event) {
        let result = Invocation { payload: event.payload.clone(), function_error: false };
        self.dispatcher.complete(id, &event.request_id, result).unwrap();
    }

    /// Hires `count` workers and makes them all wait; the last one waits most recently.
    fn with_idle(limit: usize, count: usize) -> (Self, Vec<(WorkerId, Receiver<Delivery>)>) {
        let mut stage = Self::new(limit);
        let answers: Vec<_> = (0..count).map(|_| stage.submit("warm").0).collect();
        let ids: Vec<WorkerId> = (1..=count as u64).collect();
        let events: Vec<_> = ids.iter().map(|id| stage.take(*id)).collect();
        for (id, event) in ids.iter().zip(&events) {
            stage.complete(*id, event);
        }
        drop(answers);
        let polls = ids.iter().map(|id| (*id, stage.wait(*id))).collect();
        (stage, polls)
    }
}

fn payload(answer: &mut Receiver<Answer>) -> Bytes {
    answer.try_recv().unwrap().unwrap().payload
}

#[test]
fn a_worker_is_hired_for_each_waiting_call_up_to_the_limit() {
    let mut stage = Stage::new(2);
    assert_eq!(stage.submit("a").1, [1]);
    assert_eq!(stage.submit("b").1, [2]);
    assert_eq!(stage.submit("c").1, [0; 0]);
}

#[test]
fn waiting_calls_are_served_in_their_order() {
    let mut stage = Stage::new(1);
    let mut answers: Vec<_> = ["a", "b", "c"].map(|name| stage.submit(name).0).into();
    for expected in ["a", "b", "c"] {
        let event = stage.take(1);
        assert_eq!(event.payload, expected);
        stage.complete(1, &event);
    }
    assert_eq!(payload(&mut answers[2]), "c");
}

#[test]
fn the_most_recently_used_worker_is_used_again() {
    let (mut stage, mut polls) = Stage::with_idle(3, 3);
    let (_answer, hired) = stage.submit("next");
    assert!(hired.is_empty());
    assert_eq!(polls[2].1.try_recv().unwrap().event.payload, "next");
    assert!(polls[0].1.try_recv().is_err());
}

#[test]
fn calls_wait_for_a_worker_that_is_about_to_come_back() {
    let mut stage = Stage::new(4);
    let (_first, _) = stage.submit("first");
    let event = stage.take(1);
    stage.complete(1, &event);
    let (second, _answer) = job("second");
    let submitted = stage.dispatcher.submit(second, stage.now).unwrap();
    assert!(matches!(submitted, Submitted::Promised));
    assert!(stage.hire().is_empty());
    assert_eq!(stage.dispatcher.hire(stage.now, false).len(), 1, "it did not come back");
}

#[test]
fn a_poll_that_was_given_up_does_not_lose_the_call() {
    let (mut stage, mut polls) = Stage::with_idle(2, 2);
    polls.truncate(1);
    let (_answer, _) = stage.submit("precious");
    assert_eq!(polls[0].1.try_recv().unwrap().event.payload, "precious");
}

#[test]
fn a_worker_that_polls_twice_waits_once() {
    let (mut stage, mut polls) = Stage::with_idle(1, 1);
    let mut again = stage.wait(1);
    let (_answer, _) = stage.submit("a");
    assert_eq!(polls[0].1.try_recv().unwrap_err(), TryRecvError::Closed);
    assert_eq!(again.try_recv().unwrap().event.payload, "a");
    assert!(stage.dispatcher.idle.is_empty());
}

#[test]
fn a_worker_that_asks_again_gets_the_same_event() {
    let mut stage = Stage::new(1);
    let (_answer, _) = stage.submit("a");
    assert_eq!(stage.take(1).request_id, stage.take(1).request_id);
}

#[test]
fn calls_nobody_waits_for_are_skipped() {
    let mut stage = Stage::new(1);
    drop(stage.submit("given up").0);
    let (_answer, _) = stage.submit("wanted");
    assert_eq!(stage.take(1).payload, "wanted");
}

#[test]
fn results_are_taken_for_the_running_invocation_only() {
    let mut stage = Stage::new(1);
    let (_answer, _) = stage.submit("a");
    let check = |stage: &Stage, id: &str, attempt: Option<&[u8]>| {
        stage.dispatcher.running(1, id, attempt).map(|_| ())
    };
    assert_eq!(check(&stage, "x", None), Err(Misplaced::State("Started")));
    let event = stage.take(1);
    assert_eq!(check(&stage, "x", None), Err(Misplaced::RequestId));
    assert_eq!(check(&stage, &event.request_id, Some(b"x")), Err(Misplaced::InvocationId));
    let attempt = event.invocation_id.as_bytes();
    assert_eq!(check(&stage, &event.request_id, Some(attempt)), Ok(()));
    stage.complete(1, &event);
    assert_eq!(check(&stage, &event.request_id, None), Err(Misplaced::State("InvocationResponse")));
}

#[test]
fn time_runs_from_the_moment_a_worker_takes_the_call() {
    let mut stage = Stage::new(1);
    let (mut answer, _) = stage.submit("a");
    stage.now += Duration::from_secs(8);
    stage.take(1);
    assert!(matches!(stage.dispatcher.verdict(1, stage.now), Verdict::Continue(_)));
    stage.now += TIMEOUT;
    assert!(matches!(stage.dispatcher.verdict(1, stage.now), Verdict::Kill(_)));
    assert!(payload(&mut answer).ends_with(b"Task timed out after 3.00 seconds\"}"));
}

#[test]
fn the_next_look_at_an_idle_worker_comes_before_any_invocation_can_time_out() {
    let (mut stage, _polls) = Stage::with_idle(1, 1);
    let Verdict::Continue(wake) = stage.dispatcher.verdict(1, stage.now) else { panic!() };
    assert!(wake <= stage.now + TIMEOUT);
    let mut stage = Stage::new(1);
    let (_answer, _) = stage.submit("a");
    let Verdict::Continue(wake) = stage.dispatcher.verdict(1, stage.now) else { panic!() };
    assert!(wake <= stage.now + TIMEOUT, "though initialisation may take 10 s");
}

#[test]
fn initialisation_has_ten_seconds_and_then_the_functions_own_time() {
    let mut stage = Stage::new(1);
    let (_answer, _) = stage.submit("a");
    stage.now += INIT_LIMIT;
    let verdict = stage.dispatcher.verdict(1, stage.now);
    assert!(matches!(verdict, Verdict::Unready(StartFailure::TimedOut(INIT_LIMIT))));
    assert!(stage.dispatcher.restart(1, stage.now));
    stage.now += TIMEOUT;
    let verdict = stage.dispatcher.verdict(1, stage.now);
    assert!(matches!(verdict, Verdict::Unready(StartFailure::TimedOut(TIMEOUT))));
}

#[test]
fn after_a_failed_start_calls_fail_from_memory_until_it_is_time_to_try_again() {
    let mut stage = Stage::new(4);
    let failure = StartFailure::Command("broken".to_owned());
    let broken = Err(InvokeError::Start("broken".to_owned()));
    let (mut first, _) = stage.submit("a");
    stage.dispatcher.start_failed(1, failure.clone(), stage.now);
    assert_eq!(first.try_recv().unwrap(), broken);
    let (mut second, hired) = stage.submit("b");
    assert!(hired.is_empty());
    assert_eq!(second.try_recv().unwrap(), broken);
    stage.now += BACK_OFF;
    assert_eq!(stage.submit("c").1, [2]);
    assert!(stage.submit("d").1.is_empty(), "one attempt at a time");
    stage.dispatcher.start_failed(2, failure, stage.now);
    stage.now += BACK_OFF;
    assert!(stage.submit("e").1.is_empty(), "the pause doubles");
    stage.now += BACK_OFF;
    let (_answer, hired) = stage.submit("f");
    assert_eq!(hired, [3]);
    stage.take(3);
    assert_eq!(stage.submit("g").1, [4], "a worker that became ready ends the back-off");
}

#[test]
fn a_failed_start_is_no_failure_while_others_serve() {
    let mut stage = Stage::new(2);
    let (_first, _) = stage.submit("a");
    let event = stage.take(1);
    let (mut second, _) = stage.submit("b");
    stage.dispatcher.start_failed(2, StartFailure::Exited(Exit(None)), stage.now);
    assert_eq!(second.try_recv().unwrap_err(), TryRecvError::Empty);
    stage.complete(1, &event);
    assert_eq!(stage.take(1).payload, "b");
}

#[test]
fn a_retired_dispatcher_gives_back_its_queue_and_lets_the_rest_finish() {
    let mut stage = Stage::new(1);
    let (mut running, _) = stage.submit("running");
    let (_waiting, _) = stage.submit("waiting");
    let event = stage.take(1);
    let returned = stage.dispatcher.retire();
    assert_eq!(returned.len(), 1);
    assert_eq!(returned[0].event.payload, "waiting");
    let (late, _answer) = job("late");
    assert!(matches!(stage.dispatcher.submit(late, stage.now), Err(Refused::Retired(_))));
    assert!(matches!(stage.dispatcher.verdict(1, stage.now), Verdict::Continue(_)));
    stage.complete(1, &event);
    assert_eq!(payload(&mut running), "running");
    assert!(matches!(stage.dispatcher.next(1, stage.now), Next::Never));
    assert!(matches!(stage.dispatcher.verdict(1, stage.now), Verdict::Stop));
}

#[test]
fn no_concurrency_throttles_everything() {
    let mut stage = Stage::new(0);
    let (job, _answer) = job("a");
    assert!(matches!(stage.dispatcher.submit(job, stage.now), Err(Refused::Throttled)));
}

#[test]
fn a_worker_that_exits_while_idle_is_not_handed_anything() {
    let (mut stage, _polls) = Stage::with_idle(1, 1);
    assert!(!stage.dispatcher.exited(1), "nothing more is expected of it");
    let (_answer, hired) = stage.submit("a");
    assert!(hired.is_empty(), "its place is still taken");
    assert!(stage.dispatcher.end(1, Exit(None)).is_none());
    assert_eq!(stage.hire(), [2]);
}

#[test]
fn calls_left_behind_by_the_last_worker_get_another_in_spite_of_the_back_off() {
    let mut stage = Stage::new(2);
    let (_first, _) = stage.submit("a");
    stage.take(1);
    let (mut second, _) = stage.submit("b");
    stage.dispatcher.start_failed(2, StartFailure::Exited(Exit(None)), stage.now);
    stage.dispatcher.end(1, Exit(None));
    assert_eq!(stage.hire(), [3]);
    stage.dispatcher.start_failed(3, StartFailure::Exited(Exit(None)), stage.now);
    assert!(second.try_recv().unwrap().unwrap().function_error);
}
