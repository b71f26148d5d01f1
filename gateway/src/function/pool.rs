//! One function's workers: the lock around the [`Dispatcher`], and the tasks it asks for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::FunctionSpec;
use super::dispatcher::{Dispatcher, Recruit, Refused, Submitted};
use super::fault::{Exit, StartFailure};
use super::job::{Event, Job};
use super::log::{LogLine, LogSink, LogSource};
use super::phase::{Misplaced, Next, Verdict, WorkerId};
use super::worker;
use crate::invoke::{Invocation, InvokeError};

pub(super) struct Pool {
    spec: FunctionSpec,
    dispatcher: Mutex<Dispatcher>,
    tasks: TaskTracker,
    logs: LogSink,
}

impl Pool {
    pub(super) fn new(spec: FunctionSpec, tasks: TaskTracker, logs: LogSink) -> Arc<Self> {
        let dispatcher = Mutex::new(Dispatcher::new(spec.concurrency, spec.timeout));
        Arc::new(Self { spec, dispatcher, tasks, logs })
    }

    pub(super) fn spec(&self) -> &FunctionSpec {
        &self.spec
    }

    pub(super) fn logs(&self) -> &LogSink {
        &self.logs
    }

    /// Writes a line of the service's own to the function's log.
    pub(super) fn log(&self, text: &str) {
        (self.logs)(LogLine { function: &self.spec.name, source: LogSource::Platform, text });
    }

    // For callers.

    pub(super) fn submit(self: &Arc<Self>, job: Job) -> Result<Submitted, Refused> {
        let now = Instant::now();
        let mut dispatcher = self.lock();
        let submitted = dispatcher.submit(job, now)?;
        let recruits = dispatcher.hire(now, true);
        drop(dispatcher);
        self.employ(recruits);
        Ok(submitted)
    }

    /// A worker that was about to come back did not.
    pub(super) fn reinforce(self: &Arc<Self>) {
        let recruits = self.lock().hire(Instant::now(), false);
        self.employ(recruits);
    }

    pub(super) fn inherit(self: &Arc<Self>, jobs: VecDeque<Job>) {
        let now = Instant::now();
        let mut dispatcher = self.lock();
        dispatcher.inherit(jobs, now);
        let recruits = dispatcher.hire(now, true);
        drop(dispatcher);
        self.employ(recruits);
    }

    /// Starts a first worker; see [`Dispatcher::warm`].
    pub(super) fn warm(self: &Arc<Self>) -> oneshot::Receiver<Result<(), StartFailure>> {
        let (started, outcome) = oneshot::channel();
        let recruit = self.lock().warm(started, Instant::now());
        self.employ(recruit.into_iter().collect());
        outcome
    }

    pub(super) fn retire(&self) -> VecDeque<Job> {
        self.lock().retire()
    }

    pub(super) fn close(&self, error: &InvokeError) {
        self.lock().close(error);
    }

    // For the Runtime API of one worker.

    pub(super) fn next(&self, id: WorkerId) -> Next {
        self.lock().next(id, Instant::now())
    }

    pub(super) fn running(
        &self,
        id: WorkerId,
        request_id: &str,
        invocation_id: Option<&[u8]>,
    ) -> Result<Arc<Event>, Misplaced> {
        self.lock().running(id, request_id, invocation_id)
    }

    pub(super) fn complete(
        &self,
        id: WorkerId,
        request_id: &str,
        result: Invocation,
    ) -> Result<(), Misplaced> {
        self.lock().complete(id, request_id, result)
    }

    pub(super) fn report_init_error(&self, id: WorkerId, document: Bytes) -> Result<(), Misplaced> {
        self.lock().report_init_error(id, document)
    }

    // For a worker's task.

    pub(super) fn verdict(&self, id: WorkerId) -> Verdict {
        self.lock().verdict(id, Instant::now())
    }

    pub(super) fn is_starting(&self, id: WorkerId) -> bool {
        self.lock().is_starting(id)
    }

    pub(super) fn exited(&self, id: WorkerId) -> bool {
        self.lock().exited(id)
    }

    pub(super) fn restart(&self, id: WorkerId) -> bool {
        self.lock().restart(id, Instant::now())
    }

    pub(super) fn end(self: &Arc<Self>, id: WorkerId, exit: Exit) -> Option<Arc<Event>> {
        let mut dispatcher = self.lock();
        let interrupted = dispatcher.end(id, exit);
        let recruits = dispatcher.hire(Instant::now(), true);
        drop(dispatcher);
        self.employ(recruits);
        interrupted
    }

    pub(super) fn start_failed(&self, id: WorkerId, failure: StartFailure) {
        self.lock().start_failed(id, failure, Instant::now());
    }

    fn employ(self: &Arc<Self>, recruits: Vec<Recruit>) {
        for recruit in recruits {
            self.tasks.spawn(worker::run(Arc::clone(self), recruit));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Dispatcher> {
        // Nothing under the lock panics; if it did, the state would still be usable.
        self.dispatcher.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
