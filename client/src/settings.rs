//! How a client is made.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;
use thiserror::Error;

use crate::support::{InvalidToken, Retry, Session, Token, Tokens};

/// API Gateway answers within 29 seconds or gives up; the rest is for the network.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_USER_AGENT: &str = concat!("lychgate-client/", env!("CARGO_PKG_VERSION"));

/// Settings of a client: where the API is, and how to call it.
#[derive(Clone, Debug)]
pub struct Settings {
    base_url: String,
    timeout: Duration,
    user_agent: String,
    session: Session,
    token: Option<Result<Token, InvalidToken>>,
    api_id: Option<String>,
}

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The base URL is none.
    #[error("base URL {url:?} {reason}; give it as in https://host/stage")]
    BaseUrl {
        /// As given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A header cannot hold the token, the user agent or the API id.
    #[error("the {0} holds characters that a header cannot")]
    Header(&'static str),
    /// The HTTP client does not start, for example for want of root certificates.
    #[error("the HTTP client does not start")]
    Http(#[from] reqwest::Error),
}

impl Settings {
    /// Settings for the API at `base_url`, the stage included: `https://host/dev`.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            timeout: DEFAULT_TIMEOUT,
            user_agent: DEFAULT_USER_AGENT.to_owned(),
            session: Session::default(),
            token: None,
            api_id: None,
        }
    }

    /// Longest time for one attempt, from connecting to the last byte of the answer; 30 seconds
    /// unless given.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Value of `User-Agent`.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sends `Authorization: Bearer <token>` with every request that has no such header yet.
    #[must_use]
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Token::bearer(&token.into()));
        self
    }

    /// Sends the token that these hold with every request that has no such header yet. They may be
    /// changed while the client is in use, and may renew themselves.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.session.tokens = Some(tokens);
        self.token = None;
        self
    }

    /// Names the API for requests through a VPC endpoint without private DNS: the base URL is then
    /// the endpoint's, `https://vpce-0123-abcd.execute-api.eu-west-1.vpce.amazonaws.com/dev`, and
    /// `x-apigw-api-id` says which API is meant (API Gateway Developer Guide, "Invoke a private
    /// API").
    #[must_use]
    pub fn api_id(mut self, id: impl Into<String>) -> Self {
        self.api_id = Some(id.into());
        self
    }

    /// When to send a request again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.session.retry = retry;
        self
    }

    /// The client of this crate's own document.
    ///
    /// # Errors
    /// If the settings cannot be.
    pub fn build(self) -> Result<crate::Client, SettingsError> {
        let (base_url, http, session) = self.parts()?;
        Ok(crate::Client::new_with_client(&base_url, http, session))
    }

    /// What `Client::new_with_client` takes, for a client generated from another document.
    ///
    /// # Errors
    /// If the settings cannot be.
    pub fn parts(mut self) -> Result<(String, reqwest::Client, Session), SettingsError> {
        let base_url = check_base_url(&self.base_url)?;
        if let Some(token) = self.token {
            let tokens = Tokens::default();
            tokens.set(token.map_err(|_| SettingsError::Header("token"))?);
            self.session.tokens = Some(tokens);
        }
        if let Some(id) = self.api_id {
            let id = HeaderValue::try_from(id).map_err(|_| SettingsError::Header("API id"))?;
            self.session.api_id = Some(id);
        }
        let user_agent = HeaderValue::try_from(self.user_agent);
        let http = reqwest::Client::builder()
            .timeout(self.timeout)
            .user_agent(user_agent.map_err(|_| SettingsError::Header("user agent"))?)
            // The declared answer is the one the caller gets, a redirect included.
            .redirect(reqwest::redirect::Policy::none())
            // API Gateway looks for headers in the letter case of the document (guide, "known issues").
            .http1_title_case_headers()
            .build()?;
        Ok((base_url, http, self.session))
    }
}

fn check_base_url(text: &str) -> Result<String, SettingsError> {
    let wrong = |reason: &str| {
        Err(SettingsError::BaseUrl { url: text.to_owned(), reason: reason.to_owned() })
    };
    match Url::parse(text) {
        Err(error) => wrong(&format!("is not a URL ({error})")),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => wrong("is not HTTP"),
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            wrong("has a query or a fragment")
        }
        Ok(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_keeps_its_stage_and_loses_its_last_slash() {
        assert_eq!(
            check_base_url("http://127.0.0.1:3000/dev/").unwrap(),
            "http://127.0.0.1:3000/dev"
        );
        assert_eq!(check_base_url("http://localhost").unwrap(), "http://localhost");
    }

    #[test]
    fn what_is_no_base_url_is_refused_with_a_reason() {
        for (text, reason) in [
            ("localhost:3000", "is not HTTP"),
            ("/dev", "is not a URL"),
            ("http://h/dev?x=1", "has a query"),
        ] {
            let message = check_base_url(text).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let settings = Settings::new("http://localhost").bearer("s3cret");
        assert!(!format!("{settings:?}").contains("s3cret"));
        let (_, _, session) = settings.parts().unwrap();
        assert!(!format!("{session:?}").contains("s3cret"));
    }

    #[test]
    fn a_token_that_no_header_holds_is_refused() {
        let settings = Settings::new("http://localhost").bearer("a\nb");
        assert!(matches!(settings.parts(), Err(SettingsError::Header("token"))));
    }
}
