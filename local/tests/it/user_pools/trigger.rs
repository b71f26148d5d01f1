//! The function that is asked before a user is created.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use local::cognito::UserPoolSpec;
use openapi::model::FunctionReference;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{ADA, CLIENT, PASSWORD, POOL, Pools, said, spec};

/// A function that makes something of its event, or fails with it.
struct Function {
    answer: fn(Value) -> Result<Value, Value>,
    seen: Arc<Mutex<Vec<Value>>>,
}

impl Invoke for Function {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        assert_eq!(function.key, "gate");
        let event: Value = serde_json::from_slice(&event).unwrap();
        self.seen.lock().unwrap().push(event.clone());
        let answer = (self.answer)(event);
        let function_error = answer.is_err();
        let payload = answer.unwrap_or_else(|error| error).to_string().into();
        Box::pin(async move { Ok(Invocation { payload, function_error }) })
    }
}

/// Pools with a function that does this; what it sees.
fn start(answer: fn(Value) -> Result<Value, Value>) -> (Pools, Arc<Mutex<Vec<Value>>>) {
    let function = FunctionReference {
        key: "gate".to_owned(),
        name: "local-gate".to_owned(),
        qualifier: None,
        arn: "arn:aws:lambda:us-east-1:000000000000:function:local-gate".to_owned(),
    };
    let pools = Pools::with(&[UserPoolSpec { pre_sign_up: Some(function), ..spec() }], None);
    let seen = Arc::default();
    let function = Function { answer, seen: Arc::clone(&seen) };
    pools.cognito.connect(Arc::new(function), Handle::current());
    (pools, seen)
}

#[tokio::test]
async fn a_function_confirms_users_at_once() {
    let (pools, seen) = start(|mut event| {
        event["response"]["autoConfirmUser"] = true.into();
        event["response"]["autoVerifyEmail"] = true.into();
        Ok(event)
    });
    let sign_up = pools.client.sign_up().client_id(CLIENT).username(ADA).password(PASSWORD);
    let signed_up = sign_up.client_metadata("from", "a test").send().await.unwrap();
    assert!(signed_up.user_confirmed() && signed_up.code_delivery_details().is_none());
    pools.sign_in(ADA, PASSWORD).await.unwrap();
    let get = pools.client.admin_get_user().user_pool_id(POOL).username(ADA).send().await.unwrap();
    let verified = get.user_attributes().iter().find(|it| it.name() == "email_verified").unwrap();
    assert_eq!(verified.value(), Some("true"));
    // Developer guide, "Pre sign-up Lambda trigger".
    let expected = json!([{
        "version": "1",
        "region": "us-east-1",
        "userPoolId": POOL,
        "userName": signed_up.user_sub(),
        "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": CLIENT },
        "triggerSource": "PreSignUp_SignUp",
        "request": {
            "userAttributes": { "email": ADA },
            "validationData": null,
            "clientMetadata": { "from": "a test" },
        },
        "response": { "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false },
    }]);
    assert_eq!(Value::from(seen.lock().unwrap().clone()), expected);
}

#[tokio::test]
async fn a_function_refuses_users_in_its_own_words() {
    let (pools, _) = start(|_| Err(json!({ "errorType": "No", "errorMessage": "not from there" })));
    let refused = pools.sign_up(ADA).await.unwrap_err();
    let expected = "UserLambdaValidationException: PreSignUp failed with error not from there.";
    assert_eq!(refused, expected);
    let get = pools.client.admin_get_user().user_pool_id(POOL).username(ADA).send().await;
    assert!(said(get.unwrap_err()).starts_with("UserNotFoundException"));
}

#[tokio::test]
async fn a_function_that_does_not_answer_its_event_stops_the_sign_up() {
    let (pools, _) = start(|_| Ok(json!({ "autoConfirmUser": true })));
    let refused = pools.sign_up(ADA).await.unwrap_err();
    assert_eq!(refused, "InvalidLambdaResponseException: Unrecognizable lambda output");
}
