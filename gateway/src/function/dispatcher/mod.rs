//! Who serves which invocation: one function's queue and the states of its workers.
//!
//! Pure bookkeeping under the pool's lock; every step is constant time apart from the decision to
//! hire, which looks at all workers of the function.

mod results;
mod starts;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::fault::{self, Exit, StartFailure};
use super::job::{self, Event, Job};
use super::phase::{Clock, Next, Phase, Verdict, Worker, WorkerId};
use crate::invoke::InvokeError;
use starts::Starts;

/// Lambda's limit for the first attempt of the init phase; the second counts as part of the
/// invocation and gets the function's timeout.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Invocations that may wait. Far beyond what one machine is asked for; it only keeps a runaway
/// client from filling the memory.
const MAX_WAITING: usize = 10_000;

/// Bounds for a function's timeout, so that arithmetic on it neither overflows nor spins.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// A worker to be started.
#[derive(Debug)]
pub(super) struct Recruit {
    pub(super) id: WorkerId,
    pub(super) attention: Arc<Notify>,
}

#[derive(Debug)]
pub(super) enum Submitted {
    /// On its way, or a worker is being started for it.
    Settled,
    /// Waiting for a worker that should be about to ask for work.
    Promised,
}

#[derive(Debug)]
pub(super) enum Refused {
    Throttled,
    Retired(Box<Job>),
}

#[derive(Debug)]
pub(super) struct Dispatcher {
    limit: usize,
    timeout: Duration,
    queue: VecDeque<Job>,
    /// Workers in phase `Waiting`, the most recently used last: it is the warmest, and under
    /// little load the others stay untouched.
    idle: Vec<WorkerId>,
    workers: HashMap<WorkerId, Worker>,
    hired: WorkerId,
    starts: Starts,
    retired: bool,
}

impl Dispatcher {
    pub(super) fn new(limit: usize, timeout: Duration) -> Self {
        Self {
            limit,
            timeout: timeout.clamp(MIN_TIMEOUT, MAX_TIMEOUT),
            queue: VecDeque::new(),
            idle: Vec::new(),
            workers: HashMap::new(),
            hired: 0,
            starts: Starts::default(),
            retired: false,
        }
    }

    /// Takes an invocation: to an idle worker, or into the queue. Call [`Self::hire`] afterwards.
    pub(super) fn submit(&mut self, job: Job, now: Instant) -> Result<Submitted, Refused> {
        if self.retired {
            return Err(Refused::Retired(Box::new(job)));
        }
        if self.queue.len() >= MAX_WAITING {
            self.queue.retain(|waiting| !waiting.is_abandoned());
        }
        if self.limit == 0 || self.queue.len() >= MAX_WAITING {
            return Err(Refused::Throttled);
        }
        let Some(job) = self.hand_to_idle(job, now) else { return Ok(Submitted::Settled) };
        if self.workers.is_empty()
            && let Some(failure) = self.starts.remembered(now)
        {
            let answer = failure.answer(&job.event);
            job.answer(answer);
            return Ok(Submitted::Settled);
        }
        self.queue.push_back(job);
        let returning = self.workers.values().any(|w| matches!(w.phase, Phase::Returning));
        Ok(if returning { Submitted::Promised } else { Submitted::Settled })
    }

    /// Gives `job` back if no worker waits.
    fn hand_to_idle(&mut self, job: Job, now: Instant) -> Option<Job> {
        while let Some(id) = self.idle.pop() {
            let Some(worker) = self.workers.get_mut(&id) else { continue };
            // If the runtime has given up its poll, it may come back with another.
            let poll = std::mem::replace(&mut worker.phase, Phase::Returning);
            let Phase::Waiting(poll) = poll else { continue };
            let clock = Clock::start(now, self.timeout);
            if poll.send(clock.delivery(&job)).is_ok() {
                worker.phase = Phase::Busy { job, clock };
                return None;
            }
        }
        Some(job)
    }

