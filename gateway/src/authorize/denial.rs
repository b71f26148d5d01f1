//! What a caller is told whom a policy keeps out.

use super::MethodArn;
use crate::exchange::Exchange;
use crate::refusal::Refusal;
use crate::resource_policy::{Blame, Verdict};

/// Lets a call pass that policies allow.
///
/// # Errors
/// 403 with the wording captured in 2026. The account of the resource is masked, that of the caller
/// is not.
pub(super) fn check(exchange: &Exchange<'_>, verdict: Verdict) -> Result<(), Refusal> {
    let Some(reason) = reason(verdict) else { return Ok(()) };
    let principal = exchange.caller.principal.as_ref();
    let caller = principal.map_or("anonymous", |principal| principal.arn.as_str());
    let resource = MethodArn::of(exchange).masked();
    Err(Refusal::access_denied(format!(
        "User: {caller} is not authorized to perform: execute-api:Invoke on resource: {resource} {reason}"
    )))
}

/// The same where a Lambda authorizer's policy counts as the caller's own: it is told in fewer
/// words.
///
/// # Errors
/// 403.
pub(super) fn check_authorizer(exchange: &Exchange<'_>, verdict: Verdict) -> Result<(), Refusal> {
    match verdict {
        Verdict::Denied(Blame::Resource) | Verdict::NotAllowed(Blame::Resource) => {
            check(exchange, verdict)
        }
        _ => reason(verdict).map_or(Ok(()), |reason| {
            let message = format!("User is not authorized to access this resource {reason}");
            Err(Refusal::access_denied(message))
        }),
    }
}

/// What a denial ends with; nothing for a call that is allowed.
const fn reason(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Allowed => None,
        Verdict::Denied(Blame::Identity) => {
            Some("with an explicit deny in an identity-based policy")
        }
        Verdict::Denied(Blame::Resource) => {
            Some("with an explicit deny in a resource-based policy")
        }
        Verdict::NotAllowed(Blame::Identity) => {
            Some("because no identity-based policy allows the execute-api:Invoke action")
        }
        Verdict::NotAllowed(Blame::Resource) => {
            Some("because no resource-based policy allows the execute-api:Invoke action")
        }
    }
}
