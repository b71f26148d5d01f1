//! One invocation on its way from the caller to a worker and back.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use openapi::model::FunctionReference;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::environment;
use crate::invoke::{Invocation, InvokeError};

/// What a caller gets.
pub(super) type Answer = Result<Invocation, InvokeError>;

/// What a function gets. Shared, because a runtime that lost its connection may ask again.
#[derive(Debug)]
pub(super) struct Event {
    /// `Lambda-Runtime-Aws-Request-Id`, a UUID.
    pub(super) request_id: String,
    /// `Lambda-Runtime-Invocation-Id`, tells apart attempts; runtimes may echo it.
    pub(super) invocation_id: String,
    /// `Lambda-Runtime-Invoked-Function-Arn`.
    pub(super) arn: HeaderValue,
    /// `Lambda-Runtime-Trace-Id`, if the caller sent one that fits in a header.
    pub(super) trace_id: Option<HeaderValue>,
    /// The event itself.
    pub(super) payload: Bytes,
}

/// An event and whom to answer.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) event: Arc<Event>,
    reply: oneshot::Sender<Answer>,
}

impl Job {
    /// An invocation of `function`, and where its answer arrives.
    pub(super) fn new(
        function: &FunctionReference,
        payload: Bytes,
        trace_id: &str,
    ) -> (Self, oneshot::Receiver<Answer>) {
        let id = Uuid::new_v4();
        let (reply, answer) = oneshot::channel();
        let event = Event {
            request_id: id.to_string(),
            invocation_id: id.simple().to_string(),
            arn: environment::invoked_arn(function),
            trace_id: HeaderValue::from_str(trace_id).ok().filter(|value| !value.is_empty()),
            payload,
        };
        (Self { event: Arc::new(event), reply }, answer)
    }

    /// Whether nobody waits any more, for example after the integration's timeout.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    /// Answers the caller, if there still is one.
    pub(super) fn answer(self, answer: Answer) {
        let _ = self.reply.send(answer);
    }
}

/// Answers all of `jobs` with the same error.
pub(super) fn refuse(jobs: impl IntoIterator<Item = Job>, error: &InvokeError) {
    for job in jobs {
        job.answer(Err(error.clone()));
    }
}
