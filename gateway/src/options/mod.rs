//! Options of every command line that runs a gateway: what surrounds the document.

use std::sync::Arc;

use crate::account::Account;
use crate::invoke::Invoke;

/// What a document cannot say about its account and its stage.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DeployOptions {}

/// An option that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {problem}")]
pub struct OptionError {
    /// The option, for example `--usage-plan`.
    pub option: &'static str,
    /// What is wrong with it, and how to mend it.
    pub problem: String,
}

impl DeployOptions {
    /// The account these options describe.
    ///
    /// # Errors
    /// The first option that cannot be followed.
    pub fn account(&self, functions: Arc<dyn Invoke>) -> Result<Account, OptionError> {
        Ok(Account::new(functions))
    }
}
