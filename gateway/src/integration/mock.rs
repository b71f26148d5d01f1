//! Mock integration: templates only, no backend.

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::{Integration, Operation};

use super::parameters::RequestParameters;
use super::request::{IntegrationRequest, MappedRequest};
use super::response::{BackendAnswer, IntegrationResponses};
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::method_response;
use crate::permissive_json;
use crate::refusal::Refusal;

/// One operation's mock.
#[derive(Debug)]
pub(crate) struct Mock {
    request: IntegrationRequest,
    parameters: RequestParameters,
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
            parameters: RequestParameters::new(integration, diagnostics),
            responses: IntegrationResponses::new(operation, integration, diagnostics),
        }
    }

    /// The status in the request as it was mapped selects the response. Without any template the
    /// default response is used (guide, "mock integrations"); a body that passes by templates must
    /// hold a status, too.
    pub(super) fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        let MappedRequest { body, mut scope } = self.request.map(exchange)?;
        self.parameters.map(exchange, Some(&scope))?;
        let status = status(&String::from_utf8_lossy(&body)).map(|status| status.to_string());
        if status.is_none() && self.request.has_templates() {
            exchange.journal.line(|| {
                "Execution failed due to configuration error: Unable to parse statusCode. \
                 It should be an integer that is defined in the request template."
                    .to_owned()
            });
            tracing::warn!("the request of a mock has no integer statusCode");
            return Err(Refusal::configuration_error());
        }
        // A mock answers nothing itself.
        let nothing = BackendAnswer::text(Bytes::new());
        let mut answer =
            self.responses.answer(status.as_deref(), &nothing, &mut scope, exchange)?;
        method_response::identify(&mut answer, exchange.request, false);
        Ok(answer)
    }
}

/// The `statusCode` of a mapped request: any whole number, in JSON as API Gateway reads it.
fn status(request: &str) -> Option<i64> {
    permissive_json::parse(request)?.get("statusCode")?.as_i64()
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
            // Observed on AWS: any whole number is taken.
            (r#"{"statusCode": -1000}"#, Some(-1000)),
            (r#"{"statusCode": 99999}"#, Some(99999)),
            (r#"{"statusCode": 200, }"#, Some(200)),
            (r#"{"statusCode": 200"#, None),
            ("{}", None),
            ("", None),
            ("{statusCode: abc}", None),
            ("200", None),
        ] {
            assert_eq!(status(rendered), expected, "{rendered}");
        }
    }
}
