//! The AWS account around the API: what the API reaches, and who may call it.

use std::fmt;
use std::sync::Arc;

use crate::access_key::AccessKeys;
use crate::access_log::AccessLog;
use crate::backend::Backend;
use crate::base_path::BasePath;
use crate::execution_log::ExecutionLog;
use crate::invoke::Invoke;
use crate::location::Location;
use crate::services::Services;
use crate::usage_plan::Usage;

/// Everything a deployed API needs that is neither in its document nor in its stage.
#[derive(Clone)]
pub struct Account {
    /// Calls the account's functions.
    pub functions: Arc<dyn Invoke>,
    /// Reaches everything else: HTTP endpoints, AWS services, key sets of user pools.
    pub backend: Arc<Backend>,
    /// The API's id; `None` has one made from its title.
    pub api_id: Option<String>,
    /// Where requests come from, as far as it is not to be told from the document.
    pub location: Location,
    /// The access keys that requests may be signed with.
    pub access_keys: AccessKeys,
    /// Who may call how often.
    pub usage: Usage,
    /// The stage's access log; `None` switches it off.
    pub access_log: Option<AccessLog>,
    /// The stage's execution log; `None` switches it off.
    pub execution_log: Option<ExecutionLog>,
    /// What the import does with the base path of the document.
    pub base_path: BasePath,
    /// The AWS services that integrations call, and user pools.
    pub services: Services,
}

impl Account {
    /// An account with functions and nothing else.
    pub fn new(functions: Arc<dyn Invoke>) -> Self {
        Self {
            functions,
            backend: Arc::default(),
            api_id: None,
            access_keys: AccessKeys::default(),
            location: Location::default(),
            usage: Usage::default(),
            access_log: None,
            execution_log: None,
            base_path: BasePath::default(),
            services: Services::without_credentials(),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}
