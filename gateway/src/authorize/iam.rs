//! IAM authorization: who signed a request, and what their identity policy says about it.

use super::MethodArn;
use crate::exchange::Exchange;
use crate::policy::Decision;
use crate::refusal::Refusal;
use crate::resource_policy::Authority;
use crate::sigv4::{Claim, Scope, verify};

/// The service that methods are called of.
const SERVICE: &str = "execute-api";

/// Verifies the signature of a request and notes who calls. Answers what the caller's identity policy
/// says, and whether it suffices that this policy or the API's allows the call.
///
/// # Errors
/// 403 for a request that is not signed, or not by a key of the account.
pub(super) fn authenticate(exchange: &mut Exchange<'_>) -> Result<(Decision, Authority), Refusal> {
    let outcome = identify(exchange);
    match &outcome {
        Ok(_) => exchange.journal.set("authenticate.status", 200),
        Err(refusal) => {
            exchange.journal.set("authenticate.status", refusal.status);
            exchange
                .journal
                .set("authenticate.error", refusal.message.as_deref().unwrap_or_default());
        }
    }
    outcome
}

fn identify(exchange: &mut Exchange<'_>) -> Result<(Decision, Authority), Refusal> {
    let claim = Claim::read(exchange.request, exchange.query)?
        .ok_or_else(Refusal::missing_authentication_token)?;
    if let Some(token) = &claim.session_token {
        exchange.journal.secret(token);
    }
    let gateway = exchange.gateway;
    let scope = Scope { region: &gateway.rest_api.region, service: SERVICE };
    let key = verify(exchange.request, &claim, scope, &gateway.account.access_keys)?;
    let principal = key.principal(&gateway.rest_api);
    let authority = match principal.account_id == gateway.rest_api.account_id {
        true => Authority::Either,
        false => Authority::Both,
    };
    exchange.caller.principal = Some(principal);
    let decision = match key.policy() {
        None => Decision::Allow,
        Some(policy) => policy.decide(exchange, &MethodArn::of(exchange).to_string()),
    };
    Ok((decision, authority))
}
