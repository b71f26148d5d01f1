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

    /// How long the invocation may still take.
    pub fn remaining(&self) -> Duration {
        self.deadline.duration_since(SystemTime::now()).unwrap_or_default()
    }
}
