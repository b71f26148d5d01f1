//! The client of this crate's own document against a server of canned answers.

use std::time::Duration;

use client::{Error, Settings, models};

use crate::server::{Server, answer, bare, json};

const PROBLEM: &str = r#"{"type":"about:blank","title":"Conflict","status":409,"detail":"User u-1 exists.","traceId":"t-1"}"#;

fn client(server: &Server) -> client::Client {
    Settings::new(&server.url).bearer("token").build().unwrap()
}

fn user() -> models::User {
    serde_json::from_str(r#"{"uid":"u-1","username":"ada","email":"ada@example.com"}"#).unwrap()
}

#[tokio::test]
async fn a_201_is_typed_and_its_headers_are_at_hand() {
    let server = Server::answering(&["HTTP/1.1 201 Created\r\nLocation: /users/u-1\r\n\
         Content-Type: application/json\r\nContent-Length: 17\r\nConnection: close\r\n\r\n\
         {\"message\":\"Put\"}"
        .to_owned()]);
    let answer = client(&server).create_user().body(user()).send().await.unwrap();
    assert_eq!(answer.message, "Put");
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["location"], "/users/u-1");
    let request = server.request();
    assert_eq!(request.line, "POST /dev/users");
    assert_eq!(request.header("authorization").as_deref(), Some("Bearer token"));
    assert_eq!(request.header("accept").as_deref(), Some("application/json"));
    assert_eq!(request.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(request.header("content-length").unwrap(), request.body.len().to_string());
    assert_eq!(request.header("api-version"), None);
    assert!(request.header("user-agent").unwrap().starts_with("lychgate-client/"));
    assert_eq!(serde_json::from_str::<models::User>(&request.body).unwrap(), user());
}

#[tokio::test]
async fn names_of_headers_have_the_letter_case_of_the_document() {
    let server = Server::answering(&[json(412, PROBLEM)]);
    let change: models::ProposalChange =
        serde_json::from_str(r#"{"clientId":"c-7","title":"Pension"}"#).unwrap();
    let client = client(&server);
    let replace = client.replace_proposal().proposal_id("p-1").body(change);
    replace.if_match("\"1\"".to_owned()).send().await.unwrap_err();
    let request = server.request();
    assert!(request.has("If-Match") && request.has("Content-Type"), "{request:?}");
}

#[tokio::test]
async fn an_api_behind_a_vpc_endpoint_is_named() {
    let server = Server::answering(&[json(404, PROBLEM)]);
    let client = Settings::new(&server.url).api_id("a1b2c3").build().unwrap();
    client.get_user().uid("u-1").send().await.unwrap_err();
    assert_eq!(server.request().header("x-apigw-api-id").as_deref(), Some("a1b2c3"));
    assert!(Settings::new(&server.url).api_id("a\nb").build().is_err());
}

#[tokio::test]
async fn a_409_is_a_problem() {
    let server = Server::answering(&[json(409, PROBLEM)]);
    let error = client(&server).create_user().body(user()).send().await.unwrap_err();
    let Error::Problem { status, problem, .. } = &error else { panic!("{error}") };
    assert_eq!(*status, 409);
    assert_eq!(problem.detail.as_deref(), Some("User u-1 exists."));
    assert!(error.to_string().contains("409"), "{error}");
}

#[tokio::test]
async fn a_404_is_a_problem_also_as_problem_json() {
    let body = r#"{"title":"Not Found","status":404}"#;
    let server = Server::answering(&[answer(404, "application/problem+json", body)]);
    let error = client(&server).get_user().uid("u-1").send().await.unwrap_err();
    assert_eq!(error.problem().unwrap().title, "Not Found");
    assert_eq!(server.request().line, "GET /dev/users/u-1");
}

#[tokio::test]
async fn a_204_is_nothing() {
    let server = Server::answering(&[bare(204)]);
    let id = models::value::Uuid::nil();
    client(&server).delete_item().item_id(id).send().await.unwrap();
    assert_eq!(server.request().line, format!("DELETE /dev/items/{id}"));
}

#[tokio::test]
async fn a_create_with_a_key_is_sent_again() {
    let item = r#"{"itemId":"6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11","name":"lamp","quantity":3}"#;
    let server = Server::answering(&[bare(503), json(201, item)]);
    let settings = Settings::new(&server.url).retry(client::Retry {
        times: 1,
        base: Duration::ZERO,
        longest: Duration::ZERO,
    });
    let client = settings.build().unwrap();
    let new: models::NewItem = serde_json::from_str(r#"{"name":"lamp","quantity":3}"#).unwrap();
    client.create_item().idempotency_key("k-1").body(new).send().await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.header("idempotency-key").as_deref(), Some("k-1"));
        assert_eq!(request.body, r#"{"name":"lamp","quantity":3}"#);
    }
}

#[tokio::test]
async fn pages_are_asked_for_by_the_token_of_the_one_before() {
    let item = r#"{"itemId":"6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11","name":"lamp","quantity":3}"#;
    let server = Server::answering(&[
        json(200, &format!(r#"{{"items":[{item}],"nextToken":"a/b+c="}}"#)),
        json(200, r#"{"items":[]}"#),
    ]);
    let client = client(&server);
    let first = client.list_items().limit(1).send().await.unwrap().into_inner();
    assert_eq!(first.items.len(), 1);
    let token = first.next_token.unwrap();
    let last = client.list_items().limit(1).next_token(token).send().await.unwrap();
    assert_eq!(last.next_token, None);
    let lines: Vec<_> = server.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["GET /dev/items?limit=1", "GET /dev/items?limit=1&nextToken=a%2Fb%2Bc%3D"]);
}

#[tokio::test]
async fn an_argument_that_breaks_its_constraints_is_not_sent() {
    let server = Server::answering(&[bare(204)]);
    let client = client(&server);
    let error = client.list_items().limit(500).send().await.unwrap_err();
    assert!(matches!(&error, Error::InvalidRequest(reason) if reason.starts_with("limit: ")));
    let error = client.get_user().uid("no spaces").send().await.unwrap_err();
    assert!(matches!(&error, Error::InvalidRequest(reason) if reason.starts_with("uid: ")));
    let error = client.get_user().send().await.unwrap_err();
    assert!(error.to_string().contains("uid"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_the_gateway_itself_answers_is_undeclared() {
    let server = Server::answering(&[json(403, r#"{"message":"Missing Authentication Token"}"#)]);
    let error = client(&server).get_user().uid("u-1").send().await.unwrap_err();
    assert!(matches!(&error, Error::Undeclared { status, .. } if *status == 403));
    assert_eq!(error.gateway_message().as_deref(), Some("Missing Authentication Token"));
}

#[tokio::test]
async fn a_declared_status_with_another_body_is_undecodable() {
    let server = Server::answering(&[
        json(500, r#"{"message":"Internal server error"}"#),
        json(200, "<html>"),
    ]);
    let client = client(&server);
    let error = client.get_user().uid("u-1").send().await.unwrap_err();
    assert!(matches!(&error, Error::Undecodable { status, .. } if *status == 500));
    assert_eq!(error.gateway_message().as_deref(), Some("Internal server error"));
    let error = client.get_user().uid("u-1").send().await.unwrap_err();
    let Error::Undecodable { status, body, .. } = &error else { panic!("{error}") };
    assert_eq!((status.as_u16(), &body[..]), (200, &b"<html>"[..]));
    assert_eq!(error.gateway_message(), None);
}

#[tokio::test]
async fn garbage_and_a_refused_connection_are_transport_errors() {
    let server = Server::answering(&["not HTTP\r\n\r\n".to_owned()]);
    let error = client(&server).create_user().body(user()).send().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Settings::new(url).build().unwrap();
    let error = client.create_user().body(user()).send().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
    assert_eq!(error.status(), None);
    assert!(error.to_string().starts_with("no answer: "), "{error}");
}

#[tokio::test]
async fn a_body_cut_short_is_a_transport_error() {
    let server = Server::answering(&["HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\nConnection: close\r\n\r\n{"
        .to_owned()]);
    let error = client(&server).get_user().uid("u-1").send().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
}
