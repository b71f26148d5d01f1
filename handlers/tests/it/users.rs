//! The function `users` through its dispatch.

use handlers::generated::users::dispatch;
use handlers::store::{DynamoDbStore, MemoryStore};
use handlers::users::UsersFunction;
use models::User;
use serde_json::{Value, json};

use crate::dynamodb;
use crate::event::{Answer, parts, recorded, with_body, with_header, with_path, without_header};

async fn call(function: &UsersFunction, event: Value) -> Answer {
    let (event, context) = parts(event);
    dispatch(function, &event, &context).await.into()
}

fn function() -> UsersFunction {
    UsersFunction::new(MemoryStore::default())
}

#[tokio::test]
async fn a_user_is_put_once_and_found() {
    for function in [function(), UsersFunction::new(dynamodb::store::<User>("users").await)] {
        let created = call(&function, recorded("create_user")).await;
        assert_eq!(created.status, 201);
        let message = "Put user ada with email ada@example.com to DynamoDB.";
        assert_eq!(created.body, json!({ "message": message }));
        assert_eq!(created.location.as_deref(), Some("/dev/users/u-1"));

        let again = call(&function, recorded("create_user")).await;
        assert_eq!(again.status, 409);
        assert_eq!(again.body["detail"], "User u-1 exists.");
        assert_eq!(again.body["requestId"], "c6af9ac6-7b61-11e6-9a41-93e8deadbeef");

        let found = call(&function, recorded("get_user")).await;
        assert_eq!(found.status, 200);
        let user = json!({"uid": "u-1", "username": "ada", "email": "ada@example.com"});
        assert_eq!(found.body, user);
    }
}

#[tokio::test]
async fn an_unknown_user_is_404() {
    let answer = call(&function(), recorded("get_user")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body["detail"], "User u-1 does not exist.");
}

#[tokio::test]
async fn every_violation_of_the_body_is_listed() {
    let body = json!({"uid": "a b", "email": "nobody", "extra": 1});
    let answer = call(&function(), with_body(recorded("create_user"), &body)).await;
    assert_eq!(answer.status, 422);
    let violations = answer.violations();
    for part in ["/uid", "username", "/email", "extra"] {
        let named = violations.iter().any(|v| v.starts_with("body ") && v.contains(part));
        assert!(named, "{part} in {violations:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_400_with_its_place() {
    let mut event = recorded("create_user");
    event["body"] = json!("{\n  \"uid\": }");
    let answer = call(&function(), event).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body["detail"].as_str().unwrap().ends_with("at 2:10."), "{:?}", answer.body);
}

#[tokio::test]
async fn a_body_of_another_type_is_415() {
    let event = with_header(recorded("create_user"), "Content-Type", "text/plain");
    let answer = call(&function(), event).await;
    assert_eq!((answer.status, &answer.body["detail"]), (415, &json!("Send application/json.")));
    let event = without_header(recorded("create_user"), "Content-Type");
    assert_eq!(call(&function(), event).await.status, 415);
}

#[tokio::test]
async fn a_missing_body_is_422() {
    let mut event = recorded("create_user");
    event["body"] = Value::Null;
    let answer = call(&function(), event).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.violations(), ["body  is required"]);
}

#[tokio::test]
async fn a_base64_body_is_decoded() {
    let mut event = recorded("create_user");
    event["body"] =
        json!("eyJ1aWQiOiJ1LTIiLCJ1c2VybmFtZSI6ImdyYWNlIiwiZW1haWwiOiJnQGV4YW1wbGUuY29tIn0=");
    event["isBase64Encoded"] = json!(true);
    let answer = call(&function(), event).await;
    assert_eq!((answer.status, answer.location.as_deref()), (201, Some("/dev/users/u-2")));
}

#[tokio::test]
async fn path_parameters_are_decoded_and_checked() {
    let answer = call(&function(), with_path(recorded("get_user"), "uid", "u%2D1")).await;
    assert_eq!(answer.body["detail"], "User u-1 does not exist.");
    for broken in ["%", "%zz", "%ff"] {
        let answer = call(&function(), with_path(recorded("get_user"), "uid", broken)).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.violations(), ["path /uid is not percent-encoded UTF-8"]);
    }
}

#[tokio::test]
async fn a_lost_table_is_500_and_says_nothing_of_it() {
    let store = DynamoDbStore::<User>::new(dynamodb::client().await, "secret".to_owned());
    let answer = call(&UsersFunction::new(store), recorded("get_user")).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body["requestId"], "c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    assert!(!answer.body.to_string().contains("secret"));
}

#[tokio::test]
async fn an_operation_of_another_function_is_500() {
    assert_eq!(call(&function(), recorded("list_items")).await.status, 500);
}
