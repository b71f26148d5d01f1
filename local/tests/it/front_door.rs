//! The repository's own document, its real functions and the embedded DynamoDB, called as callers
//! call them: through the generated client. What no client would send is sent by hand.

use std::path::{Path, PathBuf};

use client::{Client, Error, Settings, models};
use local::{Captured, Cloud, Console, Options, Records};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::service;

/// The laptop cloud of this workspace on a free port.
struct Started {
    cloud: Cloud,
    client: Client,
    said: Captured,
}

impl Started {
    async fn with(records: Records, document: Option<PathBuf>) -> Self {
        let (console, said) = Console::captured();
        let mut options = Options::new(Path::new(env!("CARGO_MANIFEST_DIR")));
        options.listen.set_port(0);
        options.records = records;
        options.document = document;
        options.reload = false;
        options.console = console;
        let cloud = Cloud::start(options).await.unwrap();
        let client = Settings::new(cloud.base_url.clone()).build().unwrap();
        Self { cloud, client, said }
    }

    async fn ephemeral() -> Self {
        Self::with(Records::Ephemeral, None).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.cloud.base_url)
    }
}

fn user(uid: &str) -> models::User {
    let user = json!({ "uid": uid, "username": "ada", "email": "ada@example.com" });
    serde_json::from_value(user).unwrap()
}

fn item(name: &str) -> models::NewItem {
    serde_json::from_value(json!({ "name": name, "quantity": 3, "tags": ["brass"] })).unwrap()
}

