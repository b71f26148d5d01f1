//! Where an HTTP integration sends requests, and how.

use std::time::Duration;

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::Integration;

use super::super::endpoint;
use super::super::parameters::{MappedParameters, append_query};
use crate::backend::{self, BackendRequest, BackendResponse};
use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::query::MultiMap;
use crate::refusal::Refusal;
use crate::stage::Stage;

/// Endpoints with these methods get no body: what a careful clone of API Gateway does, AWS itself
/// is not recorded.
const WITHOUT_BODY: &[&str] = &["GET", "HEAD", "OPTIONS"];

/// The endpoint of one operation.
#[derive(Debug)]
pub(super) struct Target {
    /// Stage variables are filled in, `{name}`s are not.
    uri: String,
    /// `None` for `ANY`: the client's.
    method: Option<String>,
    timeout: Duration,
    insecure_tls: bool,
}

impl Target {
    /// The endpoint of an integration; `None` for one that API Gateway does not import. A stage
    /// variable that is missing shows only when the endpoint is called.
    pub(super) fn new(
        uri: &str,
        integration: &Integration,
        stage: &Stage,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        match Self::read(uri, integration, stage, diagnostics) {
            Ok(target) => Some(target),
            Err((message, help)) => {
                let origin = &integration.origin;
                diagnostics
                    .push(Diagnostic::error("http-endpoint", origin, message).with_help(help));
                None
            }
        }
    }

    /// The endpoint, or what is wrong with it and how to mend that.
    fn read(
        uri: &str,
        integration: &Integration,
        stage: &Stage,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Self, (String, &'static str)> {
        let lower = uri.to_ascii_lowercase();
        if !lower.starts_with("http://") && !lower.starts_with("https://") {
            let message = format!("`{uri}` is no URL of an HTTP endpoint");
            return Err((message, "begin it with `http://` or `https://`, not with a variable"));
        }
        let filled = stage.fill(uri);
        match backend::port(&without_variables(&filled)) {
            Ok(80 | 443 | 1024..) => {}
            Ok(port) => diagnostics.push(Diagnostic::warning(
                "http-endpoint-port",
                &integration.origin,
                format!("API Gateway calls no port {port}: only 80, 443 and 1024 to 65535"),
            )),
            // A wrong stage variable shows when the endpoint is called, as on AWS.
            Err(_) if filled != uri => {}
            Err(error) => {
                return Err((
                    error.to_string(),
                    "write `http://host/path`, and `{name}` for variables",
                ));
            }
        }
        let method = integration.http_method.as_deref().ok_or_else(|| {
            let message =
                format!("the {} integration has no httpMethod", integration.kind.as_str());
            (message, "name the endpoint's method, or `ANY` for the client's")
        })?;
        Ok(Self {
            uri: filled,
            method: Some(method).filter(|method| *method != "ANY").map(str::to_owned),
            timeout: Duration::from_millis(integration.timeout_millis.into()),
            insecure_tls: integration.insecure_tls,
        })
    }

    /// The URL of one request: path variables filled in, query parameters behind the URI's own.
    pub(super) fn url(&self, parameters: &MappedParameters, query: &MultiMap) -> String {
        let mut url = parameters.fill(&self.uri);
        append_query(&mut url, query);
        url
    }

    /// Calls the endpoint.
    pub(super) async fn call(
        &self,
        url: String,
        headers: Headers,
        body: Bytes,
        exchange: &Exchange<'_>,
    ) -> Result<BackendResponse, Refusal> {
        let method = self.method.as_deref().unwrap_or(exchange.request.effective_method());
        let body = if WITHOUT_BODY.contains(&method) { Bytes::new() } else { body };
        let request = BackendRequest {
            method: method.to_owned(),
            url,
            headers,
            body,
            insecure_tls: self.insecure_tls,
            timeout: self.timeout,
        };
        endpoint::call(request, exchange).await
    }
}

/// The URI with `80` for each `{name}`, which fits a host, a port, a path and a query alike.
fn without_variables(uri: &str) -> String {
    let mut pieces = uri.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('}') {
            Some((_, after)) => {
                text.push_str("80");
                text.push_str(after);
            }
            None => {
                text.push('{');
                text.push_str(piece);
            }
        }
    }
    text
}
