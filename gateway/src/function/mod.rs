//! An emulated Lambda service: functions are processes, in any language, that speak the Lambda
//! Runtime API.
//!
//! ```text
//! Invoke ──▶ Pool (per function) ──▶ Dispatcher: queue, idle workers, back-off   dispatcher/
//!              │ hires                     ▲ next / response / error
//!              ▼                           │
//!           worker task ── listener ── Runtime API (per worker)                  runtime_api.rs
//!              └── process, its environment, its output          process.rs, environment.rs, log.rs
//! ```
//!
//! Workers start on demand, serve one invocation at a time and stay for the next, as Lambda's
//! execution environments do. What goes wrong in a function becomes the error document Lambda
//! would answer (fault.rs); the gateway decides what its caller sees of it.

mod dispatcher;
mod environment;
mod extension;
mod fault;
mod job;
mod log;
mod phase;
mod pool;
mod process;
mod runtime_api;
mod worker;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use bytes::Bytes;
use openapi::model::FunctionReference;
use tokio_util::task::TaskTracker;

pub use log::{LogLine, LogSink, LogSource, stderr};

use crate::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use dispatcher::{Refused, Submitted};
use job::{Answer, Job};
use pool::Pool;

/// Largest payload of a synchronous invocation, each way: 6 MiB and 100 bytes, as the Runtime
/// Interface Emulator counts it.
pub const MAX_PAYLOAD: usize = 6 * 1024 * 1024 + 100;

/// How long an invocation trusts a worker that has just answered to ask for work again, before
/// another worker is started instead.
const PATIENCE: Duration = Duration::from_millis(10);

/// A function and the process that serves it.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// The function's key or name, as integrations refer to it.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Variables of the function's own configuration.
    pub environment: Vec<(String, String)>,
    /// What the function is told its memory size is. Not enforced.
    pub memory_mb: u32,
    /// Longest run of one invocation.
    pub timeout: Duration,
    /// Most workers at a time; further invocations wait. None at all means that every invocation
    /// is throttled, as reserved concurrency 0 does in Lambda.
    pub concurrency: usize,
}

impl FunctionSpec {
    /// A function with Lambda's defaults (128 MB) but API Gateway's patience (29 s), since
    /// Lambda's default of 3 s is seldom what a deployed function has.
    pub fn new(name: impl Into<String>, command: Vec<String>) -> Self {
        Self {
            name: name.into(),
            command,
            environment: Vec::new(),
            memory_mb: 128,
            timeout: Duration::from_secs(29),
            concurrency: default_concurrency(),
        }
    }
}

/// A function whose process never asked for its first event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("function `{function}` does not start: {reason}")]
pub struct StartError {
    /// The function's name.
    pub function: String,
    /// What became of the process.
    pub reason: String,
}

/// Two workers per core, at least four: functions mostly wait for other services.
pub fn default_concurrency() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (2 * cores).max(4)
}

/// Every function of a gateway. Workers run on the runtime that invokes them.
pub struct Functions {
    registry: RwLock<Registry>,
    workers: TaskTracker,
    logs: LogSink,
}

#[derive(Default)]
struct Registry {
    pools: HashMap<String, Arc<Pool>>,
    /// Replaced pools whose workers still finish something; the workers keep them alive.
    retired: Vec<Weak<Pool>>,
    closed: bool,
}

impl Functions {
    /// Makes the functions known; processes start with the first invocation. Their output goes to
    /// `logs`, see [`stderr`].
    pub fn new(specs: Vec<FunctionSpec>, logs: LogSink) -> Self {
        let functions = Self { registry: RwLock::default(), workers: TaskTracker::new(), logs };
        functions.replace(specs);
        functions
    }

