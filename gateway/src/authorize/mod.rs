//! Authorize: who may call an operation. Open, or guarded by IAM, by a function of the document's
//! own (Lambda authorizer) or by a Cognito user pool.
//!
//! An operation has one authorizer at most, besides its API key. Which one is decided at start.

mod cognito;
mod denial;
mod iam;
mod identity;
mod lambda;
mod method_arn;
mod scheme;

use std::collections::HashMap;
use std::sync::Arc;

use openapi::Diagnostic;
use openapi::model::{AuthorizerType, Operation};

use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::refusal::Refusal;
use crate::resource_policy::Authority;
use cognito::CognitoAuthorizer;
use lambda::LambdaAuthorizer;
pub(crate) use method_arn::{MethodArn, partition};
use scheme::Guard;

/// The authorizers of a document by the name of their scheme. Methods share them, and what they
/// remember about callers.
#[derive(Debug, Default)]
pub(crate) struct Authorizers(HashMap<String, Authorization>);

/// How one operation is guarded.
#[derive(Clone, Debug)]
pub(crate) enum Authorization {
    /// By nothing of its own.
    Open,
    /// By the signature of an access key (`AWS_IAM`).
    Iam,
    /// By a function that sees the token, or the request.
    Lambda(Arc<LambdaAuthorizer>),
    /// By the token of a user pool, which needs one of these scopes if there are any.
    Cognito(Arc<CognitoAuthorizer>, Vec<String>),
    /// By an authorizer that does not work: nobody passes.
    Broken,
}

impl Authorizers {
    /// Makes every authorizer the document declares. API Gateway creates those that no operation
    /// uses as well (recorded on AWS), so they have to be right too.
    pub(crate) fn new(deployment: &Deployment<'_>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut authorizers = HashMap::new();
        for (name, scheme) in &deployment.api.security_schemes {
            let Some(authorizer) = &scheme.authorizer else { continue };
            let authorization = match authorizer.kind {
                AuthorizerType::Token | AuthorizerType::Request => {
                    LambdaAuthorizer::new(name, authorizer, deployment, diagnostics)
                        .map(|authorizer| Authorization::Lambda(Arc::new(authorizer)))
                }
                AuthorizerType::CognitoUserPools => {
                    CognitoAuthorizer::new(name, authorizer, deployment, diagnostics)
                        .map(|authorizer| Authorization::Cognito(Arc::new(authorizer), vec![]))
                }
            };
            authorizers.insert(name.clone(), authorization.unwrap_or(Authorization::Broken));
        }
        Self(authorizers)
    }
}

impl Authorization {
    /// The authorization of an operation. What cannot be enforced is reported, and open if
    /// unsupported parts are allowed.
    pub(crate) fn new(
        operation: &Operation,
        deployment: &Deployment<'_>,
        authorizers: &Authorizers,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        match scheme::guard(operation, deployment.api, diagnostics) {
            Guard::Nobody => Self::Open,
            Guard::Iam => Self::Iam,
            Guard::Authorizer { name, scopes } => match authorizers.0.get(name) {
                Some(Self::Cognito(pools, _)) => Self::Cognito(Arc::clone(pools), scopes),
                Some(authorization) => authorization.clone(),
                None => Self::Broken,
            },
        }
    }

    /// Lets a request pass, or refuses it; notes in the exchange who calls.
    pub(crate) async fn authorize(&self, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let policy = &exchange.gateway.perimeter.policy;
        match self {
            Self::Open => denial::check(exchange, policy.alone(exchange)),
            Self::Iam => {
                let (decision, authority) = iam::authenticate(exchange)?;
                denial::check(exchange, policy.with(decision, authority, exchange))
            }
            Self::Lambda(authorizer) => {
                denial::check(exchange, policy.before(exchange))?;
                let decision = authorizer.decide(exchange).await?;
                let verdict = policy.with(decision, Authority::Either, exchange);
                denial::check_authorizer(exchange, verdict)
            }
            Self::Cognito(authorizer, scopes) => {
                authorizer.authenticate(scopes, exchange).await?;
                denial::check(exchange, policy.alone(exchange))
            }
            Self::Broken => Err(Refusal::authorizer_configuration_error()),
        }
    }
}
