//! What users do with their own account: whoever has an access token is its user.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::constraints::Constraints;
use super::fault;
use super::operations::UserPoolOperations;
use super::password;
use super::pools::UserPoolSpec;
use super::sign_in::check_password;
use super::tokens;
use super::user::{Status, User};
use crate::aws_json::Fault;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Bearer {
    access_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangePassword {
    access_token: Option<String>,
    previous_password: Option<String>,
    proposed_password: Option<String>,
}

pub(super) async fn get(service: &UserPoolOperations, input: &Bearer) -> Result<Value, Fault> {
    let (_, user) = bearer(service, input.access_token.as_deref()).await?;
    Ok(json!({ "Username": user.sub, "UserAttributes": user.listed_attributes() }))
}

pub(super) async fn sign_out(service: &UserPoolOperations, input: &Bearer) -> Result<Value, Fault> {
    let (pool, user) = bearer(service, input.access_token.as_deref()).await?;
    service.store.revoke_all(&pool.id, &user.sub)?;
    Ok(json!({}))
}

pub(super) async fn delete(service: &UserPoolOperations, input: &Bearer) -> Result<Value, Fault> {
    let (pool, user) = bearer(service, input.access_token.as_deref()).await?;
    service.store.delete_user(&pool.id, &user.sub)?;
    Ok(json!({}))
}

pub(super) async fn change_password(
    service: &UserPoolOperations,
    input: &ChangePassword,
) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let proposed = constraints.password("proposedPassword", input.proposed_password.as_deref());
    let previous = constraints.password("previousPassword", input.previous_password.as_deref());
    constraints.check()?;
    let (pool, user) = bearer(service, input.access_token.as_deref()).await?;
    password::check(proposed, &pool.password_policy)?;
    check_password(service, &pool, &user.sub, previous, fault::attempt_limit).await?;
    let hash = service.passwords.turn().await.hash(proposed).await?;
    let now = service.clock.now();
    service.store.set_password(&user.sub, &hash, Status::Confirmed, now)?;
    Ok(json!({}))
}

/// Whose access token this is, as long as the session lasts that it comes from.
async fn bearer(
    service: &UserPoolOperations,
    token: Option<&str>,
) -> Result<(Arc<UserPoolSpec>, User), Fault> {
    let mut constraints = Constraints::default();
    let token = constraints.required("accessToken", token);
    constraints.check()?;
    let pool = tokens::claimed_pool(token).and_then(|pool| service.pools.find(&pool));
    let pool = pool.ok_or_else(|| fault::not_authorized("Invalid Access Token"))?;
    let keys = service.keys.of(&pool.id).await?;
    let claims = tokens::read_access_token(token, &pool, &keys.access, service.clock.now())?;
    let user = service.store.user(&pool.id, &claims.sub)?.ok_or_else(fault::no_such_user)?;
    let session = service.store.session(&claims.origin_jti)?;
    match session {
        Some(session) if !session.is_revoked => Ok((pool, user)),
        _ => Err(fault::not_authorized("Access Token has been revoked")),
    }
}
