//! Perimeter: what lies around all methods of an API alike. The names it has, the network its
//! callers are in, and its resource policy.

use openapi::Diagnostic;

use crate::caller::Caller;
use crate::deployment::Deployment;
use crate::endpoint::Endpoint;
use crate::location::{self, Location};
use crate::policy::ConditionKey;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::resource_policy::ResourcePolicy;

/// What a request passes before its method is looked for, and the policy it meets again there.
#[derive(Debug)]
pub(crate) struct Perimeter {
    endpoint: Endpoint,
    pub(crate) policy: ResourcePolicy,
    /// Where a request comes from that does not say so itself.
    location: Location,
}

impl Perimeter {
    /// The perimeter of a deployed API. What cannot be evaluated is reported.
    pub(crate) fn new(deployment: &Deployment<'_>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let endpoint = Endpoint::new(deployment, diagnostics);
        let policy = ResourcePolicy::new(deployment, diagnostics);
        let location = assume(&deployment.account.location, &policy, &endpoint);
        diagnostics.extend(policy.unlocated(&location, deployment));
        Self { endpoint, policy, location }
    }

    /// Who sent a request, as far as the way it came tells.
    ///
    /// # Errors
    /// 403 `Forbidden` if it is for another API.
    pub(crate) fn admit(&self, request: &Request) -> Result<Caller, Refusal> {
        let named = self.endpoint.admit(&request.headers)?;
        let mut location = match &request.stated_location {
            Some(stated) => return Ok(caller(stated.location.clone())),
            None => self.location.clone(),
        };
        if named.is_some() {
            location.vpc_endpoint = named;
        }
        Ok(caller(location))
    }

    /// What a local caller should know about it, a sentence each.
    pub(crate) fn notes(&self) -> Vec<String> {
        if self.location == Location::default() && !self.policy.is_private() {
            return vec![];
        }
        vec![format!(
            "Requests are taken to come from {}; --vpc-endpoint and --vpc say otherwise, the header {} for one request.",
            self.location,
            location::HEADER
        )]
    }
}

fn caller(location: Location) -> Caller {
    Caller { vpc_id: location.vpc, vpce_id: location.vpc_endpoint, ..Caller::default() }
}

/// Where a local caller is taken to be. Whoever can reach a private API at all came through one of
/// its endpoints, so unless options say so it is one that the policy lets in, or else the first
/// that the API is associated with.
fn assume(account: &Location, policy: &ResourcePolicy, endpoint: &Endpoint) -> Location {
    let admitted = |key| policy.admitted(&key).map(str::to_owned);
    let associated = || endpoint.first_vpc_endpoint().map(str::to_owned);
    let vpc_endpoint = account.vpc_endpoint.clone();
    Location {
        vpc_endpoint: vpc_endpoint
            .or_else(|| admitted(ConditionKey::SourceVpce))
            .or_else(associated),
        vpc: account.vpc.clone().or_else(|| admitted(ConditionKey::SourceVpc)),
    }
}
