//! Resource policy: whether `x-amazon-apigateway-policy` lets a call through, alone or together
//! with what the method's own authorizer says.
//!
//! How both come together is in the guide, "How API Gateway resource policies affect authorization
//! workflow": Tables A and B there are [`Authority::Either`] and [`Authority::Both`].

use openapi::Diagnostic;

use crate::authorize::MethodArn;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::location::Location;
use crate::policy::{ConditionKey, Decision, Policy, PolicyError, PolicyKind};

/// The resource policy of an API, if it has one that can be evaluated.
#[derive(Debug, Default)]
pub(crate) struct ResourcePolicy(Option<Policy>);

/// How two policies decide together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// Either may allow (Table A): callers of the API's own account, and Lambda authorizers.
    Either,
    /// Both must allow (Table B): callers of other accounts.
    Both,
}

/// What becomes of a call, and which policy is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// A policy of this kind denies it.
    Denied(Blame),
    /// No policy of this kind allows it.
    NotAllowed(Blame),
}

/// The policy a denial names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    Identity,
    Resource,
}

impl ResourcePolicy {
    /// Reads the document's policy. Without a policy, or with one that is wrong, nothing is denied;
    /// what is wrong is reported where it stands.
    pub(crate) fn new(deployment: &Deployment<'_>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let Some(declared) = &deployment.api.policy else { return Self(None) };
        let api = MethodArn::api_of(deployment.rest_api);
        match Policy::parse(&declared.document, PolicyKind::Resource, &api) {
            Ok(policy) => Self(Some(policy)),
            Err(errors) => {
                let found = |error: &PolicyError| {
                    let origin = declared.origin_of(&error.path);
                    let finding =
                        Diagnostic::error("resource-policy", origin, error.problem.to_string());
                    match error.problem.help {
                        Some(help) => finding.with_help(help),
                        None => finding,
                    }
                };
                diagnostics.extend(errors.iter().map(found));
                Self(None)
            }
        }
    }

    /// A value of a condition key that the policy lets in.
    pub(crate) fn admitted(&self, key: &ConditionKey) -> Option<&str> {
        self.0.as_ref()?.admitted(key)
    }

    /// Whether it asks where in which VPC a request comes from, which only private APIs can tell.
    pub(crate) fn is_private(&self) -> bool {
        self.0.as_ref().is_some_and(|policy| policy.keys().any(ConditionKey::is_private))
    }

    /// The finding that callers cannot be where the policy wants them, because nothing tells where
    /// they are.
    pub(crate) fn unlocated(
        &self,
        location: &Location,
        deployment: &Deployment<'_>,
    ) -> Option<Diagnostic> {
        let declared = deployment.api.policy.as_ref()?;
        let demands = |key| self.0.as_ref().is_some_and(|policy| policy.demands(&key));
        let (key, option) = if location.vpc_endpoint.is_none() && demands(ConditionKey::SourceVpce)
        {
            (ConditionKey::SourceVpce, "--vpc-endpoint ID")
        } else if location.vpc.is_none() && demands(ConditionKey::SourceVpc) {
            (ConditionKey::SourceVpc, "--vpc ID")
        } else {
            return None;
        };
        let message = format!("the policy asks for {key}, which local requests do not have");
        let finding = Diagnostic::warning("policy-location", &declared.origin, message);
        Some(finding.with_help(format!("say where they come from: {option}")))
    }

    /// The verdict about a call before a Lambda authorizer is asked: only a denial counts yet.
    pub(crate) fn before(&self, exchange: &Exchange<'_>) -> Verdict {
        match self.decide(exchange) {
            Some(Decision::Deny) => Verdict::Denied(Blame::Resource),
            Some(Decision::Allow | Decision::Silent) | None => Verdict::Allowed,
        }
    }

    /// The verdict about a call that nothing else decides about: of an open method, or with a user
    /// pool's token. A policy must allow it.
    pub(crate) fn alone(&self, exchange: &Exchange<'_>) -> Verdict {
        match self.decide(exchange) {
            Some(Decision::Allow) | None => Verdict::Allowed,
            Some(Decision::Silent) => Verdict::NotAllowed(Blame::Resource),
            Some(Decision::Deny) => Verdict::Denied(Blame::Resource),
        }
    }

    /// The verdict about a call that an identity policy decides about too.
    pub(crate) fn with(
        &self,
        identity: Decision,
        authority: Authority,
        exchange: &Exchange<'_>,
    ) -> Verdict {
        let resource = self.decide(exchange).unwrap_or(Decision::Silent);
        together(identity, resource, authority)
    }

    /// What it says about a call. `None` without a policy.
    fn decide(&self, exchange: &Exchange<'_>) -> Option<Decision> {
        let policy = self.0.as_ref()?;
        Some(policy.decide(exchange, &MethodArn::of(exchange).to_string()))
    }
}

/// Tables A and B. Which policy a silent pair blames was not measured for API Gateway; other
/// services blame the identity policy where either would have done.
const fn together(identity: Decision, resource: Decision, authority: Authority) -> Verdict {
    match (identity, resource, authority) {
        (_, Decision::Deny, _) => Verdict::Denied(Blame::Resource),
        (Decision::Deny, ..) => Verdict::Denied(Blame::Identity),
        (Decision::Allow, Decision::Allow, _)
        | (Decision::Allow, Decision::Silent, Authority::Either)
        | (Decision::Silent, Decision::Allow, Authority::Either) => Verdict::Allowed,
        (Decision::Silent, ..) => Verdict::NotAllowed(Blame::Identity),
        (Decision::Allow, Decision::Silent, Authority::Both) => {
            Verdict::NotAllowed(Blame::Resource)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Allow, Deny, Silent};
    use Verdict::{Allowed, Denied, NotAllowed};

    #[test]
    fn in_one_account_either_policy_may_allow() {
        for (identity, resource, verdict) in [
            (Allow, Allow, Allowed),
            (Allow, Silent, Allowed),
            (Allow, Deny, Denied(Blame::Resource)),
            (Silent, Allow, Allowed),
            (Silent, Silent, NotAllowed(Blame::Identity)),
            (Silent, Deny, Denied(Blame::Resource)),
            (Deny, Allow, Denied(Blame::Identity)),
            (Deny, Silent, Denied(Blame::Identity)),
            (Deny, Deny, Denied(Blame::Resource)),
        ] {
            assert_eq!(
                together(identity, resource, Authority::Either),
                verdict,
                "{identity:?} {resource:?}"
            );
        }
    }

    #[test]
    fn across_accounts_both_policies_must_allow() {
        for (identity, resource, verdict) in [
            (Allow, Allow, Allowed),
            (Allow, Silent, NotAllowed(Blame::Resource)),
            (Allow, Deny, Denied(Blame::Resource)),
            (Silent, Allow, NotAllowed(Blame::Identity)),
            (Silent, Silent, NotAllowed(Blame::Identity)),
            (Silent, Deny, Denied(Blame::Resource)),
            (Deny, Allow, Denied(Blame::Identity)),
            (Deny, Silent, Denied(Blame::Identity)),
            (Deny, Deny, Denied(Blame::Resource)),
        ] {
            assert_eq!(
                together(identity, resource, Authority::Both),
                verdict,
                "{identity:?} {resource:?}"
            );
        }
    }
}
