//! Pools and their clients, described as `terraform/identity.tf` makes them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::constraints::Constraints;
use super::fault;
use super::operations::UserPoolOperations;
use super::pools::UserPoolSpec;
use crate::aws_json::Fault;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    user_pool_id: Option<String>,
    client_id: Option<String>,
}

pub(super) fn pools(service: &UserPoolOperations) -> Value {
    let pool = |pool: &UserPoolSpec| json!({ "Id": pool.id, "Name": pool.name });
    let pools: Vec<_> = service.pools.all().iter().map(|it| pool(it)).collect();
    json!({ "UserPools": pools })
}

pub(super) fn pool(service: &UserPoolOperations, input: &Described) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let id = constraints.required("userPoolId", input.user_pool_id.as_deref());
    constraints.check()?;
    let pool = service.pools.by_id(id)?;
    let policy = &pool.password_policy;
    let trigger = pool.pre_sign_up.as_ref();
    let triggers = trigger.map_or_else(|| json!({}), |it| json!({ "PreSignUp": it.arn }));
    Ok(json!({ "UserPool": {
        "Id": pool.id,
        "Name": pool.name,
        "Arn": pool.arn(),
        "Policies": { "PasswordPolicy": {
            "MinimumLength": policy.length,
            "RequireLowercase": policy.lowercase,
            "RequireUppercase": policy.uppercase,
            "RequireNumbers": policy.digits,
            "RequireSymbols": policy.symbols,
            "TemporaryPasswordValidityDays": 7,
        } },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": !pool.self_sign_up },
        "AutoVerifiedAttributes": ["email"],
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": { "CaseSensitive": false },
        "LambdaConfig": triggers,
        "MfaConfiguration": "OFF",
        "EstimatedNumberOfUsers": service.store.users(&pool.id)?.len(),
    } }))
}

pub(super) fn clients(service: &UserPoolOperations, input: &Described) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let id = constraints.required("userPoolId", input.user_pool_id.as_deref());
    constraints.check()?;
    let pool = service.pools.by_id(id)?;
    Ok(json!({ "UserPoolClients": [{
        "ClientId": pool.client_id,
        "ClientName": pool.name,
        "UserPoolId": pool.id,
    }] }))
}

pub(super) fn client(service: &UserPoolOperations, input: &Described) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let id = constraints.required("userPoolId", input.user_pool_id.as_deref());
    let client = constraints.required("clientId", input.client_id.as_deref());
    constraints.check()?;
    let pool = service.pools.by_id(id)?;
    if pool.client_id != client {
        return Err(fault::no_such_client(client));
    }
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    Ok(json!({ "UserPoolClient": {
        "UserPoolId": pool.id,
        "ClientId": pool.client_id,
        "ClientName": pool.name,
        "ExplicitAuthFlows": flows,
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": true,
        "IdTokenValidity": pool.token_minutes,
        "AccessTokenValidity": pool.token_minutes,
        "RefreshTokenValidity": pool.refresh_days,
        "TokenValidityUnits": {
            "IdToken": "minutes", "AccessToken": "minutes", "RefreshToken": "days",
        },
    } }))
}

/// What OpenID Connect clients look up. The issuer is the one of AWS, which tokens name; the keys are
/// here.
pub(super) fn openid(pool: &UserPoolSpec, endpoint: &str) -> Value {
    json!({
        "issuer": pool.issuer(),
        "jwks_uri": format!("{endpoint}/{}/.well-known/jwks.json", pool.id),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    })
}
