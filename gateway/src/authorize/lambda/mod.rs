//! Lambda authorizers: a function of the document's own says who calls, and what they may.
//!
//! `authorizerCredentials` has no effect: functions here may be called by everybody, so there is no
//! role to assume for it.

mod cache;
mod call;
mod event;
mod output;

use std::sync::Arc;

use fancy_regex::Regex;
use openapi::Diagnostic;
use openapi::model::{Authorizer, AuthorizerType, FunctionReference};

use super::MethodArn;
use super::identity::{IdentitySources, validation};
use crate::context::authorizer_id;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::execution_log::masked;
use crate::policy::Decision;
use crate::refusal::Refusal;
use cache::Cache;

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
        let arn = MethodArn::of(exchange);
        let resource = arn.to_string();
        if resource.len() > MAX_ARN_BYTES {
            return Err(Refusal::request_uri_too_long());
        }
        let values = self.identity.read(&self.id, exchange);
        let key: Option<Vec<String>> = values.iter().cloned().collect();
        if !self.may_be_asked(key.as_deref()) {
            return Err(call::unauthorized(exchange));
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
                let (output, latency) = call::ask(&self.function, event, &arn, exchange).await?;
                let output = Arc::new(output);
                if let Some(key) = key {
                    self.cache.put(key, Arc::clone(&output));
                }
                (output, latency)
            }
        };
        if let Some(key) = &output.usage_identifier_key {
            exchange.journal.secret(key);
        }
        let principal = masked(&output.principal_id);
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
}