    /// Puts `specs` in place of all functions, for example after a rebuild: running invocations
    /// finish on their old workers, waiting and later ones get new workers.
    pub fn replace(&self, specs: Vec<FunctionSpec>) {
        let pools: HashMap<_, _> = specs
            .into_iter()
            .map(|spec| {
                let name = spec.name.clone();
                (name, Pool::new(spec, self.workers.clone(), Arc::clone(&self.logs)))
            })
            .collect();
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        if registry.closed {
            return;
        }
        let retired = std::mem::replace(&mut registry.pools, pools);
        registry.retired.retain(|pool| pool.strong_count() > 0);
        for (name, pool) in retired {
            let waiting = pool.retire();
            registry.retired.push(Arc::downgrade(&pool));
            match registry.pools.get(&name) {
                Some(successor) => successor.inherit(waiting),
                None => job::refuse(waiting, &InvokeError::UnknownFunction(name)),
            }
        }
    }

    /// Starts a worker of every function that has none, and waits until each asks for work: the
    /// first callers find it there, and a program that cannot run is found out before anybody
    /// calls. Its second, slower attempt is part of the wait, as it is part of Lambda's init.
    ///
    /// # Errors
    ///
    /// Every function that did not start.
    pub async fn warm(&self) -> Result<(), Vec<StartError>> {
        let pools: Vec<_> = {
            let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
            registry.pools.values().map(Arc::clone).collect()
        };
        let starting: Vec<_> =
            pools.iter().map(|pool| (pool.spec().name.clone(), pool.warm())).collect();
        let mut errors = Vec::new();
        for (function, outcome) in starting {
            // Dropped without a word: it was replaced, or may have no worker at all.
            if let Ok(Err(failure)) = outcome.await {
                errors.push(StartError { function, reason: failure.to_string() });
            }
        }
        errors.sort_by(|a, b| a.function.cmp(&b.function));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Ends every process: SIGTERM, then SIGKILL for what is left half a second later. Running
    /// and later invocations fail.
    pub async fn shutdown(&self) {
        let pools = {
            let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
            registry.closed = true;
            let retired = std::mem::take(&mut registry.retired);
            let current = std::mem::take(&mut registry.pools);
            current
                .into_values()
                .chain(retired.iter().filter_map(Weak::upgrade))
                .collect::<Vec<_>>()
        };
        for pool in pools {
            pool.close(&shutting_down());
        }
        self.workers.close();
        self.workers.wait().await;
    }

    fn find(&self, function: &FunctionReference) -> Result<Arc<Pool>, InvokeError> {
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        if registry.closed {
            return Err(shutting_down());
        }
        let pools = &registry.pools;
        pools
            .get(&function.key)
            .or_else(|| pools.get(&function.name))
            .map(Arc::clone)
            .ok_or_else(|| InvokeError::UnknownFunction(function.name.clone()))
    }

    async fn call(
        &self,
        function: &FunctionReference,
        event: Bytes,
        trace_id: &str,
    ) -> Result<Invocation, InvokeError> {
        if event.len() > MAX_PAYLOAD {
            return Err(InvokeError::RequestTooLarge);
        }
        let (mut job, mut answer) = Job::new(function, event, trace_id);
        loop {
            let pool = self.find(function)?;
            match pool.submit(job) {
                Ok(Submitted::Settled) => break,
                Ok(Submitted::Promised) => {
                    if let Ok(answered) = tokio::time::timeout(PATIENCE, &mut answer).await {
                        return received(answered);
                    }
                    pool.reinforce();
                    break;
                }
                Err(Refused::Throttled) => return Err(InvokeError::Throttled),
                // Replaced between look-up and submission: its successor is in place by now.
                Err(Refused::Retired(returned)) => job = *returned,
            }
        }
        received(answer.await)
    }
}

impl Invoke for Functions {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: Bytes,
        trace_id: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        Box::pin(self.call(function, event, trace_id))
    }
}

fn shutting_down() -> InvokeError {
    InvokeError::Start("the gateway is shutting down".to_owned())
}

fn received(answer: Result<Answer, tokio::sync::oneshot::error::RecvError>) -> Answer {
    // Jobs are always answered; one that was dropped went down with the runtime it ran on.
    answer.unwrap_or_else(|_| Err(shutting_down()))
}
