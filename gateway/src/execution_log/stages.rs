//! The lines of the stages every request goes through, whatever answers it. Order and wording are
//! those of captured logs.

use openapi::model::GatewayResponseType;
use serde_json::Value;

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::gateway_response::error_variables;
use crate::journal::{Journal, legible, listed};
use crate::query::MultiMap;
use crate::refusal::Refusal;
use crate::request::Request;

/// A request has found its stage.
pub(crate) fn received(exchange: &Exchange<'_>) {
    let Exchange { journal, request, query, .. } = exchange;
    journal.hide(&request.headers);
    journal.hide_parameters(query.pairs());
    journal.line(|| format!("Extended Request Id: {}", request.ids.extended_request_id));
}

/// A request has found no stage: neither API nor stage customise what it is answered.
pub(crate) fn outside(journal: &Journal, request: &Request, answer: &Answer) {
    journal.hide(&request.headers);
    journal.hide_parameters(MultiMap::parse_query(request.query.as_deref()).pairs());
    journal.line(|| format!("Extended Request Id: {}", request.ids.extended_request_id));
    journal.line(|| format!("HTTP Method: {}, Path: {}", request.method, request.path));
    journal.line(|| "Refused before a stage was found: is the stage the path's first segment, and the host this API's?".to_owned());
    journal.line(|| format!("Gateway response body: {}", legible(&answer.body)));
    journal.line(|| format!("Method completed with status: {}", answer.status));
}

/// A request that may be executed is about to be.
pub(crate) fn method_request(exchange: &Exchange<'_>) {
    let Exchange { journal, request, query, route, .. } = exchange;
    journal.hide_members(&request.body);
    journal.line(|| format!("Starting execution for request: {}", request.ids.request_id));
    journal.line(|| {
        let (method, path) = (request.effective_method(), &route.resource.path);
        format!("HTTP Method: {method}, Resource Path: {path}")
    });
    journal.line(|| {
        let parameters = route.path_parameters.iter().map(|(name, value)| (*name, value.as_str()));
        format!("Method request path: {}", listed(parameters))
    });
    journal.line(|| format!("Method request query string: {}", listed(query.pairs())));
    journal.line(|| format!("Method request headers: {}", listed(request.headers.iter())));
    journal
        .line(|| format!("Method request body before transformations: {}", legible(&request.body)));
}

/// The integration's answer is about to be sent.
pub(crate) fn answered(journal: &Journal, answer: &Answer) {
    journal.hide(&answer.headers);
    journal.hide_members(&answer.body);
    journal
        .line(|| format!("Method response body after transformations: {}", legible(&answer.body)));
    journal.line(|| format!("Method response headers: {}", listed(answer.headers.iter())));
    journal.line(|| "Successfully completed execution".to_owned());
    journal.line(|| format!("Method completed with status: {}", answer.status));
}

/// A gateway response is about to be sent. Sets the variables `error.*` of the access log.
pub(crate) fn refused(exchange: &Exchange<'_>, refusal: &Refusal, answer: &Answer) {
    let Exchange { journal, request, .. } = exchange;
    if let Value::Object(variables) = error_variables(refusal) {
        for (name, value) in variables {
            journal.set(&format!("error.{name}"), value);
        }
    }
    journal.hide(&answer.headers);
    match refusal.kind {
        GatewayResponseType::BadRequestBody => journal.line(|| {
            let why = refusal.validation_error.as_deref().unwrap_or_default();
            let media_type = request.headers.media_type();
            format!("Request body does not match model schema for content type {media_type}: {why}")
        }),
        GatewayResponseType::BadRequestParameters => {
            journal.line(|| refusal.message.clone().unwrap_or_default());
        }
        GatewayResponseType::IntegrationFailure | GatewayResponseType::IntegrationTimeout => {
            journal.set_default("integration.error", refusal.message.clone());
        }
        _ => {}
    }
    journal.line(|| {
        let (kind, status) = (refusal.kind.as_str(), answer.status);
        format!("Gateway response type: {kind} with status code: {status}")
    });
    journal.line(|| format!("Gateway response body: {}", legible(&answer.body)));
    journal.line(|| format!("Gateway response headers: {}", listed(answer.headers.iter())));
    journal.line(|| format!("Method completed with status: {}", answer.status));
}
