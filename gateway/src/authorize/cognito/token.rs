//! A user pool's token: read, verified, and checked for a method.

use fancy_regex::Regex;
use jiff::Timestamp;
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Rejection;

/// How far the clock of a pool may be ahead, in seconds.
const LEEWAY: i64 = 60;

/// A token whose signature nobody has looked at.
#[derive(Debug)]
pub(super) struct Token<'a> {
    text: &'a str,
    key_id: String,
    issuer: String,
}

/// A token that the holder of its pool's key has signed.
#[derive(Debug)]
pub(super) struct VerifiedToken(Map<String, Value>);

/// What an unverified token claims.
#[derive(Deserialize)]
struct Claimed {
    iss: String,
}

impl<'a> Token<'a> {
    /// Reads a header's value: a token, perhaps behind the word `Bearer`, which API Gateway was
    /// seen to pass over.
    pub(super) fn read(value: &'a str) -> Result<Self, Rejection> {
        let value = value.trim();
        let text = match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => value,
        };
        let header = jsonwebtoken::decode_header(text)
            .map_err(|_| Rejection::Invalid("it is no JSON Web Token"))?;
        // Cognito signs with nothing else. The token must not choose.
        if header.alg != Algorithm::RS256 {
            return Err(Rejection::Invalid("it is not signed with RS256"));
        }
        if header.crit.is_some() {
            return Err(Rejection::Invalid("it asks for extensions of its format"));
        }
        let claimed: Claimed = insecure_decode_claims(text)
            .map_err(|_| Rejection::Invalid("it does not say who issued it"))?;
        let key_id = header.kid.ok_or(Rejection::Invalid("it does not say which key signed it"))?;
        Ok(Self { text, key_id, issuer: claimed.iss })
    }

    /// Who claims to have issued it.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Which of the issuer's keys claims to have signed it.
    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Verifies the signature.
    pub(super) fn verify(self, key: &DecodingKey) -> Result<VerifiedToken, Rejection> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_issuer(&[&self.issuer]);
        jsonwebtoken::decode(self.text, key, &validation)
            .map(|token| VerifiedToken(token.claims))
            .map_err(|_| Rejection::Invalid("its signature is wrong"))
    }
}

impl VerifiedToken {
    /// Whether it is valid at this time.
    pub(super) fn check_times(&self, now: Timestamp) -> Result<(), Rejection> {
        let now = now.as_second();
        let seconds = |claim: &str| self.0.get(claim).and_then(Value::as_i64);
        let expires =
            seconds("exp").ok_or(Rejection::Invalid("it does not say when it expires"))?;
        if expires <= now {
            return Err(Rejection::Expired);
        }
        for claim in ["nbf", "iat"] {
            if seconds(claim).is_some_and(|time| time > now + LEEWAY) {
                return Err(Rejection::Invalid("it is from the future"));
            }
        }
        Ok(())
    }

    /// Whether it is of the kind a method with these scopes asks for, and has one of them.
    pub(super) fn check_use(&self, scopes: &[String]) -> Result<(), Rejection> {
        let purpose = self.text("token_use");
        if scopes.is_empty() {
            return match purpose {
                Some("id") => Ok(()),
                _ => Err(Rejection::Invalid("it is no id token, and the method has no scopes")),
            };
        }
        if purpose != Some("access") {
            return Err(Rejection::Invalid("it is no access token, and the method has scopes"));
        }
        let mut own = self.text("scope").unwrap_or_default().split_ascii_whitespace();
        if own.any(|scope| scopes.iter().any(|wanted| wanted == scope)) {
            Ok(())
        } else {
            Err(Rejection::Invalid("it has none of the method's scopes"))
        }
    }

    /// Whether it was made for an audience that matches. Access tokens have none and never do
    /// (guide, "Integrate a REST API with an Amazon Cognito user pool").
    pub(super) fn check_audience(&self, expression: &Regex) -> Result<(), Rejection> {
        let matches = |audience: &Value| {
            audience.as_str().is_some_and(|text| expression.is_match(text).unwrap_or_default())
        };
        let is_accepted = match self.0.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(matches),
            audience => audience.is_some_and(matches),
        };
        if is_accepted {
            Ok(())
        } else {
            Err(Rejection::Invalid("its audience does not match identityValidationExpression"))
        }
    }

    /// What it says.
    pub(super) fn into_claims(self) -> Map<String, Value> {
        self.0
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: Value) -> VerifiedToken {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        VerifiedToken(claims)
    }

    #[test]
    fn a_token_is_valid_until_the_second_it_expires() {
        let now = Timestamp::from_second(1_000).unwrap();
        let check = |claims| token(claims).check_times(now);
        assert!(check(json!({ "exp": 1_001 })).is_ok());
        assert!(matches!(check(json!({ "exp": 1_000 })), Err(Rejection::Expired)));
        assert!(matches!(check(json!({})), Err(Rejection::Invalid(_))));
        assert!(matches!(check(json!({ "exp": "1001" })), Err(Rejection::Invalid(_))));
        assert!(check(json!({ "exp": 2_000, "iat": 1_060, "nbf": 1_060 })).is_ok());
        for early in ["iat", "nbf"] {
            let outcome = check(json!({ "exp": 2_000, early: 1_061 }));
            assert!(matches!(outcome, Err(Rejection::Invalid("it is from the future"))));
        }
    }

    #[test]
    fn scopes_ask_for_an_access_token_that_has_one_of_them() {
        let check = |claims, scopes: &[&str]| {
            let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
            token(claims).check_use(&scopes).is_ok()
        };
        assert!(check(json!({ "token_use": "id" }), &[]));
        assert!(!check(json!({ "token_use": "access", "scope": "a" }), &[]));
        assert!(!check(json!({}), &[]));
        assert!(check(json!({ "token_use": "access", "scope": "x b" }), &["a", "b"]));
        assert!(!check(json!({ "token_use": "access", "scope": "ab" }), &["a", "b"]));
        assert!(!check(json!({ "token_use": "access" }), &["a"]));
        assert!(!check(json!({ "token_use": "id", "scope": "a" }), &["a"]));
    }

    #[test]
    fn a_token_without_audience_does_not_match() {
        let expression = Regex::new(r"\A(?:abc.*)\z").unwrap();
        let check = |claims| token(claims).check_audience(&expression).is_ok();
        assert!(check(json!({ "aud": "abc1" })));
        assert!(check(json!({ "aud": ["x", "abc"] })));
        assert!(!check(json!({ "aud": "xabc" })));
        assert!(!check(json!({ "client_id": "abc" })));
    }

    #[test]
    fn what_is_no_token_is_told_without_panic() {
        for value in ["", "Bearer", "Bearer ", "a.b.c", "..", "é.é.é", "Basic YTpi"] {
            assert!(matches!(Token::read(value), Err(Rejection::Invalid(_))), "{value}");
        }
    }
}
