//! The function `items` through its dispatch.

use std::collections::BTreeSet;

use handlers::generated::items::dispatch;
use handlers::items::ItemsFunction;
use handlers::store::MemoryStore;
use models::Item;
use serde_json::{Value, json};

use crate::dynamodb;
use crate::event::{Answer, parts, recorded, with_body, with_header, with_path, with_query};

async fn call(function: &ItemsFunction, event: Value) -> Answer {
    let (event, context) = parts(event);
    dispatch(function, &event, &context).await.into()
}

fn function() -> ItemsFunction {
    ItemsFunction::new(MemoryStore::default())
}

fn create(name: &str) -> Value {
    with_body(recorded("create_item"), &json!({"name": name, "quantity": 3}))
}

#[tokio::test]
async fn an_item_lives_from_creation_to_deletion() {
    for function in [function(), ItemsFunction::new(dynamodb::store::<Item>("items").await)] {
        let created = call(&function, recorded("create_item")).await;
        assert_eq!(created.status, 201);
        let id = created.body["itemId"].as_str().unwrap().to_owned();
        let item = json!({"itemId": id, "name": "lamp", "quantity": 3, "tags": ["brass"]});
        assert_eq!(created.body, item);
        assert_eq!(created.location, Some(format!("/dev/items/{id}")));

        let one = |name: &str| with_path(recorded(name), "itemId", &id);
        assert_eq!(call(&function, one("get_item")).await.body, item);
        let deleted = call(&function, one("delete_item")).await;
        assert_eq!((deleted.status, deleted.body), (204, Value::Null));
        assert_eq!(call(&function, one("delete_item")).await.status, 404);
        assert_eq!(call(&function, one("get_item")).await.status, 404);
    }
}

#[tokio::test]
async fn a_retry_with_its_key_answers_the_same_item() {
    let function = function();
    let keyed = |name: &str| with_header(create(name), "Idempotency-Key", "try-1");
    let first = call(&function, keyed("lamp")).await;
    let retry = call(&function, keyed("lamp")).await;
    assert_eq!((first.status, retry.status), (201, 201));
    assert_eq!(first.body, retry.body);

    let other = call(&function, keyed("chair")).await;
    assert_eq!(other.status, 409);
    let page = call(&function, recorded("list_items")).await;
    assert_eq!(page.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_key_every_item_is_new() {
    let function = function();
    let first = call(&function, create("lamp")).await;
    let second = call(&function, create("lamp")).await;
    assert_ne!(first.body["itemId"], second.body["itemId"]);
}

#[tokio::test]
async fn pages_follow_their_tokens() {
    let function = function();
    for number in 0..7 {
        call(&function, create(&format!("item {number}"))).await;
    }
    let mut names = BTreeSet::new();
    let mut event = with_query(recorded("list_items"), &[("limit", "3")]);
    let mut sizes = Vec::new();
    loop {
        let page = call(&function, event.clone()).await;
        assert_eq!(page.status, 200);
        let items = page.body["items"].as_array().unwrap();
        sizes.push(items.len());
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(token) = page.body["nextToken"].as_str() else { break };
        event = with_query(recorded("list_items"), &[("limit", "3"), ("nextToken", token)]);
    }
    assert_eq!((sizes, names.len()), (vec![3, 3, 1], 7));
}

#[tokio::test]
async fn a_page_has_25_items_unless_asked_otherwise() {
    let function = function();
    for number in 0..26 {
        call(&function, create(&format!("item {number}"))).await;
    }
    let page = call(&function, recorded("list_items")).await;
    assert_eq!(page.body["items"].as_array().unwrap().len(), 25);
    assert!(page.body["nextToken"].is_string());
}

#[tokio::test]
async fn a_token_nobody_gave_is_422() {
    for token in ["garbage!", "bm9wZQ"] {
        let event = with_query(recorded("list_items"), &[("nextToken", token)]);
        let answer = call(&function(), event).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.violations(), ["query /nextToken is not one that a page had"]);
    }
}

#[tokio::test]
async fn violations_of_parameters_and_body_are_listed_together() {
    let body = json!({"name": "", "quantity": -1, "tags": ["a", "a"]});
    let event = with_header(with_body(recorded("create_item"), &body), "Idempotency-Key", "");
    let answer = call(&function(), event).await;
    assert_eq!(answer.status, 422);
    let violations = answer.violations();
    for start in ["header /Idempotency-Key ", "body /name ", "body /quantity ", "body /tags"] {
        assert!(violations.iter().any(|v| v.starts_with(start)), "{start} in {violations:?}");
    }
}

#[tokio::test]
async fn parameters_out_of_bounds_are_422() {
    for (name, value) in [("limit", "0"), ("limit", "101"), ("limit", "ten"), ("nextToken", "")] {
        let answer = call(&function(), with_query(recorded("list_items"), &[(name, value)])).await;
        assert_eq!(answer.status, 422, "{name}={value}");
        assert!(answer.violations()[0].starts_with(&format!("query /{name} ")));
    }
    let answer = call(&function(), with_path(recorded("get_item"), "itemId", "7")).await;
    assert_eq!(answer.violations().len(), 1);
    assert!(answer.violations()[0].starts_with("path /itemId "));
}
