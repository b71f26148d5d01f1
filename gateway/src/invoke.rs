//! The port through which the gateway calls functions.
//!
//! The gateway only knows this trait: [`crate::function::Functions`] answers it with processes
//! that speak the Lambda Runtime API, tests answer it with closures, and nothing in the request
//! pipeline can tell the difference.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use openapi::model::FunctionReference;

/// A future that can be stored and sent, so that [`Invoke`] can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Calls functions and waits for their answer, as Lambda's synchronous `Invoke` does.
///
/// Dropping the future gives up waiting (the gateway does so at an integration's timeout) but
/// does not stop the function, as in Lambda: it runs on until it answers or times out itself.
pub trait Invoke: Send + Sync + 'static {
    /// Calls `function` with `event` as its payload. `trace_id` is the value of the
    /// `X-Amzn-Trace-Id` header the function is to see.
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: Bytes,
        trace_id: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>>;
}

/// What a function answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The bytes the function returned, or the error document. Nobody has looked at them yet:
    /// they need not be JSON.
    pub payload: Bytes,
    /// The function failed (`X-Amz-Function-Error` is set): `payload` is an error document.
    pub function_error: bool,
}

/// Why a function could not be called. What a called function does wrong is an [`Invocation`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// No function goes by this name.
    #[error("no function is named `{0}`")]
    UnknownFunction(String),
    /// The function's concurrency limit leaves no room, or its queue is full.
    #[error("Rate Exceeded.")]
    Throttled,
    /// The event is larger than Lambda takes.
    #[error("Request must be smaller than 6291456 bytes for the InvokeFunction operation")]
    RequestTooLarge,
    /// The function's process could not be started; says why.
    #[error("{0}")]
    Start(String),
}
