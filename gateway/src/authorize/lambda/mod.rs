//! Lambda authorizers: a function of the document's own says who calls, and what they may.

mod cache;
mod event;
mod output;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fancy_regex::Regex;
use openapi::Diagnostic;
use openapi::model::{Authorizer, AuthorizerType, FunctionReference};
use serde_json::Value;

use super::MethodArn;
use super::identity::{IdentitySources, mask, validation};
use crate::context::authorizer_id;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::policy::Decision;
use crate::refusal::Refusal;
use cache::Cache;
use output::Output;

/// How long a function may take: as long as an integration.
const TIMEOUT: Duration = Duration::from_secs(29);

/// The longest ARN of a method, in bytes (guide, "Output from an API Gateway Lambda authorizer").
const MAX_ARN_BYTES: usize = 1_600;

/// An authorizer, shared by all methods that have it.
#[derive(Debug)]
pub(crate) struct LambdaAuthorizer {
    /// As `$context.authorizer` never shows it, but logs do.
    id: String,
    kind: Kind,
    function: FunctionReference,
    identity: IdentitySources,
    cache: Cache,
}

#[derive(Debug)]
enum Kind {
    /// Sees one header, which has to match an expression first.
    Token(Option<Regex>),
    /// Sees the request.
    Request,
}

impl LambdaAuthorizer {
    /// The authorizer of a scheme; `None` if it cannot be executed, which is reported.
    pub(super) fn new(
        name: &str,
        authorizer: &Authorizer,
        deployment: &Deployment<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let errors = diagnostics.len();
        let origin = &authorizer.origin;
        let identity = IdentitySources::new(authorizer, diagnostics);
        let kind = if authorizer.kind == AuthorizerType::Token {
            Kind::Token(validation(authorizer, diagnostics))
        } else {
            if authorizer.validation_expression.is_some() {
                let message = format!("identityValidationExpression of `{name}` is not used");
                diagnostics.push(
                    Diagnostic::warning("validation-expression", origin, message)
                        .with_help("only token and Cognito authorizers have one"),
                );
            }
            Kind::Request
        };
        let caches = authorizer.ttl_seconds > 0;
        if identity.is_empty() && authorizer.identity_sources.is_empty() && caches {
            let message = format!("the authorizer `{name}` caches, but has no identity source");
            diagnostics.push(
                Diagnostic::error("identity-source", origin, message)
                    .with_help("add identitySource, or write `authorizerResultTtlInSeconds: 0`"),
            );
        }
        if authorizer.ttl_seconds > 3_600 {
            let message = format!("the authorizer `{name}` keeps answers for more than an hour");
            diagnostics.push(
                Diagnostic::error("authorizer-ttl", origin, message)
                    .with_help("authorizerResultTtlInSeconds is 0 to 3600"),
            );
        }
        if authorizer.function.is_none() {
            let message = format!("the authorizer `{name}` names no function");
            diagnostics.push(
                Diagnostic::error("authorizer-uri", origin, message).with_help(
                    "authorizerUri is arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations",
                ),
            );
        }
        if diagnostics[errors..].iter().any(Diagnostic::is_error) {
            return None;
        }
        Some(Self {
            id: authorizer_id(name),
            kind,
            function: deployment.stage.function(authorizer.function.as_ref()?),
            identity,
            cache: Cache::new(authorizer.ttl_seconds),
        })
    }

    /// Has the function, or what it answered about the same caller before, decide. Notes in the
    /// exchange who calls.
    pub(super) async fn decide(&self, exchange: &mut Exchange<'_>) -> Result<Decision, Refusal> {
        let request_id = &exchange.request.ids.request_id;
        exchange
            .journal
            .line(|| format!("Starting authorizer: {} for request: {request_id}", self.id));
        let arn = MethodArn::of(exchange);
        let resource = arn.to_string();
        if resource.len() > MAX_ARN_BYTES {
            return Err(Refusal::request_uri_too_long());
        }
        let values = self.identity.values(exchange);
        exchange.journal.line(|| format!("Incoming identity: {}", self.identity.masked(&values)));
        let key: Option<Vec<String>> = values.iter().cloned().collect();
        if !self.may_be_asked(key.as_deref()) {
            return Err(unauthorized(exchange));
        }
        let kept = key.as_ref().filter(|_| self.cache.is_on()).and_then(|key| self.cache.get(key));
        let (output, latency) = match kept {
            Some(output) => (output, 0),
            None => {
                let event = match &self.kind {
                    Kind::Token(_) => {
                        let token = key.as_ref().and_then(|key| key.first());
                        event::of_token(token.map_or("", String::as_str), &arn)
                    }
                    Kind::Request => event::of_request(exchange, &arn),
                };
                let (output, latency) = self.ask(event, &values, arn.api(), exchange).await?;
                let output = Arc::new(output);
                if let Some(key) = key {
                    self.cache.put(key, Arc::clone(&output));
                }
                (output, latency)
            }
        };
        let principal = mask(&output.principal_id);
        exchange
            .journal
            .line(|| format!("Using valid authorizer policy for principal: {principal}"));
        exchange.journal.line(|| "Successfully completed authorizer execution".to_owned());
        exchange.caller.authorizer = Some(output.variables(latency));
        exchange.caller.usage_identifier_key.clone_from(&output.usage_identifier_key);
        Ok(output.policy.decide(exchange, &resource))
    }

