//! User pools: who issues tokens, and where the keys are that verify them.

use crate::account::Account;
use crate::services::ServiceFacts;

/// A user pool by its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserPool {
    /// Address of the pool at AWS, which is what its tokens say.
    issuer: String,
    /// Address of the pool at an emulator. Emulators put theirs into tokens.
    emulator: Option<String>,
}

impl UserPool {
    /// Reads `arn:aws:cognito-idp:{region}:{account}:userpool/{pool id}`.
    pub(super) fn parse(arn: &str, account: &Account) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let is_arn = parts.next() == Some("arn") && parts.next()?.starts_with("aws");
        let is_cognito = parts.next() == Some("cognito-idp");
        let region = parts.next()?;
        let _account = parts.next()?;
        let id = parts.next()?.strip_prefix("userpool/")?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_name = |text: &str| !text.is_empty() && text.chars().all(is_word);
        if !is_arn || !is_cognito || !is_name(region) || !is_name(id) {
            return None;
        }
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = account.services.endpoint(&ServiceFacts::of("cognito-idp"), None, region);
        Some(Self {
            issuer: format!("https://cognito-idp.{region}.{suffix}/{id}"),
            emulator: endpoint.is_override.then(|| format!("{}/{id}", endpoint.url)),
        })
    }

    /// Whether tokens of this issuer are the pool's.
    pub(super) fn issues(&self, issuer: &str) -> bool {
        self.issuer == issuer || self.emulator.as_deref() == Some(issuer)
    }

    /// Where its keys are published.
    pub(super) fn key_set_url(&self) -> String {
        let base = self.emulator.as_ref().unwrap_or(&self.issuer);
        format!("{base}/.well-known/jwks.json")
    }
}
