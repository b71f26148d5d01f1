//! Cognito authorizers: a token that a user pool signed tells who calls.

mod claims;
mod key_set;
mod pool;
mod token;

use std::time::Instant;

use fancy_regex::Regex;
use openapi::Diagnostic;
use openapi::model::Authorizer;
use serde_json::{Map, Value};

use super::identity::{IdentitySources, validation};
use crate::context::authorizer_id;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::journal::milliseconds;
use crate::refusal::Refusal;
use key_set::{KeySet, NoKeys};
use pool::UserPool;
use token::Token;

/// An authorizer, shared by all methods that have it.
#[derive(Debug)]
pub(crate) struct CognitoAuthorizer {
    /// What logs call it.
    id: String,
    /// The header with the token.
    identity: IdentitySources,
    /// What `aud` has to match.
    audience: Option<Regex>,
    pools: Vec<(UserPool, KeySet)>,
}

/// Why a token lets nobody pass.
#[derive(Debug)]
enum Rejection {
    /// It was good once.
    Expired,
    /// It is no token for this method; says why.
    Invalid(&'static str),
    /// Nobody knows, because the pool's keys cannot be had.
    Unknown(NoKeys),
}

impl CognitoAuthorizer {
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
        let audience = validation(authorizer, diagnostics);
        if authorizer.provider_arns.is_empty() {
            let message = format!("the authorizer `{name}` names no user pool");
            diagnostics.push(
                Diagnostic::error("authorizer-providers", origin, message)
                    .with_help("add providerARNs"),
            );
        }
        let mut pools = Vec::new();
        for written in &authorizer.provider_arns {
            let arn = deployment.stage.fill(written);
            match UserPool::parse(&arn, deployment.account) {
                Some(pool) => {
                    let keys = KeySet::new(pool.key_set_url());
                    pools.push((pool, keys));
                }
                None => {
                    let message = format!("`{arn}` is not the ARN of a user pool");
                    diagnostics.push(
                        Diagnostic::error("provider-arn", origin, message).with_help(
                            "write arn:aws:cognito-idp:{region}:{account}:userpool/{pool id}; placeholders and stage variables in it need values",
                        ),
                    );
                }
            }
        }
        if diagnostics[errors..].iter().any(Diagnostic::is_error) {
            return None;
        }
        Some(Self { id: authorizer_id(name), identity, audience, pools })
    }

    /// Lets the bearer of a good token pass, and notes in the exchange who that is. With scopes
    /// the token has to be an access token that has one of them, without it has to be an id token
    /// (guide, "Integrate a REST API with an Amazon Cognito user pool").
    pub(super) async fn authenticate(
        &self,
        scopes: &[String],
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Refusal> {
        let started = Instant::now();
        let values = self.identity.read(&self.id, exchange);
        let outcome = match values.into_iter().next().flatten() {
            Some(value) => self.verify(&value, scopes, exchange).await,
            None => Err(Rejection::Invalid("there is none")),
        };
        exchange.journal.set("authorizer.latency", milliseconds(started.elapsed()));
        let claims = outcome.map_err(|rejection| refusal(rejection, exchange))?;
        exchange.journal.set("authorizer.status", 200);
        let authorizer = Map::from_iter([("claims".to_owned(), claims::texts(claims).into())]);
        exchange.caller.authorizer = Some(authorizer);
        Ok(())
    }

    /// The claims of a token that lets its bearer pass.
    async fn verify(
        &self,
        value: &str,
        scopes: &[String],
        exchange: &Exchange<'_>,
    ) -> Result<Map<String, Value>, Rejection> {
        let token = Token::read(value)?;
        let issued = |(pool, _): &&(UserPool, KeySet)| pool.issues(token.issuer());
        let (_, keys) = self
            .pools
            .iter()
            .find(issued)
            .ok_or(Rejection::Invalid("no pool of the authorizer issued it"))?;
        let backend = &exchange.gateway.account.backend;
        let key = keys.get(token.key_id(), backend).await.map_err(Rejection::Unknown)?;
        let key = key.ok_or(Rejection::Invalid("its pool has no such key"))?;
        let token = token.verify(&key)?;
        token.check_times(exchange.request.received)?;
        token.check_use(scopes)?;
        if let Some(expression) = &self.audience {
            token.check_audience(expression)?;
        }
        Ok(token.into_claims())
    }
}

/// What the caller is told, and what is logged: never the token.
fn refusal(rejection: Rejection, exchange: &Exchange<'_>) -> Refusal {
    let request_id = &exchange.request.ids.request_id;
    let (reason, refusal) = match rejection {
        Rejection::Expired => ("it has expired".to_owned(), Refusal::expired_token()),
        Rejection::Invalid(reason) => (reason.to_owned(), Refusal::unauthorized()),
        Rejection::Unknown(problem) => {
            (problem.to_string(), Refusal::authorizer_configuration_error())
        }
    };
    tracing::info!(request_id, reason, "the token does not let its bearer pass");
    exchange.journal.line(|| format!("Unauthorized request: {request_id}"));
    exchange.journal.set("authorizer.status", refusal.status);
    exchange.journal.set("authorizer.error", refusal.message.as_deref());
    refusal
}
