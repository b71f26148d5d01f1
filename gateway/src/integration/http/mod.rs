//! HTTP integrations: another HTTP endpoint answers, mapped (`http`) or as it is (`http_proxy`).

mod headers;
mod proxy;
mod target;

use openapi::Diagnostic;
use openapi::model::{Integration, Operation};

use super::parameters::RequestParameters;
use super::request::{IntegrationRequest, MappedRequest};
use super::response::{BackendAnswer, IntegrationResponses};
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::method_response;
use crate::refusal::Refusal;
use crate::stage::Stage;
pub(super) use proxy::HttpProxy;
use target::Target;

/// One operation's HTTP custom integration.
#[derive(Debug)]
pub(crate) struct Http {
    target: Target,
    request: IntegrationRequest,
    parameters: RequestParameters,
    responses: IntegrationResponses,
}

impl Http {
    /// The integration of an operation; `None` if its `uri` cannot be called, which is reported.
    pub(super) fn new(
        uri: &str,
        operation: &Operation,
        integration: &Integration,
        stage: &Stage,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        Some(Self {
            request: IntegrationRequest::new(integration, diagnostics),
            parameters: RequestParameters::new(integration, diagnostics),
            responses: IntegrationResponses::new(operation, integration, diagnostics),
            target: Target::new(uri, integration, stage, diagnostics)?,
        })
    }

    /// Nothing of the client's request reaches the endpoint but what is mapped, and its body. The
    /// status of the endpoint selects the response.
    pub(super) async fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        let MappedRequest { body, mut scope } = self.request.map(exchange)?;
        let parameters = self.parameters.map(exchange, Some(&scope))?;
        let url = self.target.url(&parameters, &parameters.querystring);
        let headers = headers::mapped(&parameters.headers, exchange);
        let response = self.target.call(url, headers, body, exchange).await?;

        let status = response.status.to_string();
        let backend = BackendAnswer::of_endpoint(response, exchange);
        let mut answer = self.responses.answer(Some(&status), &backend, &mut scope, exchange)?;
        method_response::identify(&mut answer, exchange.request, true);
        Ok(answer)
    }
}
