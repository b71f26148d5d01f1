//! The token of a client: set, renewed, refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use client::{Client, Error, Settings, Token, TokenProvider, Tokens, models};
use tokio::sync::Notify;

use crate::server::{Server, json};

const USER: &str = r#"{"uid":"u-1","username":"ada","email":"ada@example.com"}"#;
const HOUR: Duration = Duration::from_secs(3600);

fn user() -> String {
    json(200, USER)
}

/// What API Gateway answers to a token that it does not take.
fn refused() -> String {
    let body = r#"{"message":"The incoming token has expired"}"#;
    let head = "HTTP/1.1 401 Unauthorized\r\nx-amzn-ErrorType: UnauthorizedException";
    format!(
        "{head}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Gives `t-1`, `t-2` and so on, each good for as long as it says.
struct Numbered {
    given: Arc<AtomicUsize>,
    good_for: Duration,
}

impl TokenProvider for Numbered {
    type Error = client::support::InvalidToken;

    async fn refresh(&self) -> Result<Token, Self::Error> {
        // Others get their turn meanwhile.
        tokio::task::yield_now().await;
        let number = self.given.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Token::new(&format!("t-{number}"))?.expires_in(self.good_for))
    }
}

fn numbered(good_for: Duration) -> (Tokens, Arc<AtomicUsize>) {
    let given = Arc::new(AtomicUsize::new(0));
    (Tokens::refreshed_by(Numbered { given: Arc::clone(&given), good_for }), given)
}

fn client(server: &Server, tokens: &Tokens) -> Client {
    Settings::new(&server.url).tokens(tokens.clone()).build().unwrap()
}

/// What the requests carried, in their order.
fn sent(server: &Server) -> Vec<Option<String>> {
    server.requests().iter().map(|request| request.header("authorization")).collect()
}

fn names(names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|name| Some((*name).to_owned())).collect()
}

#[tokio::test]
async fn a_token_changes_while_its_client_is_in_use() {
    let server = Server::answering(&[user()]);
    let tokens = Tokens::default();
    let client = client(&server, &tokens);
    client.get_user().uid("u-1").send().await.unwrap();
    tokens.set(Token::new("one").unwrap());
    client.clone().get_user().uid("u-1").send().await.unwrap();
    tokens.set(Token::bearer("two").unwrap());
    client.get_user().uid("u-1").send().await.unwrap();
    tokens.clear();
    client.get_user().uid("u-1").send().await.unwrap();
    let expected = [None, Some("one".to_owned()), Some("Bearer two".to_owned()), None];
    assert_eq!(sent(&server), expected);
}

#[tokio::test]
async fn a_token_is_got_when_it_is_needed_and_renewed_before_it_expires() {
    let server = Server::answering(&[user()]);
    let (tokens, given) = numbered(HOUR);
    let client = client(&server, &tokens);
    for _ in 0..2 {
        client.get_user().uid("u-1").send().await.unwrap();
    }
    assert_eq!(given.load(Ordering::SeqCst), 1);
    tokens.set(Token::new("old").unwrap().expires_in(Duration::ZERO));
    client.get_user().uid("u-1").send().await.unwrap();
    assert_eq!(sent(&server), names(&["t-1", "t-1", "t-2"]));
}

