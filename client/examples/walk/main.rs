//! Walks through the API: one call after the other, a line per answer.
//!
//! ```console
//! $ cargo run -p client --example walk -- http://127.0.0.1:3000/local
//! $ cargo run -p client --example walk -- https://vpce-0123-abcd.execute-api.eu-west-1.vpce.amazonaws.com/dev a1b2c3
//! ```
//!
//! What differs from run to run (ids, times, tokens, signed links and forms) is not shown, so that two
//! deployments of one document print the same lines. Users and images are the walker's own: a second walk
//! through one deployment finds them there, and is told so.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line")]

mod images;
mod proposals;

use std::fmt::Debug;
use std::process::ExitCode;

use client::{Client, Error, ResponseValue, Settings, models};
use serde::Serialize;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(base_url) = arguments.next() else {
        eprintln!("usage: walk BASE_URL [API_ID]");
        return ExitCode::from(2);
    };
    let mut settings = Settings::new(base_url);
    if let Some(id) = arguments.next() {
        settings = settings.api_id(id);
    }
    match settings.clone().build() {
        Ok(client) => {
            users(&client).await;
            items(&client).await;
            jobs(&client).await;
            proposals::walk(&client).await;
            images::walk(settings, &client).await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn users(client: &Client) {
    let user: models::User =
        parse(json!({ "uid": "walker", "username": "ada", "email": "ada@example.com" }));
    show("createUser", &client.create_user().body(user.clone()).send().await);
    show("createUser again", &client.create_user().body(user).send().await);
    show("getUser", &client.get_user().uid("walker").send().await);
    show("getUser unknown", &client.get_user().uid("nobody").send().await);
}

async fn items(client: &Client) {
    let item: models::NewItem =
        parse(json!({ "name": "lamp", "quantity": 3, "tags": ["brass", "old"] }));
    let create = || client.create_item().idempotency_key("walk-1").body(item.clone()).send();
    let created = create().await;
    show("createItem", &created);
    show("createItem again", &create().await);
    let Ok(created) = created else { return };
    let id = created.item_id;
    show("getItem", &client.get_item().item_id(id).send().await);
    show("listItems", &client.list_items().limit(1).send().await);
    show("deleteItem", &client.delete_item().item_id(id).send().await);
    show("getItem deleted", &client.get_item().item_id(id).send().await);
}

/// What there is of jobs without buckets, whose names differ from one deployment to the next.
async fn jobs(client: &Client) {
    let nobody = models::value::Uuid::nil();
    show("getArchive unknown", &client.get_archive().archive_id(nobody).send().await);
    show("getTransfer unknown", &client.get_transfer().transfer_id(nobody).send().await);
}

fn parse<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a value as the document declares it")
}

/// One line: what was called, the status, the body.
fn show<T: Serialize, E: Serialize + Debug>(
    call: &str,
    answer: &Result<ResponseValue<T>, Error<E>>,
) {
    let (status, body) = match answer {
        Ok(answer) => (answer.status().as_u16(), text(&**answer)),
        Err(Error::Problem { status, problem, .. }) => (status.as_u16(), text(problem)),
        Err(error) => (error.status().map_or(0, |status| status.as_u16()), error.to_string()),
    };
    println!("{call}: {status} {body}");
}

/// The same without the body, where its words differ between deployments.
fn show_status<T, E: Debug>(call: &str, answer: &Result<ResponseValue<T>, Error<E>>) {
    let status = match answer {
        Ok(answer) => answer.status().as_u16(),
        Err(error) => error.status().map_or(0, |status| status.as_u16()),
    };
    println!("{call}: {status}");
}

fn text(value: &impl Serialize) -> String {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    hide(&mut value);
    value.to_string()
}

/// Members that are made anew each time.
fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "itemId" | "imageId" | "userId" | "requestId" | "traceId" | "submission"
                    | "url" | "link" | "fields" => *value = "...".into(),
                    name if name.ends_with("At") || name.ends_with("Token") => {
                        *value = "...".into();
                    }
                    _ => hide(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}
