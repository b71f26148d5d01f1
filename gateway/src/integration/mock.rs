//! Mock integration: templates only, no backend.

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::{Integration, Operation};
use serde_json::Value;

use super::request::{IntegrationRequest, MappedRequest};
use super::response::{BackendAnswer, IntegrationResponses};
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::method_response;
use crate::refusal::Refusal;

/// One operation's mock.
#[derive(Debug)]
pub(crate) struct Mock {
    request: IntegrationRequest,
    responses: IntegrationResponses,
}

impl Mock {
    /// The mock of an operation.
    pub(super) fn new(
        operation: &Operation,
        integration: &Integration,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            request: IntegrationRequest::new(integration, diagnostics),
            responses: IntegrationResponses::new(operation, integration, diagnostics),
        }
    }

    /// The status in the rendered request template selects the response. Without a template the
    /// default response is used (guide, "mock integrations").
    pub(super) fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        let MappedRequest { body, is_rendered, mut scope } = self.request.map(exchange)?;
        let status = if is_rendered {
            let rendered = String::from_utf8_lossy(&body);
            let status = status(&rendered).ok_or_else(|| {
                tracing::warn!(
                    %rendered,
                    "the request template of a mock has no integer statusCode"
                );
                Refusal::configuration_error()
            })?;
            Some(status.to_string())
        } else {
            None
        };
        // A mock answers nothing itself.
        let nothing = BackendAnswer::text(Bytes::new());
        let mut answer =
            self.responses.answer(status.as_deref(), &nothing, &mut scope, exchange)?;
        method_response::identify(&mut answer, exchange.request, false);
        Ok(answer)
    }
}

/// The integer `statusCode` of a rendered request template. AWS also takes `{statusCode: 200}`.
fn status(rendered: &str) -> Option<u16> {
    if let Ok(value) = serde_json::from_str::<Value>(rendered) {
        let status = value.get("statusCode")?;
        return u16::try_from(status.as_u64()?).ok();
    }
    let after = rendered.split_once("statusCode")?.1;
    let after = after.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let rest = after[end..].trim_start();
    let is_whole = rest.is_empty() || rest.starts_with([',', '}']);
    after[..end].parse().ok().filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_an_integer_in_lenient_json() {
        for (rendered, expected) in [
            (r#"{"statusCode": 200}"#, Some(200)),
            ("{statusCode: 201}", Some(201)),
            ("{\n  'statusCode' : 404,\n message: no }", Some(404)),
            (r#"{"statusCode": "200"}"#, None),
            (r#"{"statusCode": 200.5}"#, None),
            ("{statusCode: 200.5}", None),
            (r#"{"statusCode": -1}"#, None),
            (r#"{"statusCode": 99999}"#, None),
            ("{}", None),
            ("", None),
            ("{statusCode: abc}", None),
        ] {
            assert_eq!(status(rendered), expected, "{rendered}");
        }
    }
}
