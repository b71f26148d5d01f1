//! The requests that the gateway has answered: the latest are kept, and pages follow them by
//! server-sent events.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use gateway::{Execution, ExecutionListener};
use http::{HeaderMap, StatusCode};
use openapi::model::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Site;
use super::answer::{self, Answer};
use crate::plan::Plan;
use crate::routes;

/// How many requests are kept. A log has some tens of lines of 1 KiB at most.
const KEPT: usize = 200;

/// How often a connection on which nothing happens says that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The latest requests; clones share them.
#[derive(Clone)]
pub(crate) struct Traces {
    shared: Arc<Shared>,
}

struct Shared {
    kept: Mutex<VecDeque<Arc<Trace>>>,
    /// The number of the latest.
    newest: watch::Sender<u64>,
}

struct Trace {
    /// From 1 on, without gaps.
    number: u64,
    execution: Execution,
}

impl Traces {
    pub(crate) fn new() -> Self {
        let (newest, _) = watch::channel(0);
        Self { shared: Arc::new(Shared { kept: Mutex::default(), newest }) }
    }

    /// What the gateway tells of each request.
    pub(crate) fn listener(&self) -> ExecutionListener {
        let traces = self.clone();
        Arc::new(move |execution| traces.add(execution))
    }

    fn add(&self, execution: Execution) {
        self.shared.newest.send_modify(|newest| {
            *newest += 1;
            let mut kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push_back(Arc::new(Trace { number: *newest, execution }));
            if kept.len() > KEPT {
                kept.pop_front();
            }
        });
    }

    fn find(&self, holds: impl Fn(&Trace) -> bool) -> Option<Arc<Trace>> {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|trace| holds(trace)).cloned()
    }
}

/// A request that is known by its id: its log.
pub(super) fn log(traces: &Traces, id: &str) -> Answer {
    match traces.find(|trace| trace.execution.request_id == id) {
        Some(trace) => answer::plain(StatusCode::OK, trace.execution.log.clone()),
        None => {
            let sentence = format!("No such request is kept; the last {KEPT} are.");
            answer::plain(StatusCode::NOT_FOUND, sentence)
        }
    }
}

/// Every request from now on, and those kept that the page has not seen.
pub(super) fn follow(site: &Site, headers: &HeaderMap) -> Answer {
    let (traces, plan) = (site.traces.clone(), site.plan.clone());
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let newest = traces.shared.newest.subscribe();
    // A page of an earlier start has seen numbers that are still to come.
    let seen = seen.filter(|seen| *seen <= *newest.borrow()).unwrap_or(0);
    let events = stream::unfold((newest, seen), move |(mut newest, seen)| {
        let (traces, plan) = (traces.clone(), plan.clone());
        async move {
            loop {
                if let Some(trace) = traces.find(|trace| trace.number > seen) {
                    let event = event(&trace, &plan.borrow());
                    return Some((Ok(event), (newest, trace.number)));
                }
                let next = newest.wait_for(|newest| *newest > seen);
                let next = tokio::time::timeout(KEEP_ALIVE, next).await.map(|next| next.is_ok());
                match next {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(_) => {
                        return Some((Ok(Bytes::from_static(b": alive\n\n")), (newest, seen)));
                    }
                }
            }
        }
    });
    answer::stream("text/event-stream", events)
}

/// JSON has no line break, which would end the event.
fn event(trace: &Trace, plan: &Plan) -> Bytes {
    Bytes::from(format!("id: {}\ndata: {}\n\n", trace.number, line(&trace.execution, plan)))
}

fn line(execution: &Execution, plan: &Plan) -> Value {
    let operation = execution.resource.as_ref().and_then(|resource| {
        let mut operations = plan.api.operations.iter().filter(|it| it.path.text == *resource);
        operations.find(|it| it.method == Method::Any || it.method.as_str() == execution.method)
    });
    json!({
        "id": execution.request_id,
        "at": format!("{:.3}", execution.received),
        "method": execution.method,
        "path": execution.path,
        "status": execution.status,
        "milliseconds": (execution.duration.as_secs_f64() * 10_000.0).round() / 10.0,
        "operation": operation.map(|operation| &operation.id),
        "function": operation.map(routes::backend),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(id: usize) -> Execution {
        Execution {
            request_id: format!("r-{id}"),
            received: "2026-01-01T00:00:00Z".parse().unwrap(),
            method: "GET".to_owned(),
            path: "/local/users".to_owned(),
            resource: None,
            status: 200,
            duration: Duration::from_micros(1234),
            log: "what happened".to_owned(),
        }
    }

    #[test]
    fn the_latest_requests_are_kept_and_no_more() {
        let traces = Traces::new();
        (1..=KEPT + 1).for_each(|id| traces.listener()(execution(id)));
        assert_eq!(log(&traces, "r-1").status(), StatusCode::NOT_FOUND);
        assert_eq!(log(&traces, "r-2").status(), StatusCode::OK);
        assert_eq!(traces.find(|trace| trace.number > 7).unwrap().number, 8);
        assert_eq!(*traces.shared.newest.borrow(), KEPT as u64 + 1);
    }
}
