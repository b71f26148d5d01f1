//! Options of every command line that runs a gateway: what surrounds the document.

mod iam;
mod import;
mod logs;
mod network;
mod usage;

use std::sync::Arc;

use crate::account::Account;
use crate::invoke::Invoke;
use crate::services::Services;
pub use iam::IamOptions;
pub use import::ImportOptions;
pub use logs::{LogOptions, LogOutputs};
pub use network::NetworkOptions;
pub(crate) use usage::API_KEY_VARIABLE;
pub use usage::UsageOptions;

/// What a document cannot say about its account and its stage.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DeployOptions {
    /// What is said about requests.
    #[command(flatten)]
    pub logs: LogOptions,
    /// How callers reach the API.
    #[command(flatten)]
    pub network: NetworkOptions,
    /// Who may sign requests.
    #[command(flatten)]
    pub iam: IamOptions,
    /// How the document becomes an API.
    #[command(flatten)]
    pub import: ImportOptions,
    /// Who may call how often.
    #[command(flatten)]
    pub usage: UsageOptions,
}

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
    pub fn account(
        &self,
        functions: Arc<dyn Invoke>,
        outputs: LogOutputs,
    ) -> Result<Account, OptionError> {
        let mut account = Account::new(functions);
        account.services = Services::from_environment();
        self.logs.apply(outputs, &mut account)?;
        self.network.apply(&mut account);
        self.iam.apply(&mut account)?;
        account.base_path = self.import.base_path;
        self.usage.apply(&mut account)?;
        Ok(account)
    }
}
