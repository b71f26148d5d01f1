//! What a handler may know besides its request.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::event::{ProxyRequest, RequestContext};

/// The circumstances of one request.
#[derive(Clone, Debug)]
pub struct Context {
    /// Identifies the request: API Gateway's id, which the client gets as `x-amzn-RequestId`;
    /// Lambda's own where there is none.
    pub request_id: String,
    /// Lambda's id of the invocation.
    pub invocation_id: String,
    /// When Lambda ends the invocation.
    pub deadline: SystemTime,
    /// Stage, identity and authorizer.
    pub gateway: RequestContext,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
}

impl Context {
    /// The context of an event.
    pub fn new(event: &ProxyRequest, invocation_id: &str, deadline: SystemTime) -> Self {
        let gateway = event.context.clone();
        let request_id = gateway.request_id.clone().unwrap_or_else(|| invocation_id.to_owned());
        Self {
            request_id,
            invocation_id: invocation_id.to_owned(),
            deadline,
            gateway,
            stage_variables: event.stage_variables.clone(),
        }
    }

    /// Path of a member of the collection the request went to, for a `Location` header: as the
    /// caller addresses it, so with the stage or a custom domain's base path. `segment` is taken
    /// as it is and must stand for itself in a path.
    pub fn member_path(&self, segment: &str) -> String {
        let collection = self.gateway.path.as_deref().unwrap_or_default();
        format!("{}/{segment}", collection.trim_end_matches('/'))
    }

    /// How long the invocation may still take.
    pub fn remaining(&self) -> Duration {
        self.deadline.duration_since(SystemTime::now()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_path_begins_as_the_caller_addressed_the_collection() {
        for (asked, member) in
            [("/dev/users", "/dev/users/u-1"), ("/base/users/", "/base/users/u-1")]
        {
            let mut event = ProxyRequest::default();
            event.context.path = Some(asked.to_owned());
            let context = Context::new(&event, "invocation", SystemTime::now());
            assert_eq!(context.member_path("u-1"), member);
        }
    }
}
