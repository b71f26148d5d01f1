//! Authorize: who may call an operation. Open, or guarded by IAM, by a function of the document's
//! own (Lambda authorizer) or by a Cognito user pool.
//!
//! An operation has one authorizer at most, besides its API key. Which one is decided at start.

mod method_arn;
mod scheme;

use openapi::Diagnostic;
use openapi::model::{AuthorizerType, Operation};

use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::refusal::Refusal;
pub(crate) use method_arn::MethodArn;
use scheme::Guard;

/// How one operation is guarded.
#[derive(Debug)]
pub(crate) enum Authorization {
    /// By nothing of its own.
    Open,
    /// By the signature of an access key (`AWS_IAM`).
    Iam,
    /// By a function that sees the token, or the request.
    Lambda,
    /// By the token of a user pool.
    Cognito,
}

impl Authorization {
    /// The authorization of an operation. What cannot be enforced is reported, and open if
    /// unsupported parts are allowed.
    pub(crate) fn new(
        operation: &Operation,
        deployment: &Deployment<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let guard = scheme::guard(operation, deployment.api, diagnostics);
        let (authorization, what) = match guard {
            Guard::Nobody => return Self::Open,
            Guard::Iam => (Self::Iam, "IAM".to_owned()),
            Guard::Authorizer { name, authorizer, .. } => {
                let authorization = match authorizer.kind {
                    AuthorizerType::Token | AuthorizerType::Request => Self::Lambda,
                    AuthorizerType::CognitoUserPools => Self::Cognito,
                };
                (authorization, format!("the scheme `{name}`"))
            }
        };
        let (method, path) = (operation.method, &operation.path);
        let message = format!("{method} {path} is authorized by {what}, which is not executed");
        diagnostics.push(
            Diagnostic::error("unsupported-authorization", &operation.origin, message)
                .with_help("--allow-unsupported serves it open to everybody"),
        );
        authorization
    }

    /// Lets a request pass, or refuses it; notes in the exchange who calls.
    pub(crate) async fn authorize(&self, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        match self {
            Self::Open | Self::Iam | Self::Lambda | Self::Cognito => Ok(()),
        }
    }
}
