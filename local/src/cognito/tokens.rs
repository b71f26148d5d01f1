//! The tokens of a sign-in: an id token and an access token with the claims that Cognito's have
//! (developer guide, "Understanding the identity (ID) token", "Understanding the access token"), and
//! an opaque refresh token that the store knows by its hash.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fault;
use super::keys::{PoolKeys, SigningKey};
use super::pools::UserPoolSpec;
use super::store::Session;
use super::user::User;
use crate::aws_json::Fault;

/// The scope of tokens that users get by signing in through the service's own operations.
const SCOPE: &str = "aws.cognito.signin.user.admin";

/// Random bytes in the parts of a refresh token, which is as long as those of AWS: whoever limits
/// their length finds out at home.
const REFRESH_TOKEN_PARTS: [usize; 5] = [48, 256, 12, 960, 16];

/// Random bytes in what a client knows the session of a challenge by.
const CHALLENGE_SESSION: usize = 384;

/// Answers the result of a sign-in; a refresh token is part of it if the sign-in made one.
pub(super) fn authentication_result(
    pool: &UserPoolSpec,
    keys: &PoolKeys,
    user: &User,
    session: &Session,
    refresh_token: Option<&str>,
    now: i64,
) -> Result<Value, Fault> {
    let event_id = Uuid::new_v4().to_string();
    let common = json!({
        "sub": user.sub,
        "iss": pool.issuer(),
        "origin_jti": session.origin_jti,
        "event_id": event_id,
        "auth_time": session.auth_time / 1000,
        "exp": now / 1000 + pool.token_life(),
        "iat": now / 1000,
    });
    let mut id = with_own_jti(&common);
    for (name, value) in user.all_attributes() {
        id[name] = match name {
            "email_verified" | "phone_number_verified" => (value == "true").into(),
            _ => value.into(),
        };
    }
    id["cognito:username"] = user.sub.as_str().into();
    id["aud"] = pool.client_id.as_str().into();
    id["token_use"] = "id".into();
    let mut access = with_own_jti(&common);
    access["client_id"] = pool.client_id.as_str().into();
    access["token_use"] = "access".into();
    access["scope"] = SCOPE.into();
    access["username"] = user.sub.as_str().into();

    let mut result = json!({
        "AccessToken": keys.access.sign(&access)?,
        "ExpiresIn": pool.token_life(),
        "TokenType": "Bearer",
        "IdToken": keys.id.sign(&id)?,
    });
    if let Some(refresh_token) = refresh_token {
        result["RefreshToken"] = refresh_token.into();
    }
    Ok(result)
}

fn with_own_jti(common: &Value) -> Value {
    let mut claims = common.clone();
    claims["jti"] = Uuid::new_v4().to_string().into();
    claims
}

/// A new refresh token.
pub(super) fn refresh_token() -> Result<String, Fault> {
    let parts: Result<Vec<_>, _> = REFRESH_TOKEN_PARTS.into_iter().map(random).collect();
    Ok(parts?.join("."))
}

/// What a client knows the session of a challenge by.
pub(super) fn challenge_session() -> Result<String, Fault> {
    random(CHALLENGE_SESSION)
}

/// So many random bytes, as text.
fn random(length: usize) -> Result<String, Fault> {
    let mut bytes = vec![0; length];
    rand::fill(&mut bytes).map_err(|error| fault::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What the store knows a refresh token by.
pub(super) fn hash(refresh_token: &str) -> Vec<u8> {
    digest(&SHA256, refresh_token.as_bytes()).as_ref().to_vec()
}

/// Of an access token what operations ask for.
#[derive(Deserialize)]
pub(super) struct AccessClaims {
    pub(super) sub: String,
    pub(super) origin_jti: String,
    token_use: String,
    exp: i64,
}

/// Which pool claims to have issued a token.
pub(super) fn claimed_pool(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claimed {
        iss: String,
    }
    let claimed: Claimed = insecure_decode_claims(token).ok()?;
    claimed.iss.rsplit_once('/').map(|(_, id)| id.to_owned())
}

/// The claims of a pool's own access token that is valid now.
pub(super) fn read_access_token(
    token: &str,
    pool: &UserPoolSpec,
    key: &SigningKey,
    now: i64,
) -> Result<AccessClaims, Fault> {
    let invalid = || fault::not_authorized("Invalid Access Token");
    let (n, e) = key.components();
    let key = DecodingKey::from_rsa_components(&n, &e).map_err(|_| invalid())?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&[pool.issuer()]);
    let claims = jsonwebtoken::decode::<AccessClaims>(token, &key, &validation);
    let claims = claims.map_err(|_| invalid())?.claims;
    if claims.token_use != "access" {
        return Err(invalid());
    }
    if claims.exp <= now / 1000 {
        return Err(fault::not_authorized("Access Token has expired"));
    }
    Ok(claims)
}