/// The status of a call that must fail.
fn status<T>(answer: Result<T, Error>) -> StatusCode {
    match answer {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error.status().unwrap_or_else(|| panic!("{error}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_created_once_and_read() {
    let started = Started::ephemeral().await;
    let client = &started.client;
    assert_eq!(status(client.get_user().uid("u-1").send().await), 404);

    let created = client.create_user().body(user("u-1")).send().await.unwrap();
    assert_eq!(created.status(), 201);
    assert_eq!(created.message, "Put user ada with email ada@example.com to DynamoDB.");
    assert_eq!(*client.get_user().uid("u-1").send().await.unwrap(), user("u-1"));

    let again = client.create_user().body(user("u-1")).send().await;
    assert_eq!(status(again), 409);
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_violation_of_an_invalid_user_is_named() {
    let started = Started::ephemeral().await;
    let invalid = json!({ "uid": "no spaces", "username": "", "email": "nobody", "age": 3 });
    let http = reqwest::Client::new();
    let answer = http.post(started.url("/users")).json(&invalid).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    let problem: Value = answer.json().await.unwrap();
    let errors = problem["errors"].as_array().unwrap();
    let mut pointers: Vec<_> =
        errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    pointers.dedup();
    assert_eq!(pointers, ["/age", "/email", "/uid", "/username"], "{problem:#}");
    started.cloud.stop().await;
}

/// The gateway asks the embedded DynamoDB itself for what the function has put there.
#[tokio::test(flavor = "multi_thread")]
async fn an_integration_may_read_a_table_without_a_function() {
    const DIRECT: &str = r#"paths:
  /direct/{uid}:
    get:
      operationId: readDirectly
      security: []
      parameters:
        - { name: uid, in: path, required: true, schema: { type: string } }
      responses:
        "200": { description: The item. }
        "404": { description: No such table. }
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: "arn:aws:apigateway:${region}:dynamodb:action/GetItem"
        credentials: "arn:aws:iam::${account_id}:role/reader"
        requestTemplates:
          application/json: '{"TableName": "${users_table}", "Key": {"uid": {"S": "$input.params("uid")"}}}'
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: $input.path("$.Item.username.S")
          "4\\d{2}": { statusCode: "404" }
"#;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = std::fs::read_to_string(root.join("openapi/api.yaml")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("api.yaml");
    std::fs::write(&path, document.replacen("\npaths:\n", &format!("\n{DIRECT}"), 1)).unwrap();
    let started = Started::with(Records::Ephemeral, Some(path)).await;
    started.client.create_user().body(user("u-1")).send().await.unwrap();
    let answer = reqwest::get(started.url("/direct/u-1")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), "ada");
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_created_listed_page_by_page_and_deleted() {
    let started = Started::ephemeral().await;
    let client = &started.client;
    let mut created = Vec::new();
    for name in ["lamp", "chair", "table"] {
        let item = client.create_item().body(item(name)).send().await.unwrap().into_inner();
        assert_eq!(*client.get_item().item_id(item.item_id).send().await.unwrap(), item);
        created.push(item.item_id.to_string());
    }

    let mut listed = Vec::new();
    let mut page = client.list_items().limit(2).send().await.unwrap().into_inner();
    assert_eq!(page.items.len(), 2);
    loop {
        listed.extend(page.items.iter().map(|item| item.item_id.to_string()));
        let Some(token) = page.next_token.clone() else { break };
        page = client.list_items().limit(2).next_token(token).send().await.unwrap().into_inner();
    }
    listed.sort_unstable();
    created.sort_unstable();
    assert_eq!(listed, created);

    let first: models::Item = page_item(client).await;
    let deleted = client.delete_item().item_id(first.item_id).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(status(client.get_item().item_id(first.item_id).send().await), 404);
    assert_eq!(status(client.delete_item().item_id(first.item_id).send().await), 404);
    started.cloud.stop().await;
}

async fn page_item(client: &Client) -> models::Item {
    client.list_items().send().await.unwrap().into_inner().items.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_idempotency_key_makes_one_item() {
    let started = Started::ephemeral().await;
    let create = || started.client.create_item().idempotency_key("try-1");
    let first = create().body(item("lamp")).send().await.unwrap();
    let second = create().body(item("lamp")).send().await.unwrap();
    assert_eq!(first.item_id, second.item_id);
    assert_eq!(status(create().body(item("chair")).send().await), 409);
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_nobody_declared_are_answered_as_api_gateway_does() {
    let started = Started::ephemeral().await;
    let answer = reqwest::get(started.url("/nowhere")).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.text().await.unwrap(), r#"{"message":"Missing Authentication Token"}"#);
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_outlive_a_restart_unless_ephemeral() {
    let directory = tempfile::tempdir().unwrap();
    let kept = || Started::with(Records::Directory(directory.path().join("records")), None);
    let first = kept().await;
    first.client.create_user().body(user("u-1")).send().await.unwrap();
    first.cloud.stop().await;

    let second = kept().await;
    assert_eq!(*second.client.get_user().uid("u-1").send().await.unwrap(), user("u-1"));
    second.cloud.stop().await;

    let ephemeral = Started::ephemeral().await;
    assert_eq!(status(ephemeral.client.get_user().uid("u-1").send().await), 404);
    ephemeral.cloud.stop().await;
}

/// Runs the printed lines one after the other, as somebody who pastes them does.
#[tokio::test(flavor = "multi_thread")]
async fn the_printed_lines_work_in_the_order_they_are_printed() {
    let started = Started::ephemeral().await;
    let said = started.said.text();
    let lines: Vec<_> =
        said.lines().map(str::trim).filter(|line| line.contains("curl -")).collect();
    assert_eq!(lines.len(), 27, "{said}");
    // What the examples speak of.
    let s3 = service::s3(&started.cloud.endpoints.s3);
    for (bucket, key, entry) in [
        ("local-sources", "in/crm.zip", "letter.txt"),
        ("local-sources", "in/erp.zip", "report.pdf"),
        ("local-archives", "out/final.zip", "letter.txt"),
    ] {
        let body = service::zip(&[(entry, b"text")]);
        s3.put_object().bucket(bucket).key(key).body(body.into()).send().await.unwrap();
    }
    let payload = r#"{"proposalId":"p-1","clientId":"c-7","title":"Pension 2027",
        "document":{"fileName":"plan.pdf","mediaType":"application/pdf","content":"dGVzdA=="}}"#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("FILE"), payload).unwrap();
    let script = lines.join("\n");
    let output = tokio::task::spawn_blocking(move || {
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(script).current_dir(folder.path()).output().unwrap()
    });
    let output = output.await.unwrap();
    let answers = [output.stdout, output.stderr].concat();
    let answers = String::from_utf8_lossy(&answers);
    // Bodies end without a line end, so a status may stand right behind one.
    let mut statuses: Vec<_> =
        answers.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.lines().next()).collect();
    statuses.sort_unstable();
    let [read, created, queued, deleted] =
        ["200 OK", "201 Created", "202 Accepted", "204 No Content"];
    // By then the proposal is kept, so that no upload of it begins; nobody has the refresh token.
    let [taken, missing, unknown] = ["409 Conflict", "404 Not Found", "401 Unauthorized"];
    let expected = [
        [read; 12].as_slice(),
        &[created; 5],
        &[queued; 3],
        &[deleted; 3],
        &[unknown],
        &[missing; 2],
        &[taken],
    ]
    .concat();
    assert_eq!(statuses, expected, "{said}\n{answers}");
    started.cloud.stop().await;
}
