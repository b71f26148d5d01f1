//! Who calls: the claims of a user pool's token, as API Gateway passes them on.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// What the caller's token says. API Gateway's Cognito authorizer has verified it.
///
/// The operations that the document guards with a user pool get it; those with scopes get the
/// claims of an access token, the others those of an id token.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    sub: String,
    token_use: TokenUse,
    texts: BTreeMap<String, String>,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenUse {
    /// It says who its bearer is.
    Id,
    /// It says what its bearer may do: it has scopes, and neither e-mail address nor attributes.
    Access,
}

impl Claims {
    /// Reads `requestContext.authorizer` of an event, which has the claims as `claims`.
    ///
    /// API Gateway writes every value as text, arrays joined by commas. Other values are read as
    /// if it had, and `null` as if it were not there.
    ///
    /// # Errors
    /// If there are no claims, or none of a user pool's token.
    pub fn read(authorizer: &Value) -> Result<Self, NoClaims> {
        let claims = match authorizer.get("claims") {
            None | Some(Value::Null) => return Err(NoClaims("has no claims")),
            Some(Value::Object(claims)) => claims,
            Some(_) => return Err(NoClaims("has claims that are no object")),
        };
        let sub = match claims.get("sub") {
            Some(Value::String(sub)) if !sub.is_empty() => sub.clone(),
            _ => return Err(NoClaims("has claims without `sub`")),
        };
        let token_use = match claims.get("token_use").and_then(Value::as_str) {
            Some("id") => TokenUse::Id,
            Some("access") => TokenUse::Access,
            _ => return Err(NoClaims("has claims whose `token_use` is not `id` or `access`")),
        };
        let texts = claims.iter().filter(|(_, value)| !value.is_null());
        let texts = texts.map(|(name, value)| (name.clone(), text(value))).collect();
        Ok(Self { sub, token_use, texts })
    }

    /// `sub`: identifies the user in the pool for good, a UUID; the client's id in a token that a
    /// client got for itself.
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// Which of the pool's tokens it is.
    pub const fn token_use(&self) -> TokenUse {
        self.token_use
    }

    /// The name the user signs in with, `cognito:username` of an id token, `username` of an access
    /// token; `None` in a token that a client got for itself.
    pub fn username(&self) -> Option<&str> {
        self.get("cognito:username").or_else(|| self.get("username"))
    }

    /// The e-mail address, of an id token only. The user may have to confirm it still: see
    /// [`Self::email_verified`].
    pub fn email(&self) -> Option<&str> {
        self.get("email")
    }

    /// Whether the user has shown that the e-mail address is theirs.
    pub fn email_verified(&self) -> bool {
        self.get("email_verified") == Some("true")
    }

    /// The user's groups in the pool. A group whose name has a comma reads as several, since API
    /// Gateway joins the names by commas.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        let groups = self.get("cognito:groups").unwrap_or_default();
        groups.split(',').map(str::trim).filter(|group| !group.is_empty())
    }

    /// The scopes of an access token.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.get("scope").unwrap_or_default().split_ascii_whitespace()
    }

    /// Any claim as text, for example `custom:plan`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }
}

/// Names the caller, and keeps e-mail addresses and what else there is out of logs.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("sub", &self.sub)
            .field("token_use", &self.token_use)
            .finish_non_exhaustive()
    }
}

/// An event reached an operation that a user pool guards, and nobody has verified who calls.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "requestContext.authorizer {0}: the API was deployed without its Cognito authorizer; deploy \
     API and function from one document"
)]
pub struct NoClaims(&'static str);

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => elements.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(claims: Value) -> Result<Claims, NoClaims> {
        Claims::read(&json!({ "claims": claims }))
    }

    #[test]
    fn an_id_token_says_who_calls() {
        let claims = claims(json!({
            "sub": "5a0c", "token_use": "id", "cognito:username": "ada", "email": "ada@example.com",
            "email_verified": "true", "cognito:groups": "admin,staff", "custom:plan": "gold",
            "exp": "Tue Apr 04 18:39:39 UTC 2023",
        }))
        .unwrap();
        assert_eq!((claims.sub(), claims.token_use()), ("5a0c", TokenUse::Id));
        assert_eq!((claims.username(), claims.email()), (Some("ada"), Some("ada@example.com")));
        assert!(claims.email_verified());
        assert_eq!(claims.groups().collect::<Vec<_>>(), ["admin", "staff"]);
        assert_eq!((claims.get("custom:plan"), claims.get("plan")), (Some("gold"), None));
        assert_eq!(claims.scopes().count(), 0);
    }

    #[test]
    fn an_access_token_says_what_its_bearer_may_do() {
        let claims = claims(json!({
            "sub": "5a0c", "token_use": "access", "username": "ada", "scope": "images/read openid",
        }))
        .unwrap();
        assert_eq!((claims.token_use(), claims.username()), (TokenUse::Access, Some("ada")));
        assert_eq!(claims.scopes().collect::<Vec<_>>(), ["images/read", "openid"]);
        assert_eq!((claims.email(), claims.email_verified()), (None, false));
        assert_eq!(claims.groups().count(), 0);
    }

    #[test]
    fn values_that_are_not_text_read_as_api_gateway_writes_them() {
        let claims = claims(json!({
            "sub": "a", "token_use": "id", "email_verified": true, "cognito:groups": ["a", "b"],
            "auth_time": 12, "nickname": null,
        }))
        .unwrap();
        assert!(claims.email_verified());
        assert_eq!(claims.groups().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((claims.get("auth_time"), claims.get("nickname")), (Some("12"), None));
    }

    #[test]
    fn an_address_nobody_confirmed_is_not_verified() {
        for value in [json!("false"), json!("TRUE "), json!(1), json!(null), json!("")] {
            let read = claims(json!({"sub": "a", "token_use": "id", "email_verified": value}));
            assert!(!read.unwrap().email_verified(), "{value}");
        }
    }

    #[test]
    fn without_claims_of_a_token_nobody_is_known() {
        for authorizer in [json!(null), json!({}), json!({"principalId": "ada"})] {
            let error = Claims::read(&authorizer).unwrap_err().to_string();
            assert!(error.contains("authorizer has no claims: the API was deployed"), "{error}");
        }
        for malformed in [
            json!("sub"),
            json!([]),
            json!({}),
            json!({"sub": "", "token_use": "id"}),
            json!({"sub": 1, "token_use": "id"}),
            json!({"sub": ["a"], "token_use": "id"}),
            json!({"token_use": "id"}),
            json!({"sub": "a"}),
            json!({"sub": "a", "token_use": "refresh"}),
        ] {
            assert!(claims(malformed.clone()).is_err(), "{malformed}");
        }
    }

    #[test]
    fn debug_output_names_the_caller_and_nothing_else() {
        let claims = claims(json!({"sub": "a", "token_use": "id", "email": "ada@example.com"}));
        let text = format!("{:?}", claims.unwrap());
        assert!(text.contains("\"a\"") && !text.contains("example.com"), "{text}");
    }
}
