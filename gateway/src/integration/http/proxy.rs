//! HTTP proxy integration: the client's request for the endpoint, the endpoint's answer for the
//! client.

use openapi::Diagnostic;
use openapi::model::Integration;

use super::super::content_handling::Conversion;
use super::super::parameters::RequestParameters;
use super::headers;
use super::target::Target;
use crate::answer::Answer;
use crate::backend::BackendResponse;
use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::method_response::{self, HeaderSource};
use crate::refusal::Refusal;
use crate::stage::Stage;

/// One operation's HTTP proxy integration. Templates and responses do not count.
#[derive(Debug)]
pub(crate) struct HttpProxy {
    target: Target,
    parameters: RequestParameters,
}

impl HttpProxy {
    /// The integration of an operation; `None` if it cannot be executed, which is reported.
    pub(in super::super) fn new(
        uri: &str,
        integration: &Integration,
        stage: &Stage,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        Some(Self {
            parameters: RequestParameters::new(integration, diagnostics),
            target: Target::new(uri, integration, stage, diagnostics)?,
        })
    }

    /// The query string has the URI's parameters, then the client's, then mapped ones (recorded on
    /// AWS).
    pub(in super::super) async fn execute(
        &self,
        exchange: &Exchange<'_>,
    ) -> Result<Answer, Refusal> {
        let request = exchange.request;
        let parameters = self.parameters.map(exchange, None)?;
        let mut query = exchange.query.clone();
        for (name, values) in &parameters.querystring.0 {
            for value in values {
                query.push(name.clone(), value.clone());
            }
        }
        let url = self.target.url(&parameters, &query);
        let is_binary = exchange.gateway.binary.has(request.headers.get("content-type"));
        let body = Conversion::of_request(is_binary, None).apply(request.body.clone())?;
        let headers = headers::passed_on(&parameters.headers, exchange);
        let response = self.target.call(url, headers, body, exchange).await?;
        self::answer(response, exchange)
    }
}

fn answer(response: BackendResponse, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
    let BackendResponse { status, headers, body } = response;
    // Compressed text is neither text nor base64.
    let body = if is_coded(&headers) {
        body
    } else {
        let binary = &exchange.gateway.binary;
        let is_binary = binary.has(headers.get("content-type"));
        let accepts_binary = binary.accepted(exchange.request.headers.get("accept"));
        Conversion::of_response(is_binary, accepts_binary, None).apply(body)?
    };
    let mut answer = Answer::new(status, body);
    method_response::put_headers(&mut answer, headers.iter(), HeaderSource::Endpoint);
    // A trace header is the endpoint's own or missing (recorded on AWS).
    method_response::identify(&mut answer, exchange.request, false);
    Ok(answer)
}

fn is_coded(headers: &Headers) -> bool {
    headers.get("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
}