    /// A token authorizer needs its token in the expected form, a request authorizer that caches
    /// needs every identity source; one that does not cache is always asked (guide, "Use API
    /// Gateway Lambda authorizers").
    fn may_be_asked(&self, key: Option<&[String]>) -> bool {
        match (&self.kind, key) {
            (Kind::Token(expression), Some([token, ..])) => expression
                .as_ref()
                .is_none_or(|expression| expression.is_match(token).unwrap_or_default()),
            (Kind::Token(_), _) => false,
            (Kind::Request, Some(_)) => true,
            (Kind::Request, None) => !self.cache.is_on(),
        }
    }

    /// Calls the function. Also returns how long it took, in milliseconds.
    async fn ask(
        &self,
        event: String,
        secrets: &[Option<String>],
        api: &str,
        exchange: &Exchange<'_>,
    ) -> Result<(Output, u64), Refusal> {
        let journal = exchange.journal;
        let uri = format!(
            "https://lambda.{}.amazonaws.com/2015-03-31/functions/{}/invocations",
            exchange.gateway.rest_api.region, self.function.arn
        );
        journal.line(|| format!("Endpoint request URI: {uri}"));
        journal.line(|| {
            let event = hide(&event, secrets.iter().flatten());
            format!("Endpoint request body after transformations: {event}")
        });
        journal.line(|| format!("Sending request to {uri}"));
        let started = Instant::now();
        let trace_id = exchange.request.ids.trace.with_parent();
        let functions = &exchange.gateway.account.functions;
        let call = functions.invoke(&self.function, Bytes::from(event), trace_id);
        let outcome = tokio::time::timeout(TIMEOUT, call).await;
        let latency = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        journal.set("authorizer.latency", latency);
        journal.set("authorizer.integrationLatency", latency);
        let name = &self.function.name;
        let invocation = match outcome {
            Ok(Ok(invocation)) => invocation,
            Ok(Err(error)) => {
                tracing::warn!(function = name, %error, "the authorizer's function was not called");
                return Err(configuration_error(&error.to_string(), exchange));
            }
            Err(_) => {
                tracing::warn!(function = name, timeout = ?TIMEOUT, "the authorizer timed out");
                journal.line(|| "Execution failed due to a timeout error".to_owned());
                journal.set("authorizer.error", "timeout");
                return Err(Refusal::authorizer_failure());
            }
        };
        journal.set("authorizer.integrationStatus", 200);
        if invocation.function_error {
            return Err(self.failed(&invocation.payload, exchange));
        }
        let output = Output::parse(&invocation.payload, api).map_err(|problem| {
            tracing::warn!(function = name, problem, "the authorizer's answer is no policy");
            configuration_error(&problem, exchange)
        })?;
        journal.line(|| {
            let answer = String::from_utf8_lossy(&invocation.payload);
            let answer = hide(&answer, output.usage_identifier_key.iter());
            format!("Authorizer result body before parsing: {answer}")
        });
        journal.set("authorizer.status", 200);
        Ok((output, latency))
    }

    /// A function that fails with the message `Unauthorized` refuses the caller; with any other,
    /// it is broken.
    fn failed(&self, payload: &[u8], exchange: &Exchange<'_>) -> Refusal {
        let document: Value = serde_json::from_slice(payload).unwrap_or_default();
        if document.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized") {
            return unauthorized(exchange);
        }
        let payload = String::from_utf8_lossy(payload);
        tracing::warn!(function = self.function.name, %payload, "the authorizer's function failed");
        configuration_error("Authorizer error", exchange)
    }
}

/// The caller is refused without a policy.
fn unauthorized(exchange: &Exchange<'_>) -> Refusal {
    let request_id = &exchange.request.ids.request_id;
    exchange.journal.line(|| format!("Unauthorized request: {request_id}"));
    exchange.journal.set("authorizer.status", 401);
    exchange.journal.set("authorizer.error", "Unauthorized");
    Refusal::unauthorized()
}

fn configuration_error(problem: &str, exchange: &Exchange<'_>) -> Refusal {
    exchange.journal.line(|| format!("Execution failed due to configuration error: {problem}"));
    exchange.journal.set("authorizer.status", 500);
    exchange.journal.set("authorizer.error", problem);
    Refusal::authorizer_configuration_error()
}

/// A JSON text without these values.
fn hide<'a>(json: &str, secrets: impl Iterator<Item = &'a String>) -> String {
    secrets.fold(json.to_owned(), |json, secret| {
        let written = Value::from(secret.as_str()).to_string();
        json.replace(written.trim_matches('"'), &mask(secret))
    })
}
