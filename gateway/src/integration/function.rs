//! A function as the backend of an integration: limits, timeout, and what a failed call means.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::{FunctionReference, Integration};

use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::invoke::{Invocation, InvokeError};
use crate::refusal::Refusal;

/// Lambda's limit for the payload of a synchronous invocation.
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;
/// Lambda's limit for the result, as its runtime interface emulator has it.
const MAX_RESULT_BYTES: usize = MAX_EVENT_BYTES + 100;

/// The function of one operation.
#[derive(Debug)]
pub(crate) struct Function {
    reference: FunctionReference,
    timeout: Duration,
}

impl Function {
    /// The function; `None` if API Gateway would answer each request with a configuration error,
    /// or if the integration asks for something that is not executed. Either is reported.
    pub(super) fn new(
        integration: &Integration,
        reference: FunctionReference,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
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
        let timeout = Duration::from_millis(integration.timeout_millis.into());
        Some(Self { reference, timeout })
    }

    /// Its name, for logs.
    pub(super) fn name(&self) -> &str {
        &self.reference.name
    }

    /// Calls the function and waits for its result, or its error document.
    pub(super) async fn call(
        &self,
        event: Bytes,
        exchange: &Exchange<'_>,
    ) -> Result<Invocation, Refusal> {
        if event.len() > MAX_EVENT_BYTES {
            return Err(Refusal::request_too_long());
        }
        let name = self.name();
        let journal = exchange.journal;
        let trace_id = exchange.request.ids.trace.with_parent();
        let sent = [("X-Amzn-Trace-Id", trace_id)].into_iter().collect();
        journal.endpoint_request(&self.reference.invocation_url(), &sent, &event);
        let started = Instant::now();
        let call = exchange.gateway.account.functions.invoke(&self.reference, event, trace_id);
        let invocation = tokio::time::timeout(self.timeout, call)
            .await
            .map_err(|_| {
                tracing::warn!(function = name, timeout = ?self.timeout, "the integration timed out");
                journal.line(|| "Execution failed due to a timeout error".to_owned());
                Refusal::integration_timeout()
            })?
            .map_err(|error| {
                journal.line(|| format!("Execution failed due to configuration error: {error}"));
                self.not_called(&error)
            })?;
        let latency = started.elapsed();
        // Lambda answers its own call with status 200 whatever becomes of the function.
        journal.endpoint_response(200, latency, &Headers::new(), &invocation.payload);
        if invocation.function_error {
            let payload = String::from_utf8_lossy(&invocation.payload);
            journal.line(|| {
                format!("Lambda execution failed with status 200 due to customer function error: {payload}")
            });
            tracing::warn!(function = name, %payload, "the function failed");
        }
        if invocation.payload.len() > MAX_RESULT_BYTES {
            tracing::warn!(function = name, "the function's result is over 6 MB");
            return Err(Refusal::integration_failure());
        }
        Ok(invocation)
    }

    /// Has the function run without waiting for it, as an invocation of type `Event` does.
    pub(super) fn send(&self, event: Bytes, exchange: &Exchange<'_>) {
        let functions = Arc::clone(&exchange.gateway.account.functions);
        let reference = self.reference.clone();
        let trace_id = exchange.request.ids.trace.with_parent().to_owned();
        tokio::spawn(async move {
            match functions.invoke(&reference, event, &trace_id).await {
                Ok(invocation) if invocation.function_error => {
                    let payload = String::from_utf8_lossy(&invocation.payload);
                    tracing::warn!(function = reference.name, %payload, "the function failed");
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(function = reference.name, %error, "the function was not called");
                }
            }
        });
    }

    /// What the client sees if the function was not called. AWS's support article on 5XX errors
    /// lists a throttled function among the causes of 500.
    fn not_called(&self, error: &InvokeError) -> Refusal {
        tracing::warn!(function = self.reference.name, %error, "the function was not called");
        match error {
            InvokeError::RequestTooLarge => Refusal::request_too_long(),
            InvokeError::UnknownFunction(_) => Refusal::configuration_error(),
            InvokeError::Throttled => Refusal::integration_unavailable(),
            // To the caller a function that does not start has failed.
            InvokeError::Start(_) => Refusal::integration_failure(),
        }
    }
}
