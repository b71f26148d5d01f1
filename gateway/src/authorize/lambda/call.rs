//! The call of an authorizer's function, and what a failed one means.

use std::time::{Duration, Instant};

use bytes::Bytes;
use openapi::model::FunctionReference;
use serde_json::Value;

use super::output::Output;
use crate::authorize::MethodArn;
use crate::exchange::Exchange;
use crate::journal::{Journal, legible, milliseconds};
use crate::refusal::Refusal;

/// How long a function may take: as long as an integration.
const TIMEOUT: Duration = Duration::from_secs(29);

/// Calls the function. Also returns how long it took, in milliseconds.
///
/// # Errors
/// 401 if it says so, 500 if it does not answer with a policy.
pub(super) async fn ask(
    function: &FunctionReference,
    event: String,
    arn: &MethodArn,
    exchange: &Exchange<'_>,
) -> Result<(Output, u64), Refusal> {
    let journal = exchange.journal;
    let trace_id = exchange.request.ids.trace.with_parent();
    let sent = [("X-Amzn-Trace-Id", trace_id)].into_iter().collect();
    let event = Bytes::from(event);
    journal.endpoint_request(&function.invocation_url(), &sent, &event);
    let started = Instant::now();
    let call = exchange.gateway.account.functions.invoke(function, event, trace_id);
    let outcome = tokio::time::timeout(TIMEOUT, call).await;
    let latency = milliseconds(started.elapsed());
    journal.set("authorizer.latency", latency);
    journal.set("authorizer.integrationLatency", latency);
    let name = &function.name;
    let invocation = match outcome {
        Ok(Ok(invocation)) => invocation,
        Ok(Err(error)) => {
            tracing::warn!(function = name, %error, "the authorizer's function was not called");
            return Err(misconfigured(&error.to_string(), journal));
        }
        Err(_) => {
            tracing::warn!(function = name, timeout = ?TIMEOUT, "the authorizer timed out");
            journal.line(|| "Execution failed due to a timeout error".to_owned());
            journal.set("authorizer.status", 500);
            journal.set("authorizer.error", "timeout");
            return Err(Refusal::authorizer_failure());
        }
    };
    // Lambda answers its own call with status 200 whatever becomes of the function.
    journal.set("authorizer.integrationStatus", 200);
    let payload = &invocation.payload;
    if invocation.function_error {
        return Err(failed(name, payload, exchange));
    }
    let output = Output::parse(payload, arn.api()).map_err(|problem| {
        tracing::warn!(function = name, problem, "the authorizer's answer is no policy");
        misconfigured(&problem, journal)
    })?;
    journal.line(|| format!("Authorizer result body before parsing: {}", legible(payload)));
    journal.set("authorizer.status", 200);
    Ok((output, latency))
}

/// Refuses a caller without a policy.
pub(super) fn unauthorized(exchange: &Exchange<'_>) -> Refusal {
    let request_id = &exchange.request.ids.request_id;
    exchange.journal.line(|| format!("Unauthorized request: {request_id}"));
    exchange.journal.set("authorizer.status", 401);
    exchange.journal.set("authorizer.error", "Unauthorized");
    Refusal::unauthorized()
}

/// A function that fails with the message `Unauthorized` refuses the caller; with any other, it is
/// broken.
fn failed(function: &str, payload: &[u8], exchange: &Exchange<'_>) -> Refusal {
    let document: Value = serde_json::from_slice(payload).unwrap_or_default();
    if document.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized") {
        return unauthorized(exchange);
    }
    let payload = String::from_utf8_lossy(payload);
    tracing::warn!(function, %payload, "the authorizer's function failed");
    misconfigured("Authorizer error", exchange.journal)
}

fn misconfigured(problem: &str, journal: &Journal) -> Refusal {
    journal.line(|| format!("Execution failed due to configuration error: {problem}"));
    journal.set("authorizer.status", 500);
    journal.set("authorizer.error", problem);
    Refusal::authorizer_configuration_error()
}