    /// Decides how many workers to start: as many as invocations wait without one that is about
    /// to take them. `trust_returning` counts workers that have just answered among those.
    pub(super) fn hire(&mut self, now: Instant, trust_returning: bool) -> Vec<Recruit> {
        let mut recruits = Vec::new();
        if self.retired || self.queue.is_empty() || self.workers.len() >= self.limit {
            return recruits;
        }
        // Without any worker the queue would be stranded; `submit` lets none grow then.
        if self.starts.remembered(now).is_some() && !self.workers.is_empty() {
            return recruits;
        }
        let expected = |worker: &&Worker| match worker.phase {
            Phase::Starting { .. } => true,
            Phase::Returning => trust_returning,
            _ => false,
        };
        let expected = self.workers.values().filter(expected).count();
        let mut room = self.limit - self.workers.len();
        if self.starts.is_doubtful() {
            room = room.min(1_usize.saturating_sub(expected));
        }
        for _ in 0..room.min(self.queue.len().saturating_sub(expected)) {
            recruits.push(self.recruit(now));
        }
        recruits
    }

    fn recruit(&mut self, now: Instant) -> Recruit {
        self.hired += 1;
        let recruit = Recruit { id: self.hired, attention: Arc::default() };
        let phase = starting(now, INIT_LIMIT);
        self.workers
            .insert(recruit.id, Worker { phase, attention: Arc::clone(&recruit.attention) });
        recruit
    }

    /// Starts a worker ahead of any invocation if there is none; `started` hears of the first one
    /// that asks for work or does not get that far, and is dropped if there will be none.
    pub(super) fn warm(
        &mut self,
        started: oneshot::Sender<Result<(), StartFailure>>,
        now: Instant,
    ) -> Option<Recruit> {
        if self.retired || self.limit == 0 {
            return None;
        }
        let is_starting = |worker: &Worker| matches!(worker.phase, Phase::Starting { .. });
        if !self.workers.values().all(is_starting) {
            // A caller that gave up needs no answer.
            let _ = started.send(Ok(()));
            return None;
        }
        self.starts.notify(started);
        self.workers.is_empty().then(|| self.recruit(now))
    }

    /// `GET /next` of a worker.
    pub(super) fn next(&mut self, id: WorkerId, now: Instant) -> Next {
        let Some(worker) = self.workers.get_mut(&id) else { return Next::Never };
        match &worker.phase {
            // A runtime that lost the connection asks again; the emulator does not reset the
            // invocation then either.
            Phase::Busy { job, clock } => return Next::Deliver(clock.delivery(job)),
            Phase::Stopping => return Next::Never,
            Phase::Starting { .. } => self.starts.succeeded(),
            Phase::Waiting(_) => self.idle.retain(|idle| *idle != id),
            Phase::Returning => {}
        }
        if self.retired {
            worker.phase = Phase::Stopping;
            worker.attention.notify_one();
            return Next::Never;
        }
        while let Some(job) = self.queue.pop_front() {
            if job.is_abandoned() {
                continue;
            }
            let clock = Clock::start(now, self.timeout);
            let delivery = clock.delivery(&job);
            worker.phase = Phase::Busy { job, clock };
            return Next::Deliver(delivery);
        }
        let (poll, delivery) = oneshot::channel();
        worker.phase = Phase::Waiting(poll);
        self.idle.push(id);
        Next::Wait(delivery)
    }

    /// What a worker's task has to do at this moment.
    pub(super) fn verdict(&mut self, id: WorkerId, now: Instant) -> Verdict {
        let retired = self.retired;
        let Some(worker) = self.workers.get_mut(&id) else { return Verdict::Stop };
        // All invocations have the same timeout, so looking again one timeout from now never
        // misses the end of one that starts in between, and nobody sets timers per invocation.
        let later = now + self.timeout;
        match &mut worker.phase {
            Phase::Starting { reported: Some(document), .. } => {
                Verdict::Unready(StartFailure::Reported(document.clone()))
            }
            Phase::Starting { deadline, limit, .. } if now >= *deadline => {
                Verdict::Unready(StartFailure::TimedOut(*limit))
            }
            Phase::Starting { deadline, .. } => Verdict::Continue(later.min(*deadline)),
            Phase::Busy { job, clock } if now >= clock.deadline => {
                let event = Arc::clone(&job.event);
                if let Some(job) = self.take_job(id, Phase::Stopping) {
                    job.answer(Ok(fault::timed_out(&event, self.timeout)));
                }
                Verdict::Kill(event)
            }
            Phase::Busy { clock, .. } => Verdict::Continue(later.min(clock.deadline)),
            Phase::Stopping => Verdict::Stop,
            // One that never asks for work again keeps a replaced pool alive otherwise.
            Phase::Returning if retired => Verdict::Stop,
            Phase::Waiting(_) | Phase::Returning => Verdict::Continue(later),
        }
    }

