//! AWS service integration: any service but Lambda answers, called by a signed request.
//!
//! ```text
//! request template, mapped parameters ─▶ call (URL, headers) ─▶ signature ─▶ endpoint ─▶ response
//! ```
//!
//! The role in `credentials` is not assumed: whoever runs the gateway signs.
//!
//! A value that would lead out of its place in the path (`..`) never reaches the service: where AWS
//! stops it, at S3 or at the role, is not recorded, so the gateway answers as S3 does to such a URI.

mod call;
mod encoding;

use std::time::Duration;

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::{AwsAction, Integration, IntegrationTarget, Operation};

use super::endpoint;
use super::parameters::RequestParameters;
use super::request::{IntegrationRequest, MappedRequest};
use super::response::{BackendAnswer, IntegrationResponses};
use crate::answer::Answer;
use crate::backend::{BackendRequest, BackendResponse};
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::method_response;
use crate::refusal::Refusal;
use crate::services::{Endpoint, SET_BY_SIGNATURES, Signable};
use call::{Ambiguous, Call, Target};

/// Requests with these methods have no body: what a careful clone of API Gateway does, AWS itself
/// is not recorded.
const WITHOUT_BODY: &[&str] = &["GET", "HEAD", "OPTIONS"];

/// One operation's AWS service.
#[derive(Debug)]
pub(crate) struct AwsService {
    call: Call,
    /// `None` for `ANY`: the client's.
    method: Option<String>,
    timeout: Duration,
    request: IntegrationRequest,
    parameters: RequestParameters,
    responses: IntegrationResponses,
}

impl AwsService {
    /// The integration of an operation; `None` if the service cannot be called, which is reported.
    pub(super) fn new(
        operation: &Operation,
        integration: &Integration,
        deployment: &Deployment<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let request = IntegrationRequest::new(integration, diagnostics);
        let parameters = RequestParameters::new(integration, diagnostics);
        let responses = IntegrationResponses::new(operation, integration, diagnostics);
        let mut refuse = |code, message: String, help: &str| {
            let finding = Diagnostic::error(code, &integration.origin, message);
            diagnostics.push(finding.with_help(help));
        };
        let IntegrationTarget::AwsService { region, subdomain, service, action } =
            &integration.target
        else {
            return None;
        };
        let Some(method) = integration.http_method.as_deref() else {
            let message = format!("the integration of {service} has no httpMethod");
            let help = match action {
                AwsAction::Path(_) => "name the method of the service's API, or `ANY`",
                AwsAction::Action(_) => "write `httpMethod: POST`",
            };
            refuse("aws-service-method", message, help);
            return None;
        };
        let call = match Call::new(region, subdomain.as_deref(), service, action, deployment) {
            Ok(call) => call,
            Err(call::Uncallable { message, help }) => {
                refuse("aws-service-uri", message, help);
                return None;
            }
        };
        if let Err(error) = deployment.account.services.check(&call.endpoint) {
            refuse(
                "aws-credentials",
                format!(
                    "the integration calls {service}, and there are no credentials for it: {error}"
                ),
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and for temporary ones AWS_SESSION_TOKEN, \
                 or AWS_PROFILE; for an emulator (AWS_ENDPOINT_URL) any will do",
            );
            return None;
        }
        Some(Self {
            call,
            method: Some(method).filter(|method| *method != "ANY").map(str::to_owned),
            timeout: Duration::from_millis(integration.timeout_millis.into()),
            request,
            parameters,
            responses,
        })
    }

    /// The status of the service selects the response.
    pub(super) async fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        let MappedRequest { body, mut scope, .. } = self.request.map(exchange)?;
        let parameters = self.parameters.map(exchange, Some(&scope))?;
        let method = self.method.as_deref().unwrap_or(exchange.request.effective_method());
        let body = if WITHOUT_BODY.contains(&method) { Bytes::new() } else { body };
        let mapped = parameters.headers.clone();
        let response = match self.call.target(&parameters, mapped) {
            Ok(target) => {
                let request = self.signed(method, target, body, exchange).await?;
                endpoint::call(request, exchange).await?
            }
            Err(Ambiguous) => invalid_uri(exchange),
        };

        let status = response.status.to_string();
        let backend = BackendAnswer::of_endpoint(response, exchange);
        let mut answer = self.responses.answer(Some(&status), &backend, &mut scope, exchange)?;
        method_response::identify(&mut answer, exchange.request, true);
        Ok(answer)
    }

    async fn signed(
        &self,
        method: &str,
        Target { url, headers }: Target,
        body: Bytes,
        exchange: &Exchange<'_>,
    ) -> Result<BackendRequest, Refusal> {
        let mut headers = complete(headers, &body, exchange);
        let Call { endpoint, region, signing_name, .. } = &self.call;
        let signable =
            Signable { method, url: &url, headers: &headers, body: &body, signing_name, region };
        let signature = sign(&signable, endpoint, exchange).await?;
        for (name, value) in signature {
            headers.push(name, value);
        }
        let method = method.to_owned();
        Ok(BackendRequest {
            method,
            url,
            headers,
            body,
            insecure_tls: false,
            timeout: self.timeout,
        })
    }
}

/// What S3 answers to a key that leads above its bucket (API reference, "Error responses").
fn invalid_uri(exchange: &Exchange<'_>) -> BackendResponse {
    exchange.journal.line(|| "The path has a segment `.` or `..`: not sent".to_owned());
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InvalidURI</Code>\
        <Message>Couldn't parse the specified URI.</Message></Error>";
    BackendResponse {
        status: 400,
        headers: [("Content-Type", "application/xml")].into_iter().collect(),
        body: Bytes::from_static(body.as_bytes()),
    }
}

async fn sign(
    signable: &Signable<'_>,
    endpoint: &Endpoint,
    exchange: &Exchange<'_>,
) -> Result<Vec<(String, String)>, Refusal> {
    let services = &exchange.gateway.account.services;
    services.sign(signable, endpoint).await.map_err(|error| {
        tracing::warn!(url = endpoint.url, %error, "an AWS service was not called");
        exchange.journal.line(|| format!("Execution failed due to configuration error: {error}"));
        Refusal::configuration_error()
    })
}

/// The mapped headers and API Gateway's own (recorded on AWS).
fn complete(mut headers: Headers, body: &[u8], exchange: &Exchange<'_>) -> Headers {
    headers.retain(|name, _| {
        let name = name.to_ascii_lowercase();
        name != "host" && !SET_BY_SIGNATURES.contains(&name.as_str())
    });
    let mut add = |name: &str, value: &str| {
        if headers.get(name).is_none() {
            headers.push(name, value);
        }
    };
    if !body.is_empty() {
        add(
            "Content-Type",
            exchange.request.headers.get("content-type").unwrap_or("application/json"),
        );
    }
    add("Accept", "application/json");
    add("User-Agent", &format!("AmazonAPIGateway_{}", exchange.gateway.rest_api.id));
    headers.set("X-Amzn-Trace-Id", exchange.request.ids.trace.with_parent());
    headers
}
