//! Authorize: IAM, Lambda and Cognito authorizers. None of them is executed yet: a document that
//! uses one is refused at start, or served open if unsupported parts are allowed.

use openapi::Diagnostic;
use openapi::model::Operation;

use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::refusal::Refusal;

/// Reports every operation whose authorization this gateway would not enforce.
pub(crate) fn check(
    operation: &Operation,
    deployment: &Deployment<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut report = |what: String| {
        diagnostics.push(
            Diagnostic::error(
                "unsupported-authorization",
                &operation.origin,
                format!(
                    "{} {} is authorized by {what}, which is not executed",
                    operation.method, operation.path
                ),
            )
            .with_help("--allow-unsupported serves it open to everybody"),
        );
    };
    if operation.iam_auth {
        report("IAM (`x-amazon-apigateway-auth`)".to_owned());
    }
    for name in operation.security.iter().flat_map(|requirement| requirement.keys()) {
        // API Gateway drops schemes that are neither an authorizer nor IAM nor an API key.
        if let Some(scheme) = deployment.api.security_schemes.get(name)
            && (scheme.authorizer.is_some() || scheme.is_iam())
        {
            report(format!("the scheme `{name}`"));
        }
    }
}

/// Lets a request pass: [`check`] refused every document that would need more.
pub(crate) const fn authorize(_exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
    Ok(())
}
