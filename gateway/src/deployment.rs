//! What is deployed where, while the plans of its methods are made.

use openapi::Api;

use crate::account::Account;
use crate::context::RestApi;
use crate::stage::Stage;

/// An API on its way into a stage of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment<'a> {
    pub(crate) api: &'a Api,
    pub(crate) rest_api: &'a RestApi,
    pub(crate) stage: &'a Stage,
    pub(crate) account: &'a Account,
}
