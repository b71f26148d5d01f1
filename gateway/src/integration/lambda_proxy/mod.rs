//! Lambda proxy integration: the request as an event, the function's result as the answer.

mod event;
mod response;

use std::time::Duration;

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::{FunctionReference, Integration};

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::invoke::InvokeError;
use crate::method_response;
use crate::refusal::Refusal;

/// Lambda's limit for the payload of a synchronous invocation.
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;
/// Lambda's limit for the result, as its runtime interface emulator has it.
const MAX_RESULT_BYTES: usize = MAX_EVENT_BYTES + 100;

/// One operation's function.
#[derive(Debug)]
pub(crate) struct LambdaProxy {
    function: FunctionReference,
    timeout: Duration,
}

impl LambdaProxy {
    /// The integration; `None` if API Gateway would answer each request with a configuration
    /// error, which is reported.
    pub(super) fn new(
        integration: &Integration,
        function: &FunctionReference,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        if integration.streams_response {
            diagnostics.push(
                Diagnostic::error(
                    "unsupported-integration",
                    &integration.origin,
                    "responseTransferMode STREAM is not executed",
                )
                .with_help("leave it out: BUFFERED is the default"),
            );
            return None;
        }
        let method = integration.http_method.as_deref();
        if method.is_some_and(|method| method != "POST") {
            diagnostics.push(
                Diagnostic::warning(
                    "lambda-method",
                    &integration.origin,
                    "a Lambda integration with an httpMethod other than POST answers every request with status 500",
                )
                .with_help("write `httpMethod: POST`: it is the method of Lambda's API, not of yours"),
            );
            return None;
        }
        Some(Self {
            function: function.clone(),
            timeout: Duration::from_millis(integration.timeout_millis.into()),
        })
    }

    /// Calls the function and reads its result.
    pub(super) async fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        let event = Bytes::from(event::encode(exchange));
        if event.len() > MAX_EVENT_BYTES {
            return Err(Refusal::request_too_long());
        }
        let trace_id = exchange.request.ids.trace.with_parent();
        let call = exchange.gateway.invoke.invoke(&self.function, event, trace_id);
        let invocation = tokio::time::timeout(self.timeout, call)
            .await
            .map_err(|_| {
                tracing::warn!(function = self.function.name, timeout = ?self.timeout, "the integration timed out");
                Refusal::integration_timeout()
            })?
            .map_err(|error| self.not_called(&error))?;
        if invocation.function_error {
            let payload = String::from_utf8_lossy(&invocation.payload);
            tracing::warn!(function = self.function.name, %payload, "the function failed");
            return Err(Refusal::integration_failure());
        }
        if invocation.payload.len() > MAX_RESULT_BYTES {
            tracing::warn!(function = self.function.name, "the function's result is over 6 MB");
            return Err(Refusal::integration_failure());
        }
        let mut answer = response::decode(&invocation.payload, exchange)?;
        method_response::identify(&mut answer, exchange.request, true);
        Ok(answer)
    }

    /// What the client sees if the function was not called. AWS's support article on 5XX errors
    /// lists a throttled function among the causes of 500.
    fn not_called(&self, error: &InvokeError) -> Refusal {
        tracing::warn!(function = self.function.name, %error, "the function was not called");
        match error {
            InvokeError::RequestTooLarge => Refusal::request_too_long(),
            InvokeError::UnknownFunction(_) => Refusal::configuration_error(),
            InvokeError::Throttled => Refusal::integration_unavailable(),
            // To the caller a function that does not start has failed.
            InvokeError::Start(_) => Refusal::integration_failure(),
        }
    }
}
