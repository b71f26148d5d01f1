//! Lambda proxy integration: the request as an event, the function's result as the answer.

mod event;
mod response;

use bytes::Bytes;

use super::function::Function;
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::method_response;
use crate::refusal::Refusal;
pub(crate) use event::headers as event_headers;

/// Calls the function with the whole request and reads its result.
pub(super) async fn execute(
    function: &Function,
    exchange: &Exchange<'_>,
) -> Result<Answer, Refusal> {
    let event = Bytes::from(event::encode(exchange));
    let invocation = function.call(event, exchange).await?;
    if invocation.function_error {
        return Err(Refusal::integration_failure());
    }
    let mut answer = response::decode(&invocation.payload, function.name(), exchange)?;
    exchange.journal.set("integration.status", answer.status);
    method_response::identify(&mut answer, exchange.request, true);
    Ok(answer)
}
