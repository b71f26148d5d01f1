//! What a policy is evaluated for: one call of a method, and what is known about it.

use super::key::ConditionKey;
use super::{Decision, Policy};
use crate::caller::{Caller, Principal};
use crate::exchange::Exchange;
use crate::request::Request;

/// A request as policies see it. Its action is always [`INVOKE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyRequest<'a> {
    /// The method's ARN.
    pub(crate) resource: &'a str,
    pub(crate) request: &'a Request,
    /// Who calls, and from where.
    pub(crate) caller: &'a Caller,
}

/// The action of calling a method.
pub(super) const INVOKE: &str = "execute-api:Invoke";

impl Policy {
    /// What it says about a request on its way to the method with this ARN. The caller is whoever
    /// the exchange knows by now.
    pub(crate) fn decide(&self, exchange: &Exchange<'_>, resource: &str) -> Decision {
        let request =
            PolicyRequest { resource, request: exchange.request, caller: &exchange.caller };
        self.evaluate(&request)
    }
}

impl PolicyRequest<'_> {
    /// Who signed it; `None` is an anonymous caller.
    pub(super) const fn principal(&self) -> Option<&Principal> {
        self.caller.principal.as_ref()
    }

    /// The values of a condition key; none if the request does not have it.
    pub(super) fn values(&self, key: &ConditionKey) -> Vec<String> {
        if *key == ConditionKey::PrincipalOrgPaths {
            return vec![];
        }
        self.value(key).into_iter().collect()
    }

    /// The value of a key that has one value at most.
    pub(super) fn value(&self, key: &ConditionKey) -> Option<String> {
        let Self { request, caller, .. } = self;
        let header = |name| request.headers.get(name).map(str::to_owned);
        let address = || request.source_ip.to_canonical().to_string();
        let is_private = caller.vpc_id.is_some() || caller.vpce_id.is_some();
        match key {
            ConditionKey::CurrentTime => Some(request.received.to_string()),
            ConditionKey::EpochTime => Some(request.received.as_second().to_string()),
            ConditionKey::Referer => header("referer"),
            ConditionKey::UserAgent => header("user-agent"),
            // API Gateway has no endpoint without TLS, so this one stands for one that has it.
            ConditionKey::SecureTransport => Some("true".to_owned()),
            // One has the public address, the other that in the network (IAM guide, "AWS global
            // condition context keys").
            ConditionKey::SourceIp => (!is_private).then(address),
            ConditionKey::VpcSourceIp => is_private.then(address),
            ConditionKey::SourceVpc => caller.vpc_id.clone(),
            ConditionKey::SourceVpce => caller.vpce_id.clone(),
            ConditionKey::SourceArn | ConditionKey::PrincipalOrgPaths | ConditionKey::Other(_) => {
                None
            }
            ConditionKey::PrincipalAccount
            | ConditionKey::PrincipalArn
            | ConditionKey::PrincipalOrgId
            | ConditionKey::PrincipalTag(_)
            | ConditionKey::PrincipalType
            | ConditionKey::UserId
            | ConditionKey::UserName
            | ConditionKey::TokenIssueTime
            | ConditionKey::MultiFactorAuthPresent
            | ConditionKey::MultiFactorAuthAge => self.principal().and_then(|it| identity(it, key)),
        }
    }
}

/// What is known about a signed caller.
fn identity(principal: &Principal, key: &ConditionKey) -> Option<String> {
    match key {
        ConditionKey::PrincipalAccount => Some(principal.account_id.clone()),
        ConditionKey::PrincipalArn => Some(principal.policy_arn()),
        ConditionKey::PrincipalOrgId => principal.organization_id.clone(),
        ConditionKey::PrincipalType => Some(principal.kind().to_owned()),
        ConditionKey::UserId => Some(principal.id.clone()),
        ConditionKey::PrincipalTag(name) => principal.tags.get(name).cloned(),
        ConditionKey::UserName => principal.user_name().map(str::to_owned),
        _ => None,
    }
}
