//! One token, and how long it is good for.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use thiserror::Error;

/// A token as `Authorization` carries it; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    value: HeaderValue,
    expires: Option<SystemTime>,
}

/// The text is none that a header can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the token holds characters that a header cannot")]
pub struct InvalidToken;

impl Token {
    /// A token that is sent as it is, as Cognito authorizers take it (API Gateway Developer Guide,
    /// "Integrate a REST API with an Amazon Cognito user pool"). It expires when it says so itself,
    /// by the claim `exp` of a JSON Web Token, or never.
    ///
    /// # Errors
    /// If a header cannot hold it.
    pub fn new(text: &str) -> Result<Self, InvalidToken> {
        let mut value = HeaderValue::from_str(text).map_err(|_| InvalidToken)?;
        value.set_sensitive(true);
        Ok(Self { value, expires: expiry(text) })
    }

    /// A token that is sent behind the word `Bearer`.
    ///
    /// # Errors
    /// If a header cannot hold it.
    pub fn bearer(text: &str) -> Result<Self, InvalidToken> {
        let Self { value, .. } = Self::new(&format!("Bearer {text}"))?;
        Ok(Self { value, expires: expiry(text) })
    }

    /// The same, but good for this long from now: for tokens that do not say it, and where the
    /// clocks of client and issuer differ.
    #[must_use]
    pub fn expires_in(mut self, time: Duration) -> Self {
        self.expires = SystemTime::now().checked_add(time);
        self
    }

    /// How long it is still good for; `None` if that is not known, zero if it has expired.
    pub fn remaining(&self) -> Option<Duration> {
        let expires = self.expires?;
        Some(expires.duration_since(SystemTime::now()).unwrap_or_default())
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.value.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// `exp` of a JSON Web Token, which nobody verifies here: it is the caller's own.
fn expiry(text: &str) -> Option<SystemTime> {
    let claims = URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    let seconds = claims.get("exp")?.as_u64()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_json_web_token_says_when_it_expires() {
        let token = Token::new(&jwt(r#"{"exp":1000}"#)).unwrap();
        assert_eq!(token.remaining(), Some(Duration::ZERO));
        let token = Token::bearer(&jwt(r#"{"exp":99999999999}"#)).unwrap();
        assert!(token.remaining().unwrap() > Duration::from_secs(60));
        assert!(token.header().to_str().unwrap().starts_with("Bearer e30."));
        for odd in ["opaque", "a.b.c", &jwt("{}"), &jwt(r#"{"exp":-1}"#), ""] {
            assert_eq!(Token::new(odd).unwrap().remaining(), None, "{odd}");
        }
    }

    #[test]
    fn what_is_told_about_the_expiry_wins() {
        let token = Token::new(&jwt(r#"{"exp":1000}"#)).unwrap();
        let remaining = token.expires_in(Duration::from_secs(60)).remaining().unwrap();
        assert!(remaining > Duration::from_secs(50) && remaining <= Duration::from_secs(60));
    }

    #[test]
    fn a_token_is_not_printed() {
        let token = Token::new("s3cret").unwrap();
        assert!(!format!("{token:?} {:?}", token.header()).contains("s3cret"));
        assert_eq!(Token::new("a\nb"), Err(InvalidToken));
    }
}
