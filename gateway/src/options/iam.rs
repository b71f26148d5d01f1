//! Options for callers who sign their requests.

use std::path::PathBuf;

use super::OptionError;
use crate::access_key::AccessKeys;
use crate::account::Account;

/// Who may sign requests to methods that IAM authorizes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct IamOptions {
    /// A caller who signs requests: a JSON file with AccessKeyId, SecretAccessKey and, if wanted,
    /// SessionToken, Expiration, Arn, UserId, OrganizationId, Tags and Policy (an identity policy;
    /// without one everything is allowed); may be repeated. Without any, the credentials of the
    /// environment, else the key `local` with the secret `local`
    #[arg(long = "caller", value_name = "FILE")]
    pub callers: Vec<PathBuf>,

    /// The identity policy of callers without one of their own: a JSON file
    #[arg(long, value_name = "FILE")]
    pub identity_policy: Option<PathBuf>,
}

impl IamOptions {
    /// Gives the account these access keys.
    pub(super) fn apply(&self, account: &mut Account) -> Result<(), OptionError> {
        account.access_keys = if self.callers.is_empty() {
            AccessKeys::of_environment()
        } else {
            AccessKeys::read(&self.callers)
                .map_err(|problem| OptionError { option: "--caller", problem })?
        };
        if let Some(path) = &self.identity_policy {
            let error = |problem| OptionError {
                option: "--identity-policy",
                problem: format!("{}: {problem}", path.display()),
            };
            let text = std::fs::read_to_string(path).map_err(|it| error(it.to_string()))?;
            account.access_keys.restrict(&text).map_err(error)?;
        }
        Ok(())
    }
}
