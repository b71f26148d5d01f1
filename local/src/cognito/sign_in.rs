//! Sessions: begun with a password, continued with a refresh token, ended before their time.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::challenge;
use super::constraints::{Constraints, is_possible_password};
use super::fault;
use super::operations::UserPoolOperations;
use super::pools::UserPoolSpec;
use super::store::Session;
use super::tokens;
use super::user::{Status, User};
use crate::aws_json::Fault;

/// The flows that Cognito knows.
const FLOWS: &[&str] = &[
    "USER_SRP_AUTH",
    "REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN",
    "CUSTOM_AUTH",
    "ADMIN_NO_SRP_AUTH",
    "USER_PASSWORD_AUTH",
    "ADMIN_USER_PASSWORD_AUTH",
    "USER_AUTH",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateAuth {
    auth_flow: Option<String>,
    client_id: Option<String>,
    #[serde(default)]
    auth_parameters: BTreeMap<String, String>,
    /// Of `AdminInitiateAuth` only.
    user_pool_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTokens {
    client_id: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeToken {
    client_id: Option<String>,
    token: Option<String>,
}

pub(super) async fn initiate(
    service: &UserPoolOperations,
    input: &InitiateAuth,
) -> Result<Value, Fault> {
    let (flow, pool) = flow(service, input)?;
    match flow {
        "USER_PASSWORD_AUTH" => {
            let name = parameter(input, "USERNAME")?;
            with_password(service, &pool, name, parameter(input, "PASSWORD")?).await
        }
        "ADMIN_USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH" => {
            Err(fault::invalid_parameter("Initiate Auth method not supported."))
        }
        flow => other_flow(service, input, &pool, flow).await,
    }
}

/// The client of a pool has no flow of administrators (`explicit_auth_flows` in
/// `terraform/identity.tf`), but may refresh for users.
pub(super) async fn initiate_as_administrator(
    service: &UserPoolOperations,
    input: &InitiateAuth,
) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let id = constraints.required("userPoolId", input.user_pool_id.as_deref());
    constraints.check()?;
    let asked = service.pools.by_id(id)?;
    let (flow, pool) = flow(service, input)?;
    if pool.id != asked.id {
        return Err(fault::no_such_client(&pool.client_id));
    }
    match flow {
        "USER_PASSWORD_AUTH" => {
            Err(fault::invalid_parameter("Initiate Auth method not supported."))
        }
        flow => other_flow(service, input, &pool, flow).await,
    }
}

fn flow<'a>(
    service: &UserPoolOperations,
    input: &'a InitiateAuth,
) -> Result<(&'a str, Arc<UserPoolSpec>), Fault> {
    let mut constraints = Constraints::default();
    let flow = constraints.required("authFlow", input.auth_flow.as_deref());
    let client = constraints.required("clientId", input.client_id.as_deref());
    constraints.check()?;
    if !FLOWS.contains(&flow) {
        let message = format!(
            "1 validation error detected: Value at 'authFlow' failed to satisfy constraint: Member \
             must satisfy enum value set: [{}]",
            FLOWS.join(", ")
        );
        return Err(fault::invalid_parameter(message));
    }
    Ok((flow, service.pools.by_client(client)?))
}

/// Flows that are the same for users and administrators.
async fn other_flow(
    service: &UserPoolOperations,
    input: &InitiateAuth,
    pool: &UserPoolSpec,
    flow: &str,
) -> Result<Value, Fault> {
    let message = match flow {
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => {
            let result = refresh(service, pool, parameter(input, "REFRESH_TOKEN")?).await?;
            return Ok(json!({ "ChallengeParameters": {}, "AuthenticationResult": result }));
        }
        "USER_SRP_AUTH" => "USER_SRP_AUTH is not enabled for the client.",
        "CUSTOM_AUTH" => "Custom auth lambda trigger is not configured for the user pool.",
        "USER_AUTH" => "USER_AUTH flow not enabled for this client",
        _ => "Auth flow not enabled for this client",
    };
    Err(fault::invalid_parameter(message))
}

pub(super) async fn refresh_tokens(
    service: &UserPoolOperations,
    input: &GetTokens,
) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let token = constraints.required("refreshToken", input.refresh_token.as_deref());
    let client = constraints.required("clientId", input.client_id.as_deref());
    constraints.check()?;
    let pool = service.pools.by_client(client)?;
    Ok(json!({ "AuthenticationResult": refresh(service, &pool, token).await? }))
}

