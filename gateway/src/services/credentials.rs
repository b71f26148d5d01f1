//! Whose credentials sign requests to AWS services.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::Region;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;

/// Credentials this close to their end are fetched anew.
const MARGIN: Duration = Duration::from_secs(60);

/// Where credentials come from, and those that came.
#[derive(Clone)]
pub(super) struct CredentialSource {
    origin: Origin,
    fetched: Arc<Mutex<Option<Credentials>>>,
}

#[derive(Clone)]
enum Origin {
    /// Environment variables, then the profile.
    Environment {
        region: String,
    },
    Fixed(Credentials),
    Nowhere,
}

/// No credentials; says why, and never what they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoCredentials {
    #[error("neither the environment nor a profile has credentials")]
    Absent,
    #[error("the credentials cannot be loaded: {0}")]
    NotLoaded(String),
}

impl CredentialSource {
    /// Variables and profile of whoever started this program. Nothing is looked up yet.
    pub(super) fn environment(region: &str) -> Self {
        Self::new(Origin::Environment { region: region.to_owned() })
    }

    /// Always the same ones.
    pub(super) fn fixed(credentials: Credentials) -> Self {
        Self::new(Origin::Fixed(credentials))
    }

    /// None.
    pub(super) fn nowhere() -> Self {
        Self::new(Origin::Nowhere)
    }

    fn new(origin: Origin) -> Self {
        Self { origin, fetched: Arc::default() }
    }

    /// Credentials that are good for a while: those of last time, or others. Temporary ones of a
    /// profile's role are fetched again before they end.
    pub(super) async fn get(&self) -> Result<Credentials, NoCredentials> {
        let region = match &self.origin {
            Origin::Fixed(credentials) => return Ok(credentials.clone()),
            Origin::Nowhere => return Err(NoCredentials::Absent),
            Origin::Environment { region } => region,
        };
        let known = self.fetched.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(is_good) {
            return Ok(known);
        }
        let credentials = fetch(region).await?;
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials.clone());
        Ok(credentials)
    }

    /// The same at start, where nobody waits asynchronously: a runtime of its own does.
    pub(super) fn get_blocking(&self) -> Result<Credentials, NoCredentials> {
        let get = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| not_loaded(&error))?.block_on(self.get())
        };
        let got = std::thread::scope(|scope| scope.spawn(get).join());
        got.unwrap_or_else(|_| Err(NoCredentials::NotLoaded("their source panicked".to_owned())))
    }
}

impl fmt::Debug for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialSource").finish_non_exhaustive()
    }
}

fn is_good(credentials: &Credentials) -> bool {
    credentials.expiry().is_none_or(|end| SystemTime::now() + MARGIN < end)
}

/// Asks the variables and the profile. What only machines in AWS have (instance metadata) is left
/// out: everywhere else the question takes seconds.
async fn fetch(region: &str) -> Result<Credentials, NoCredentials> {
    let config = ProviderConfig::without_region().with_region(Some(Region::new(region.to_owned())));
    let chain = CredentialsProviderChain::first_try(
        "Environment",
        EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else("Profile", ProfileFileCredentialsProvider::builder().configure(&config).build());
    chain.provide_credentials().await.map_err(|error| match error {
        CredentialsError::CredentialsNotLoaded(_) => NoCredentials::Absent,
        other => not_loaded(&other),
    })
}

fn not_loaded(error: &dyn std::error::Error) -> NoCredentials {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    NoCredentials::NotLoaded(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fetched_credentials_are_kept_until_they_end() {
        let source = CredentialSource::environment("eu-central-1");
        let key = |id: &str, end: Option<SystemTime>| Credentials::new(id, "s", None, end, "test");
        let hour = Duration::from_secs(3600);
        for credentials in [key("a", None), key("b", Some(SystemTime::now() + hour))] {
            *source.fetched.lock().unwrap() = Some(credentials.clone());
            let kept = source.get().await.unwrap();
            assert_eq!(kept.access_key_id(), credentials.access_key_id());
        }
        assert!(!is_good(&key("c", Some(SystemTime::now()))));
    }

    #[tokio::test]
    async fn starting_inside_a_runtime_may_wait_for_credentials() {
        let credentials = Credentials::new("AKIA", "secret", None, None, "test");
        assert_eq!(
            CredentialSource::fixed(credentials).get_blocking().unwrap().access_key_id(),
            "AKIA"
        );
        assert!(matches!(CredentialSource::nowhere().get_blocking(), Err(NoCredentials::Absent)));
    }

    #[test]
    fn debug_output_has_no_secret() {
        let credentials = Credentials::new("AKIA", "very-secret", None, None, "test");
        assert!(!format!("{:?}", CredentialSource::fixed(credentials)).contains("secret"));
    }
}
