//! Lambda proxy integration: the request as an event, the function's result as the answer.

mod event;
mod response;

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::Integration;

use super::function::Function;
use super::parameters::RequestParameters;
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::method_response;
use crate::refusal::Refusal;

/// How one operation calls its function.
#[derive(Debug)]
pub(crate) struct LambdaProxy {
    function: Function,
    parameters: RequestParameters,
}

impl LambdaProxy {
    /// The integration of an operation.
    pub(super) fn new(
        function: Function,
        integration: &Integration,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        Self { function, parameters: RequestParameters::new(integration, diagnostics) }
    }

    /// Calls the function with the whole request and reads its result. What is mapped has no
    /// effect, but a mapping may be wrong (recorded on AWS).
    pub(super) async fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        self.parameters.map(exchange, None)?;
        let event = Bytes::from(event::encode(exchange));
        let invocation = self.function.call(event, exchange).await?;
        if invocation.function_error {
            return Err(Refusal::integration_failure());
        }
        let mut answer = response::decode(&invocation.payload, self.function.name(), exchange)?;
        exchange.journal.set("integration.status", answer.status);
        method_response::identify(&mut answer, exchange.request, true);
        Ok(answer)
    }
}
