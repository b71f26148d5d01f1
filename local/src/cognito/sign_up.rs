//! Users who create themselves, and the codes with which they prove their address. No email is sent
//! from here: whoever runs this is told the code.

use std::collections::BTreeMap;

use aws_lc_rs::rand;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::constraints::Constraints;
use super::fault;
use super::operations::UserPoolOperations;
use super::password;
use super::pools::UserPoolSpec;
use super::trigger::{ForFunction, Source};
use super::user::{AttributeInput, Code, GivenAttributes, Status, User};
use crate::aws_json::Fault;

/// How long a code is good for: 24 hours (quotas of Cognito).
const CODE_LIFE: i64 = 24 * 60 * 60 * 1000;

/// A code, or a temporary password, that AWS would send by email.
#[derive(Clone, Copy)]
pub struct SentCode<'a> {
    /// The pool's name here.
    pub pool: &'a str,
    /// To whom.
    pub email: &'a str,
    /// What it is: `code` or `temporary password`.
    pub what: &'a str,
    /// The code.
    pub code: &'a str,
}

/// Gets the codes that AWS would send by email.
pub type CodeListener = Box<dyn Fn(&SentCode<'_>) + Send + Sync>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignUp {
    client_id: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(flatten)]
    about: NewUserInput,
}

/// What a request says of a user to be, whoever sends it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewUserInput {
    #[serde(default)]
    pub(super) user_attributes: Vec<AttributeInput>,
    #[serde(default)]
    validation_data: Vec<AttributeInput>,
    #[serde(default)]
    client_metadata: BTreeMap<String, String>,
}

impl NewUserInput {
    /// What of it is meant for the pool's function.
    pub(super) fn for_function(self) -> ForFunction {
        let validation_data = self.validation_data.into_iter().map(AttributeInput::into_pair);
        ForFunction {
            validation_data: validation_data.collect(),
            client_metadata: self.client_metadata,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmSignUp {
    client_id: Option<String>,
    username: Option<String>,
    confirmation_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResendCode {
    client_id: Option<String>,
    username: Option<String>,
}

pub(super) async fn sign_up(service: &UserPoolOperations, input: SignUp) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let client = constraints.required("clientId", input.client_id.as_deref());
    let email = constraints.username(input.username.as_deref());
    let password = constraints.password("password", input.password.as_deref());
    constraints.check()?;
    let pool = service.pools.by_client(client)?;
    if !pool.self_sign_up {
        return Err(fault::not_authorized("SignUp is not permitted for this user pool"));
    }
    let given = GivenAttributes::read(&input.about.user_attributes, email, false)?;
    password::check(password, &pool.password_policy)?;
    if service.store.user(&pool.id, email)?.is_some() {
        return Err(fault::email_taken());
    }

    let for_function = input.about.for_function();
    let mut user = new_user(&pool, email, given, service.clock.now());
    let decision =
        service.triggers.pre_sign_up(&pool, Source::SignUp, &user, &for_function).await?;
    user.email_verified = decision.verify_email;
    user.password = Some(service.passwords.turn().await.hash(password).await?);
    if decision.confirm {
        user.status = Status::Confirmed;
    } else {
        user.code = Some(new_code(service.clock.now())?);
    }
    // Somebody may have been faster.
    if !service.store.add_user(&user)? {
        return Err(fault::email_taken());
    }
    let mut answer = json!({ "UserConfirmed": decision.confirm, "UserSub": user.sub });
    if let Some(code) = &user.code {
        send(service, &pool, email, code);
        answer["CodeDeliveryDetails"] = delivery(email);
    }
    Ok(answer)
}

pub(super) fn confirm(service: &UserPoolOperations, input: &ConfirmSignUp) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let client = constraints.required("clientId", input.client_id.as_deref());
    let name = constraints.username(input.username.as_deref());
    let digits = constraints.code(input.confirmation_code.as_deref());
    constraints.check()?;
    let pool = service.pools.by_client(client)?;
    // Clients are not told that there is no such user.
    let user = service.store.user(&pool.id, name)?.ok_or_else(fault::expired_code)?;
    check_unconfirmed(&user)?;
    let guesses = format!("code of {}", user.sub);
    let now = service.clock.now();
    let attempts = service.store.attempts(&pool.id, &guesses)?;
    if attempts.are_exceeded(now) {
        return Err(fault::attempt_limit());
    }
    match &user.code {
        Some(code) if code.digits != digits => {
            service.store.put_attempts(&pool.id, &guesses, attempts.failed(now))?;
            Err(fault::wrong_code())
        }
        Some(code) if now < code.expires_at => {
            service.store.confirm(&user.sub, true, now)?;
            service.store.forget_attempts(&pool.id, &guesses)?;
            Ok(json!({}))
        }
        _ => Err(fault::expired_code()),
    }
}

pub(super) fn resend_code(
    service: &UserPoolOperations,
    input: &ResendCode,
) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let client = constraints.required("clientId", input.client_id.as_deref());
    let name = constraints.username(input.username.as_deref());
    constraints.check()?;
    let pool = service.pools.by_client(client)?;
    let Some(user) = service.store.user(&pool.id, name)? else {
        // Clients are not told that there is no such user.
        return Ok(json!({ "CodeDeliveryDetails": delivery(name) }));
    };
    if user.status != Status::Unconfirmed {
        return Err(fault::invalid_parameter("User is already confirmed."));
    }
    let code = new_code(service.clock.now())?;
    service.store.set_code(&user.sub, &code)?;
    send(service, &pool, &user.email, &code);
    Ok(json!({ "CodeDeliveryDetails": delivery(&user.email) }))
}

/// Refuses to confirm a user twice.
pub(super) fn check_unconfirmed(user: &User) -> Result<(), Fault> {
    if user.status == Status::Unconfirmed {
        return Ok(());
    }
    let status = user.status.name();
    Err(fault::not_authorized(format!("User cannot be confirmed. Current status is {status}")))
}

/// A user who has neither password nor code yet.
pub(super) fn new_user(pool: &UserPoolSpec, email: &str, given: GivenAttributes, now: i64) -> User {
    User {
        sub: Uuid::new_v4().to_string(),
        pool: pool.id.clone(),
        email: email.to_owned(),
        email_verified: given.email_verified,
        attributes: given.others,
        password: None,
        status: Status::Unconfirmed,
        created_at: now,
        modified_at: now,
        code: None,
    }
}

fn new_code(now: i64) -> Result<Code, Fault> {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).map_err(|error| fault::internal(&error))?;
    let digits = format!("{:06}", u64::from_le_bytes(bytes) % 1_000_000);
    Ok(Code { digits, expires_at: now + CODE_LIFE })
}

fn send(service: &UserPoolOperations, pool: &UserPoolSpec, email: &str, code: &Code) {
    (service.on_code)(&SentCode { pool: &pool.name, email, what: "code", code: &code.digits });
}

/// Where a code went, as clients are told: `a***@e***`.
fn delivery(email: &str) -> Value {
    let masked = |part: &str| part.chars().next().map_or(String::new(), |c| format!("{c}***"));
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let destination = format!("{}@{}", masked(local), masked(domain));
    json!({ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": destination })
}