pub(super) fn revoke(service: &UserPoolOperations, input: &RevokeToken) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let token = constraints.required("token", input.token.as_deref());
    let client = constraints.required("clientId", input.client_id.as_deref());
    constraints.check()?;
    let pool = service.pools.by_client(client)?;
    if tokens::claimed_pool(token).is_some() {
        let message = "Only refresh tokens are revoked";
        return Err(Fault::sender("UnsupportedTokenTypeException", message));
    }
    // A token that is none is revoked enough (RFC 7009, 2.2).
    if let Some(session) = service.store.session_of_token(&tokens::hash(token))?
        && session.pool == pool.id
    {
        service.store.revoke(&session.origin_jti)?;
    }
    Ok(json!({}))
}

fn parameter<'a>(input: &'a InitiateAuth, name: &str) -> Result<&'a str, Fault> {
    let value = input.auth_parameters.get(name).filter(|value| !value.is_empty());
    let missing = || fault::invalid_parameter(format!("Missing required parameter {name}"));
    value.map(String::as_str).ok_or_else(missing)
}

/// Signs in who knows the password. An unknown name costs the same work as a wrong password, and is
/// answered with the same words.
async fn with_password(
    service: &UserPoolOperations,
    pool: &UserPoolSpec,
    name: &str,
    password: &str,
) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    constraints.username(Some(name));
    constraints.check()?;
    let user = check_password(service, pool, name, password, fault::locked_out).await?;
    match user.status {
        Status::Confirmed => begin(service, pool, &user).await,
        Status::Unconfirmed => Err(fault::not_confirmed()),
        Status::ForceChangePassword => challenge::ask(service, &user),
    }
}

/// The user with this name and this password. Wrong passwords are counted, and `locked` is what is
/// said while there were too many.
pub(super) async fn check_password(
    service: &UserPoolOperations,
    pool: &UserPoolSpec,
    name: &str,
    password: &str,
    locked: fn() -> Fault,
) -> Result<User, Fault> {
    let turn = service.passwords.turn().await;
    let user = service.store.user(&pool.id, name)?;
    // Both names of a user count as one.
    let counted = user.as_ref().map_or_else(|| name.to_lowercase(), |user| user.sub.clone());
    let now = service.clock.now();
    let attempts = service.store.attempts(&pool.id, &counted)?;
    if attempts.are_exceeded(now) {
        service.store.put_attempts(&pool.id, &counted, attempts.ignored(now))?;
        return Err(locked());
    }
    let hash = user.as_ref().and_then(|user| user.password.as_deref());
    let is_right = is_possible_password(password) && turn.verify(password, hash).await?;
    match user {
        Some(user) if is_right => {
            service.store.forget_attempts(&pool.id, &counted)?;
            Ok(user)
        }
        _ => {
            // Others may have failed meanwhile.
            let attempts = service.store.attempts(&pool.id, &counted)?;
            service.store.put_attempts(&pool.id, &counted, attempts.failed(now))?;
            Err(fault::wrong_password())
        }
    }
}

/// Begins a session.
pub(super) async fn begin(
    service: &UserPoolOperations,
    pool: &UserPoolSpec,
    user: &User,
) -> Result<Value, Fault> {
    let keys = service.keys.of(&pool.id).await?;
    let now = service.clock.now();
    let session = Session {
        origin_jti: Uuid::new_v4().to_string(),
        pool: pool.id.clone(),
        sub: user.sub.clone(),
        auth_time: now,
        expires_at: now + pool.refresh_life() * 1000,
        is_revoked: false,
    };
    let token = tokens::refresh_token()?;
    service.store.add_session(&session, &tokens::hash(&token))?;
    let result = tokens::authentication_result(pool, &keys, user, &session, Some(&token), now)?;
    Ok(json!({ "ChallengeParameters": {}, "AuthenticationResult": result }))
}

/// New tokens for a session that lasts.
async fn refresh(
    service: &UserPoolOperations,
    pool: &UserPoolSpec,
    token: &str,
) -> Result<Value, Fault> {
    let invalid = || fault::not_authorized("Invalid Refresh Token");
    let session = service.store.session_of_token(&tokens::hash(token))?;
    let session = session.filter(|session| session.pool == pool.id).ok_or_else(invalid)?;
    let now = service.clock.now();
    if session.is_revoked {
        return Err(fault::not_authorized("Refresh Token has been revoked"));
    }
    if session.expires_at <= now {
        return Err(fault::not_authorized("Refresh Token has expired"));
    }
    let user = service.store.user(&pool.id, &session.sub)?.ok_or_else(invalid)?;
    let keys = service.keys.of(&pool.id).await?;
    tokens::authentication_result(pool, &keys, &user, &session, None, now)
}
