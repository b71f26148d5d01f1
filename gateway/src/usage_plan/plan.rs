//! Usage plans and their API keys.

use std::fmt;

use indexmap::IndexMap;
use uuid::Uuid;

use super::quota::Quota;
use super::throttle::Throttle;
use crate::context::short_id;

/// Who may call an API's stage how often.
#[derive(Clone, Debug, Default)]
pub struct UsagePlan {
    /// `name`
    pub name: String,
    /// `throttle`: for each key.
    pub throttle: Option<Throttle>,
    /// `quota`: for each key.
    pub quota: Option<Quota>,
    /// Throttles for each key and a method, by `{resourcePath}/{VERB}`, for example `/users/GET`.
    pub methods: IndexMap<String, Throttle>,
    /// Who is on this plan.
    pub keys: Vec<ApiKey>,
}

impl UsagePlan {
    /// `id`: six characters, made from the name.
    pub(super) fn id(&self) -> String {
        short_id(&format!("usage plan {}", self.name), 6)
    }
}

/// An API key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// `id`, what `$context.identity.apiKeyId` shows.
    pub id: String,
    /// `name`
    pub name: String,
    /// `value`, what callers send.
    pub value: ApiKeyValue,
    /// `enabled`: a disabled key is refused.
    pub enabled: bool,
}

impl ApiKey {
    /// An enabled key with an id made from its name.
    pub fn new(name: impl Into<String>, value: ApiKeyValue) -> Self {
        let name = name.into();
        Self { id: short_id(&format!("api key {name}"), 10), name, value, enabled: true }
    }
}

/// What callers send as `x-api-key`. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyValue(String);

/// Why a text is no API key; as API Gateway says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Fewer than 20 characters.
    #[error("API Key value should be at least 20 characters")]
    TooShort,
    /// More than 128 characters.
    #[error("API Key value exceeds maximum size of 128 characters")]
    TooLong,
    /// Something that a header cannot carry.
    #[error("API Key value has a character that is not visible ASCII")]
    NotVisible,
}

impl ApiKeyValue {
    /// A value that has not been [checked](Self::check).
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// A value nobody has used: 40 letters and digits, as API Gateway makes them.
    pub fn generate() -> Self {
        let random: String =
            [Uuid::new_v4(), Uuid::new_v4()].map(|id| id.simple().to_string()).concat();
        Self(random.chars().take(40).collect())
    }

    /// Whether API Gateway would take it.
    ///
    /// # Errors
    /// Why it would not.
    pub fn check(&self) -> Result<(), ApiKeyError> {
        match self.0.chars().count() {
            ..20 => Err(ApiKeyError::TooShort),
            129.. => Err(ApiKeyError::TooLong),
            _ if !self.0.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(ApiKeyError::NotVisible)
            }
            _ => Ok(()),
        }
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ApiKeyValue {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for ApiKeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyValue(******)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first two recorded on AWS.
    #[test]
    fn values_have_20_to_128_characters() {
        for (value, expected) in [
            ("0123456789abcdefghi".to_owned(), Err(ApiKeyError::TooShort)),
            ("a".repeat(129), Err(ApiKeyError::TooLong)),
            ("0123456789 0123456789".to_owned(), Err(ApiKeyError::NotVisible)),
            ("0123456789abcdefghij".to_owned(), Ok(())),
            ("a".repeat(128), Ok(())),
        ] {
            assert_eq!(ApiKeyValue::new(&value).check(), expected, "{value}");
        }
        assert_eq!(ApiKeyValue::generate().check(), Ok(()));
        assert_ne!(ApiKeyValue::generate(), ApiKeyValue::generate());
    }

    #[test]
    fn debug_output_does_not_show_a_value() {
        let key = ApiKey::new("ada", ApiKeyValue::new("0123456789abcdefghij"));
        assert!(!format!("{key:?}").contains("0123"), "{key:?}");
    }
}
