//! Stores that fail, lose an answer or end their caller at a step of a test's choice.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use handlers::store::BoxFuture;
use tokio::sync::Notify;

use crate::interposed::Listener;

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails, and nothing was done.
    Refuse,
    /// It is done, but fails for all that its caller knows.
    Lose,
    /// Its caller is ended before it is done.
    KillBefore,
    /// Its caller is ended after it was done.
    KillAfter,
}

pub(super) const FAULTS: [Fault; 4] =
    [Fault::Refuse, Fault::Lose, Fault::KillBefore, Fault::KillAfter];

/// Where a fault came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    /// What the step was.
    pub(super) step: &'static str,
    /// What the step before it was.
    pub(super) before: Option<&'static str>,
}

/// Counts the steps of both stores together.
#[derive(Debug, Default)]
pub(super) struct Script {
    steps: AtomicU32,
    fault: Mutex<Option<(u32, Fault)>>,
    met: Mutex<Option<Met>>,
    /// The last step.
    last: Mutex<Option<&'static str>>,
    killed: Notify,
}

impl Script {
    /// From here on, the step of this number, from 1, has this fault.
    pub(super) fn set(&self, fault: Option<(u32, Fault)>) {
        self.steps.store(0, Ordering::SeqCst);
        *self.fault.lock().unwrap() = fault;
        *self.met.lock().unwrap() = None;
    }

    /// Where the fault came.
    pub(super) fn met(&self) -> Option<Met> {
        *self.met.lock().unwrap()
    }

    /// Does the work until it is done or ended.
    pub(super) async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.killed.notified() => None,
        }
    }

    async fn step<T, E>(
        &self,
        name: &'static str,
        error: impl FnOnce() -> E,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        // Others get their turn, as they do where a network is between.
        tokio::task::yield_now().await;
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = self.fault.lock().unwrap().filter(|(at, _)| *at == step);
        let before = self.last.lock().unwrap().replace(name);
        let Some((_, fault)) = fault else { return call.await };
        *self.met.lock().unwrap() = Some(Met { step: name, before });
        if matches!(fault, Fault::Lose | Fault::KillAfter) {
            call.await?;
        }
        if matches!(fault, Fault::KillBefore | Fault::KillAfter) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
        Err(error())
    }
}

impl Listener for Arc<Script> {
    fn hear<'a, T: Send + 'a, E: Send + 'a>(
        &'a self,
        method: &'static str,
        lost: impl FnOnce() -> E + Send + 'a,
        call: BoxFuture<'a, Result<T, E>>,
    ) -> BoxFuture<'a, Result<T, E>> {
        Box::pin(self.step(method, lost, call))
    }
}
