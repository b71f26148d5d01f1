//! One request on its way through the stages, with what they found out.

use serde_json::Value;

use crate::caller::Caller;
use crate::context::Context;
use crate::gateway::Gateway;
use crate::journal::Journal;
use crate::mapping::Sources;
use crate::query::MultiMap;
use crate::request::Request;
use crate::route::Route;
use crate::stage::StagePath;

/// A request behind its stage prefix.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) request: &'a Request,
    pub(crate) path: &'a StagePath,
    pub(crate) query: &'a MultiMap,
    pub(crate) journal: &'a Journal,
    /// Resource and method; [`Route::unknown`] before they are found.
    pub(crate) route: Route<'a>,
    pub(crate) caller: Caller,
}

impl Exchange<'_> {
    /// `$context` of the request.
    pub(crate) fn context(&self) -> Context<'_> {
        Context::new(self)
    }

    /// What mapping expressions are evaluated against before the backend has answered.
    pub(crate) fn sources<'s>(&'s self, context: &'s Value) -> Sources<'s> {
        Sources {
            request: self.request,
            query: self.query,
            path_parameters: &self.route.path_parameters,
            stage: &self.gateway.stage,
            context,
            response_headers: None,
            response_body: None,
        }
    }
}
