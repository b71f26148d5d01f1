//! API key and throttle: usage plans are not executed yet. A document that requires API keys is
//! refused at start, or served without asking for one if unsupported parts are allowed.

use openapi::Diagnostic;
use openapi::model::Operation;

use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::refusal::Refusal;

/// Reports every operation whose API key this gateway would not ask for.
pub(crate) fn check(
    operation: &Operation,
    deployment: &Deployment<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for name in operation.security.iter().flat_map(|requirement| requirement.keys()) {
        if deployment
            .api
            .security_schemes
            .get(name)
            .is_some_and(openapi::model::SecurityScheme::is_api_key)
        {
            diagnostics.push(
                Diagnostic::error(
                    "unsupported-api-key",
                    &operation.origin,
                    format!(
                        "{} {} requires an API key (scheme `{name}`), which is not executed",
                        operation.method, operation.path
                    ),
                )
                .with_help("--allow-unsupported serves it without asking for a key"),
            );
        }
    }
}

/// Lets a request pass: [`check`] refused every document that would need more.
pub(crate) const fn admit(_exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
    Ok(())
}
