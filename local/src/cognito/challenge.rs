//! What a sign-in with a temporary password comes to: a session in which the user chooses another one
//! (`NEW_PASSWORD_REQUIRED`). Such sessions last three minutes and are forgotten at the end.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

use super::constraints::Constraints;
use super::fault;
use super::operations::UserPoolOperations;
use super::password;
use super::sign_in::begin;
use super::tokens;
use super::user::{Status, User};
use crate::aws_json::Fault;

const NAME: &str = "NEW_PASSWORD_REQUIRED";

/// `AuthSessionValidity`, of which the document says nothing, in milliseconds.
const LIFE: i64 = 3 * 60 * 1000;

/// How long a temporary password is good for, as `terraform/identity.tf` says, in milliseconds.
const TEMPORARY_LIFE: i64 = 7 * 24 * 60 * 60 * 1000;

/// Sessions by what clients know them by.
#[derive(Default)]
pub(super) struct Challenges(Mutex<HashMap<String, Challenge>>);

#[derive(Clone)]
struct Challenge {
    pool: String,
    sub: String,
    expires_at: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Respond {
    client_id: Option<String>,
    challenge_name: Option<String>,
    session: Option<String>,
    #[serde(default)]
    challenge_responses: BTreeMap<String, String>,
}

/// Asks a user who signed in with a temporary password for another one.
pub(super) fn ask(service: &UserPoolOperations, user: &User) -> Result<Value, Fault> {
    let now = service.clock.now();
    if now - user.modified_at > TEMPORARY_LIFE {
        let message = "Temporary password has expired and must be reset by an administrator.";
        return Err(fault::not_authorized(message));
    }
    let session = tokens::challenge_session()?;
    let challenge =
        Challenge { pool: user.pool.clone(), sub: user.sub.clone(), expires_at: now + LIFE };
    let mut open = service.challenges.open();
    open.retain(|_, challenge| challenge.expires_at > now);
    open.insert(session.clone(), challenge);
    drop(open);
    let attributes = user.all_attributes().into_iter().filter(|(name, _)| *name != "sub");
    let attributes: BTreeMap<_, _> = attributes.collect();
    Ok(json!({
        "ChallengeName": NAME,
        "Session": session,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": user.sub,
            "requiredAttributes": "[]",
            "userAttributes": json!(attributes).to_string(),
        },
    }))
}

/// Takes the other password, and begins the session that was asked for.
pub(super) async fn respond(service: &UserPoolOperations, input: &Respond) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let client = constraints.required("clientId", input.client_id.as_deref());
    let name = constraints.required("challengeName", input.challenge_name.as_deref());
    let session = constraints.required("session", input.session.as_deref());
    let proposed = input.challenge_responses.get("NEW_PASSWORD").map(String::as_str);
    if name == NAME {
        constraints.password("NEW_PASSWORD", proposed);
    }
    constraints.check()?;
    if name != NAME {
        let message = format!("of challenges, only {NAME} comes up in these pools");
        return Err(fault::invalid_parameter(message));
    }
    let proposed = proposed.unwrap_or_default();
    let pool = service.pools.by_client(client)?;
    let gone = || fault::not_authorized("Invalid session for the user, session is expired.");
    let now = service.clock.now();
    let challenge = service.challenges.open().get(session).cloned();
    let challenge = challenge.filter(|it| it.expires_at > now && it.pool == pool.id);
    let challenge = challenge.ok_or_else(gone)?;
    let user = service.store.user(&pool.id, &challenge.sub)?.ok_or_else(gone)?;
    password::check(proposed, &pool.password_policy)?;
    let hash = service.passwords.turn().await.hash(proposed).await?;
    // Whoever comes second finds it answered.
    service.challenges.open().remove(session).ok_or_else(gone)?;
    service.store.set_password(&user.sub, &hash, Status::Confirmed, now)?;
    begin(service, &pool, &user).await
}

impl Challenges {
    fn open(&self) -> MutexGuard<'_, HashMap<String, Challenge>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenges")
    }
}