#[tokio::test]
async fn requests_at_the_same_time_renew_once() {
    let server = Server::answering(&[user()]);
    let (tokens, given) = numbered(HOUR);
    let client = client(&server, &tokens);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let client = client.clone();
        calls.spawn(async move { client.get_user().uid("u-1").send().await.is_ok() });
    }
    assert!(calls.join_all().await.into_iter().all(|worked| worked));
    assert_eq!((given.load(Ordering::SeqCst), sent(&server)), (1, names(&["t-1"; 16])));
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_request_sent_again_whatever_its_method() {
    let created = json(201, r#"{"message":"Put"}"#);
    let server = Server::answering(&[refused(), created]);
    let (tokens, _) = numbered(HOUR);
    tokens.set(Token::new("stale").unwrap());
    let body: models::User = serde_json::from_str(USER).unwrap();
    client(&server, &tokens).create_user().body(body).send().await.unwrap();
    assert_eq!(sent(&server), names(&["stale", "t-1"]));
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert!(!bodies[0].is_empty() && bodies[0] == bodies[1], "{bodies:?}");
}

#[tokio::test]
async fn what_is_refused_after_it_was_renewed_is_not_renewed_again() {
    let server = Server::answering(&[refused()]);
    let (tokens, given) = numbered(HOUR);
    let client = client(&server, &tokens);
    for _ in 0..2 {
        let error = client.get_user().uid("u-1").send().await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    }
    // The first, its successor, and that one again.
    assert_eq!((given.load(Ordering::SeqCst), sent(&server)), (2, names(&["t-1", "t-2", "t-2"])));
}

#[tokio::test]
async fn a_401_of_a_function_is_an_answer_like_any_other() {
    let wrong = json(401, r#"{"title":"Unauthorized","status":401}"#);
    let server = Server::answering(&[wrong]);
    let (tokens, given) = numbered(HOUR);
    client(&server, &tokens).get_user().uid("u-1").send().await.unwrap_err();
    assert_eq!((given.load(Ordering::SeqCst), sent(&server)), (1, names(&["t-1"])));
}

/// Never has a token.
struct Nothing;

impl TokenProvider for Nothing {
    type Error = &'static str;

    async fn refresh(&self) -> Result<Token, &'static str> {
        Err("the refresh token was revoked")
    }
}

#[tokio::test]
async fn without_a_new_token_the_old_one_is_answered_and_the_reason_is_kept() {
    let server = Server::answering(&[refused()]);
    let tokens = Tokens::refreshed_by(Nothing);
    tokens.set(Token::new("old").unwrap().expires_in(Duration::ZERO));
    let error = client(&server, &tokens).get_user().uid("u-1").send().await.unwrap_err();
    assert!(matches!(error, Error::Undeclared { .. }), "{error}");
    assert_eq!(sent(&server), names(&["old"]));
    assert_eq!(tokens.failure().unwrap().to_string(), "the refresh token was revoked");
}

/// Gets its token by a call of the client that waits for it.
struct Own(Arc<std::sync::OnceLock<Client>>);

impl TokenProvider for Own {
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn refresh(&self) -> Result<Token, Self::Error> {
        let client = self.0.get().ok_or("no client yet")?;
        let user = client.get_user().uid("u-1").send().await?;
        Ok(Token::new(&user.username)?.expires_in(HOUR))
    }
}

#[tokio::test]
async fn a_provider_may_call_by_the_client_that_it_serves() {
    let server = Server::answering(&[user()]);
    let cell = Arc::new(std::sync::OnceLock::new());
    let tokens = Tokens::refreshed_by(Own(Arc::clone(&cell)));
    let client = client(&server, &tokens);
    cell.set(client.clone()).unwrap();
    let call = client.get_user().uid("u-2").send();
    tokio::time::timeout(Duration::from_secs(20), call).await.unwrap().unwrap();
    assert_eq!(sent(&server), [None, Some("ada".to_owned())]);
}

/// Gives a token when it is told to.
struct Slow(Arc<Notify>, Arc<Notify>);

impl TokenProvider for Slow {
    type Error = client::support::InvalidToken;

    async fn refresh(&self) -> Result<Token, Self::Error> {
        self.0.notify_one();
        self.1.notified().await;
        Token::new("of the one before")
    }
}

#[tokio::test]
async fn who_signs_in_during_a_renewal_is_not_replaced_by_its_outcome() {
    let server = Server::answering(&[user()]);
    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let tokens = Tokens::refreshed_by(Slow(Arc::clone(&asked), Arc::clone(&answer)));
    let client = client(&server, &tokens);
    let call = tokio::spawn(async move { client.get_user().uid("u-1").send().await.is_ok() });
    asked.notified().await;
    tokens.set(Token::new("mine").unwrap());
    answer.notify_one();
    assert!(call.await.unwrap());
    assert_eq!(sent(&server), names(&["mine"]));
}

#[tokio::test]
async fn tokens_are_not_printed() {
    let server = Server::answering(&[user()]);
    let tokens = Tokens::default();
    tokens.set(Token::new("s3cret").unwrap());
    let client = client(&server, &tokens);
    assert!(!format!("{tokens:?} {client:?}").contains("s3cret"));
}
