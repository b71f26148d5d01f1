//! AWS services behind integrations: where they are, and whose credentials sign requests to them.
//!
//! ```text
//! uri ─▶ catalogue (names) ─▶ endpoint (URL)
//! environment, profile ─▶ credentials ─▶ signing (headers)
//! ```

mod catalogue;
mod credentials;
mod endpoint;
mod signing;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use aws_credential_types::Credentials;

pub(crate) use catalogue::{Protocol, ServiceFacts};
use credentials::{CredentialSource, NoCredentials};
pub(crate) use endpoint::Endpoint;
use endpoint::Endpoints;
pub use signing::NotSigned;
pub(crate) use signing::{SET_BY_SIGNATURES, Signable, headers as signing_headers};

/// The region of documents and environments that name none.
const DEFAULT_REGION: &str = "us-east-1";

/// How the AWS services of an account are reached.
#[derive(Clone, Debug)]
pub struct Services {
    region: String,
    endpoints: Endpoints,
    credentials: CredentialSource,
    /// Somebody was told whose credentials are used.
    is_announced: Arc<AtomicBool>,
}

/// Why a request to a service was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    #[error("{0}")]
    Credentials(#[from] NoCredentials),
    #[error("{0}")]
    Signature(#[from] NotSigned),
}

impl Services {
    /// Services at AWS, and no credentials for them.
    pub fn without_credentials() -> Self {
        Self::new(DEFAULT_REGION, Endpoints::default(), CredentialSource::nowhere())
    }

    /// What the environment says: `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_{SERVICE}`, `AWS_REGION`,
    /// and credentials from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`,
    /// else from the profile. They are not looked up before something is to be signed.
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.as_deref().unwrap_or(DEFAULT_REGION);
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let endpoints = Endpoints::of_environment(variables);
        Self::new(region, endpoints, CredentialSource::environment(region))
    }

    fn new(region: &str, endpoints: Endpoints, credentials: CredentialSource) -> Self {
        let region = region.to_owned();
        Self { region, endpoints, credentials, is_announced: Arc::default() }
    }

    /// The same with an emulator in the place of one service, named as in integration URIs
    /// (`dynamodb`), unless the environment names an endpoint for that very service. Requests to it
    /// need no credentials, and nobody's are used.
    #[must_use]
    pub fn with_emulator(mut self, service: &str, url: &str) -> Self {
        self.endpoints.emulate(service, url);
        self
    }

    /// The same with one endpoint for every service that has none of its own.
    #[must_use]
    pub fn with_endpoint(mut self, url: &str) -> Self {
        self.endpoints.put_default(url);
        self
    }

    /// The same with these credentials.
    #[must_use]
    pub fn with_credentials(mut self, access_key_id: &str, secret_access_key: &str) -> Self {
        let credentials = Credentials::new(access_key_id, secret_access_key, None, None, "given");
        self.credentials = CredentialSource::fixed(credentials);
        self
    }

    /// The region of a `uri` that names none which is known here.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Where requests to a service go.
    pub(crate) fn endpoint(
        &self,
        facts: &ServiceFacts<'_>,
        subdomain: Option<&str>,
        region: &str,
    ) -> Endpoint {
        self.endpoints.of(facts, subdomain, region)
    }

    /// Looks at start whether requests to an endpoint could be signed.
    pub(crate) fn check(&self, endpoint: &Endpoint) -> Result<(), NoCredentials> {
        if endpoint.takes_any_signature {
            return Ok(());
        }
        self.credentials.get_blocking()?;
        if !self.is_announced.swap(true, Ordering::Relaxed) {
            tracing::info!(
                "AWS services are called with the credentials of the environment; the roles that \
                 integrations name are not assumed"
            );
        }
        Ok(())
    }

    /// The headers that sign a request.
    pub(crate) async fn sign(
        &self,
        request: &Signable<'_>,
        endpoint: &Endpoint,
    ) -> Result<Vec<(String, String)>, NotSent> {
        let credentials = if endpoint.takes_any_signature {
            Credentials::new("local", "local", None, None, "emulator")
        } else {
            self.credentials.get().await?
        };
        Ok(signing::headers(request, credentials, SystemTime::now())?)
    }
}