    /// Whether the worker has not asked for its first invocation yet.
    pub(super) fn is_starting(&self, id: WorkerId) -> bool {
        self.workers.get(&id).is_some_and(|worker| matches!(worker.phase, Phase::Starting { .. }))
    }

    /// The process has exited: nothing can be handed to it any more. Whether something may still
    /// come from it, on connections that were not read to their end.
    pub(super) fn exited(&mut self, id: WorkerId) -> bool {
        let Some(worker) = self.workers.get_mut(&id) else { return false };
        if let Phase::Waiting(_) | Phase::Returning = worker.phase {
            worker.phase = Phase::Stopping;
            self.idle.retain(|idle| *idle != id);
        }
        matches!(worker.phase, Phase::Starting { .. } | Phase::Busy { .. })
    }

    /// The second attempt to initialise begins. `false` if the worker is to stop instead.
    pub(super) fn restart(&mut self, id: WorkerId, now: Instant) -> bool {
        let Some(worker) = self.workers.get_mut(&id) else { return false };
        if !matches!(worker.phase, Phase::Starting { .. }) {
            return false;
        }
        worker.phase = starting(now, self.timeout);
        true
    }

    /// A worker is gone for good; gives back the event it was working on. Call [`Self::hire`]
    /// afterwards.
    pub(super) fn end(&mut self, id: WorkerId, exit: Exit) -> Option<Arc<Event>> {
        self.idle.retain(|idle| *idle != id);
        let worker = self.workers.remove(&id)?;
        let Phase::Busy { job, .. } = worker.phase else { return None };
        let event = Arc::clone(&job.event);
        job.answer(Ok(fault::exited(&event, exit)));
        Some(event)
    }

    /// A worker is gone without ever having been ready.
    pub(super) fn start_failed(&mut self, id: WorkerId, failure: StartFailure, now: Instant) {
        self.workers.remove(&id);
        if self.workers.is_empty() {
            // Each waiting invocation would have had an environment of its own in Lambda, which
            // would have failed likewise.
            for job in self.queue.drain(..) {
                let answer = failure.answer(&job.event);
                job.answer(answer);
            }
        }
        self.starts.failed(failure, now);
    }

    /// Lets running invocations finish and takes no more; gives back those that wait.
    pub(super) fn retire(&mut self) -> VecDeque<Job> {
        self.retired = true;
        self.idle.clear();
        self.starts.abandon();
        for worker in self.workers.values_mut() {
            if matches!(worker.phase, Phase::Waiting(_) | Phase::Starting { .. }) {
                worker.phase = Phase::Stopping;
            }
            worker.attention.notify_one();
        }
        std::mem::take(&mut self.queue)
    }

    /// Stops everything now.
    pub(super) fn close(&mut self, error: &InvokeError) {
        job::refuse(self.retire(), error);
        for worker in self.workers.values_mut() {
            if let Phase::Busy { job, .. } = std::mem::replace(&mut worker.phase, Phase::Stopping) {
                job.answer(Err(error.clone()));
            }
        }
    }

    /// Takes over the waiting invocations of a replaced pool.
    pub(super) fn inherit(&mut self, jobs: VecDeque<Job>, now: Instant) {
        for job in jobs {
            if self.limit == 0 {
                job.answer(Err(InvokeError::Throttled));
            } else {
                // Cannot be refused: this queue is as long as the one the jobs come from.
                let _ = self.submit(job, now);
            }
        }
    }

    fn take_job(&mut self, id: WorkerId, then: Phase) -> Option<Job> {
        let worker = self.workers.get_mut(&id)?;
        match std::mem::replace(&mut worker.phase, then) {
            Phase::Busy { job, .. } => Some(job),
            _ => None,
        }
    }
}

fn starting(now: Instant, limit: Duration) -> Phase {
    Phase::Starting { deadline: now + limit, limit, reported: None }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
