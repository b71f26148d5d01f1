//! The endpoint behind an integration: one call of a backend, and what its failure means.

use std::time::Instant;

use crate::backend::{BackendError, BackendRequest, BackendResponse};
use crate::exchange::Exchange;
use crate::refusal::Refusal;

/// Calls a backend and tells the logs about it.
///
/// # Errors
/// What the client gets to see when there is no answer.
pub(super) async fn call(
    request: BackendRequest,
    exchange: &Exchange<'_>,
) -> Result<BackendResponse, Refusal> {
    let journal = exchange.journal;
    journal.endpoint_request(&request.url, &request.headers, &request.body);
    let started = Instant::now();
    let response = exchange.gateway.account.backend.send(request).await;
    match response {
        Ok(response) => {
            let BackendResponse { status, headers, body } = &response;
            journal.endpoint_response(*status, started.elapsed(), headers, body);
            Ok(response)
        }
        Err(error) => {
            tracing::warn!(%error, "the integration's endpoint was not called");
            let (reason, refusal) = meaning(&error);
            journal.line(|| format!("Execution failed due to {reason}"));
            Err(refusal)
        }
    }
}

/// The reason in the wording of the execution log, and what the client sees. A certificate that is
/// not trusted counts as wrong configuration, other trouble on the way as the network's (AWS's
/// support articles on certificates and on 5XX errors).
fn meaning(error: &BackendError) -> (String, Refusal) {
    match error {
        BackendError::Url(_) => (
            "configuration error: Invalid endpoint address".to_owned(),
            Refusal::configuration_error(),
        ),
        BackendError::Request(_) | BackendError::Certificate(_) => {
            (format!("configuration error: {error}"), Refusal::configuration_error())
        }
        BackendError::Network(reason) | BackendError::Answer(reason) => (
            format!("a network error communicating with endpoint: {reason}"),
            Refusal::network_error(),
        ),
        BackendError::Timeout => ("a timeout error".to_owned(), Refusal::integration_timeout()),
        BackendError::TooLarge => (
            "an internal error: the payload is over 10485760 bytes".to_owned(),
            Refusal::integration_unavailable(),
        ),
    }
}
