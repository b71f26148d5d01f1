//! The trigger before a sign-up: a function that is told who wants to sign up, and says no, or yes, or
//! yes and no code is needed (developer guide, "Pre sign-up Lambda trigger").

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use gateway::invoke::{Invocation, Invoke, InvokeError};
use openapi::model::FunctionReference;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::fault;
use super::pools::UserPoolSpec;
use super::user::User;
use crate::aws_json::Fault;
use crate::environment::REGION;

/// What the trigger is called in errors.
const NAME: &str = "PreSignUp";

/// How long Cognito waits for a function, and how often it asks (developer guide, "Important
/// considerations" of Lambda triggers).
const TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;

/// Why a user is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    SignUp,
    AdminCreateUser,
}

/// What a request says to the function.
#[derive(Clone, Debug, Default)]
pub(super) struct ForFunction {
    pub(super) validation_data: BTreeMap<String, String>,
    pub(super) client_metadata: BTreeMap<String, String>,
}

/// What the function decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    /// The user is confirmed without a code.
    pub(super) confirm: bool,
    /// The address counts as verified.
    pub(super) verify_email: bool,
}

/// Calls functions, as soon as there are some.
#[derive(Default)]
pub(super) struct Triggers(OnceLock<(Arc<dyn Invoke>, Handle)>);

impl Triggers {
    /// Functions are called on their own runtime, where their processes live.
    pub(super) fn connect(&self, functions: Arc<dyn Invoke>, runtime: Handle) {
        // Who came first stays: there is one set of functions.
        let _ = self.0.set((functions, runtime));
    }

    /// Asks the pool's function, if it has one.
    pub(super) async fn pre_sign_up(
        &self,
        pool: &UserPoolSpec,
        source: Source,
        user: &User,
        for_function: &ForFunction,
    ) -> Result<Decision, Fault> {
        let Some(function) = &pool.pre_sign_up else { return Ok(Decision::default()) };
        let event = event(pool, source, user, for_function).to_string();
        let answer = self.call(function, Bytes::from(event)).await?;
        if answer.function_error {
            let document: Value = serde_json::from_slice(&answer.payload).unwrap_or_default();
            let reason = document["errorMessage"].as_str().unwrap_or("null");
            return Err(fault::refused_by_function(NAME, reason));
        }
        decision(&answer.payload).ok_or_else(fault::unreadable_function_answer)
    }

    async fn call(&self, function: &FunctionReference, event: Bytes) -> Result<Invocation, Fault> {
        let unreachable = |reason: &str| fault::unreachable_function(NAME, reason);
        let Some((functions, runtime)) = self.0.get() else {
            return Err(unreachable("the functions do not run yet"));
        };
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            let (functions, function, event) =
                (Arc::clone(functions), function.clone(), event.clone());
            let call = async move { functions.invoke(&function, event, "").await };
            match tokio::time::timeout(TIMEOUT, runtime.spawn(call)).await {
                Ok(Ok(Ok(answer))) => return Ok(answer),
                Ok(Ok(Err(error @ InvokeError::Throttled))) => reason = error.to_string(),
                Ok(Ok(Err(error))) => return Err(unreachable(&error.to_string())),
                Ok(Err(error)) => return Err(fault::internal(&error)),
                Err(_) => reason = format!("no answer within {} seconds", TIMEOUT.as_secs()),
            }
        }
        Err(unreachable(&format!("{reason}, {ATTEMPTS} times")))
    }
}

impl fmt::Debug for Triggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Triggers")
    }
}

/// What the function gets.
fn event(pool: &UserPoolSpec, source: Source, user: &User, for_function: &ForFunction) -> Value {
    // What no client may say of itself is not there yet.
    let attributes = user.all_attributes().into_iter();
    let attributes = attributes.filter(|(name, _)| !matches!(*name, "sub" | "email_verified"));
    let attributes: BTreeMap<_, _> = attributes.collect();
    let (trigger, client) = match source {
        Source::SignUp => ("PreSignUp_SignUp", pool.client_id.as_str()),
        Source::AdminCreateUser => ("PreSignUp_AdminCreateUser", "CLIENT_ID_NOT_APPLICABLE"),
    };
    let mut request = json!({ "userAttributes": attributes, "validationData": null });
    if !for_function.validation_data.is_empty() {
        request["validationData"] = json!(for_function.validation_data);
    }
    if !for_function.client_metadata.is_empty() {
        request["clientMetadata"] = json!(for_function.client_metadata);
    }
    json!({
        "version": "1",
        "region": REGION,
        "userPoolId": pool.id,
        "userName": user.sub,
        "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client },
        "triggerSource": trigger,
        "request": request,
        "response": {
            "autoConfirmUser": false,
            "autoVerifyEmail": false,
            "autoVerifyPhone": false,
        },
    })
}

/// What the event says that came back; `None` if it is none.
fn decision(payload: &[u8]) -> Option<Decision> {
    let event: Value = serde_json::from_slice(payload).ok()?;
    let response = event.get("response")?.as_object()?;
    let flag = |name: &str| response.get(name).map_or(Some(false), Value::as_bool);
    flag("autoVerifyPhone")?;
    Some(Decision { confirm: flag("autoConfirmUser")?, verify_email: flag("autoVerifyEmail")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_event_is_no_decision() {
        for payload in [
            "",
            "null",
            "{}",
            r#"{"response":null}"#,
            r#"{"response":{"autoConfirmUser":"true"}}"#,
            r#"{"response":{"autoVerifyPhone":null}}"#,
        ] {
            assert_eq!(decision(payload.as_bytes()), None, "{payload}");
        }
        let silent = decision(br#"{"response":{}}"#);
        assert_eq!(silent, Some(Decision { confirm: false, verify_email: false }));
        let both = decision(br#"{"response":{"autoConfirmUser":true,"autoVerifyEmail":true}}"#);
        assert_eq!(both, Some(Decision { confirm: true, verify_email: true }));
    }
}
