//! Lambda custom integration: templates make the event and the answer.

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::{Integration, Operation};
use serde_json::Value;

use super::function::Function;
use super::parameters::RequestParameters;
use super::request::{IntegrationRequest, MappedRequest};
use super::response::{BackendAnswer, IntegrationResponses};
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::method_response;
use crate::refusal::Refusal;

/// How one operation calls its function.
#[derive(Debug)]
pub(crate) struct Lambda {
    function: Function,
    request: IntegrationRequest,
    responses: IntegrationResponses,
    parameters: RequestParameters,
}

impl Lambda {
    /// The integration of an operation.
    pub(super) fn new(
        function: Function,
        operation: &Operation,
        integration: &Integration,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            function,
            request: IntegrationRequest::new(integration, diagnostics),
            responses: IntegrationResponses::new(operation, integration, diagnostics),
            parameters: RequestParameters::new(integration, diagnostics),
        }
    }

    /// Functions that fail answer Lambda's own call with status 200, so their `errorMessage`
    /// selects the response; a result selects the default one.
    pub(super) async fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        let MappedRequest { body, mut scope } = self.request.map(exchange)?;
        let parameters = self.parameters.map(exchange, Some(&scope))?;
        let is_asynchronous = parameters.headers.get("X-Amz-Invocation-Type") == Some("Event");
        let event = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        let mut error_message = None;
        let result = if is_asynchronous {
            self.function.send(event, exchange);
            BackendAnswer::text(Bytes::new())
        } else {
            let invocation = self.function.call(event, exchange).await?;
            if invocation.function_error {
                error_message = Some(message(&invocation.payload));
            }
            BackendAnswer::text(invocation.payload)
        };
        let mut answer =
            self.responses.answer(error_message.as_deref(), &result, &mut scope, exchange)?;
        method_response::identify(&mut answer, exchange.request, true);
        Ok(answer)
    }
}

/// `errorMessage` of a function's error document.
fn message(payload: &[u8]) -> String {
    let document: Value = serde_json::from_slice(payload).unwrap_or_default();
    document.get("errorMessage").and_then(Value::as_str).unwrap_or_default().to_owned()
}
