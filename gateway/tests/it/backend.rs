//! The client that reaches backends.

use std::time::Duration;

use bytes::Bytes;
use gateway::Headers;
use gateway::backend::{Backend, BackendError, BackendRequest, BackendResponse};
use tokio::net::TcpListener;

use crate::http_stub::{HttpStub, answer};

fn request(url: &str) -> BackendRequest {
    BackendRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: Headers::new(),
        body: Bytes::new(),
        insecure_tls: false,
        timeout: Duration::from_secs(20),
    }
}

fn pairs(headers: &Headers) -> Vec<(&str, &str)> {
    headers.iter().collect()
}

#[tokio::test]
async fn names_keep_their_letter_case_both_ways_and_nothing_is_added() {
    let stub =
        HttpStub::answering("X-mIxEd: 1\r\nSet-Cookie: a\r\nset-cookie: b\r\n", "body").await;
    let sent = [("X-oWn", "1"), ("x-own", "2"), ("aCCept", "é"), ("content-LENGTH", "99")];
    let outgoing = BackendRequest {
        headers: sent.into_iter().collect(),
        body: Bytes::from_static(b"sent"),
        ..request(&stub.url("/a%20b?c=d%2Fe&f"))
    };
    let response = Backend::default().send(outgoing).await.unwrap();
    assert_eq!((response.status, &response.body[..]), (200, &b"body"[..]));
    assert_eq!(
        pairs(&response.headers),
        [("X-mIxEd", "1"), ("Set-Cookie", "a"), ("set-cookie", "b"), ("Content-Length", "4")]
    );
    let seen = stub.only();
    assert_eq!(seen.line, "POST /a%20b?c=d%2Fe&f HTTP/1.1");
    assert_eq!(seen.names(), ["X-oWn", "x-own", "aCCept", "Host", "Content-Length"]);
    assert_eq!(seen.values("aCCept"), ["é"]);
    assert_eq!(seen.values("Host"), [format!("127.0.0.1:{}", stub.port)]);
    assert_eq!(seen.text(), "sent");
}

#[tokio::test]
async fn connections_are_kept_and_a_host_of_ones_own_is_sent() {
    let stub = HttpStub::answering("", "").await;
    let backend = Backend::default();
    for _ in 0..3 {
        let headers = [("HOST", "other.example")].into_iter().collect();
        backend.send(BackendRequest { headers, ..request(&stub.url("/")) }).await.unwrap();
    }
    let seen = stub.seen();
    assert_eq!(seen.iter().map(|seen| seen.connection).collect::<Vec<_>>(), [0, 0, 0]);
    assert_eq!(seen[2].values("Host"), ["other.example"]);
}

#[tokio::test]
async fn redirects_are_answers_and_compressed_bodies_stay_compressed() {
    let redirect = answer(302, "Location: /elsewhere\r\nContent-Encoding: gzip\r\n", "\x1f");
    let stub = HttpStub::start(move |_| redirect.clone()).await;
    let BackendResponse { status, headers, body } =
        Backend::default().send(request(&stub.url("/"))).await.unwrap();
    assert_eq!(
        (status, headers.get("location"), &body[..]),
        (302, Some("/elsewhere"), &b"\x1f"[..])
    );
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn chunks_and_interim_answers_are_understood() {
    let stub = HttpStub::start(|_| {
        b"HTTP/1.1 103 Early\r\nLink: no\r\n\r\nHTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_vec()
    })
    .await;
    let response = Backend::default().send(request(&stub.url("/"))).await.unwrap();
    assert_eq!((response.status, &response.body[..]), (404, &b"abc"[..]));
    assert_eq!(pairs(&response.headers), [("Transfer-Encoding", "chunked")]);
}

#[tokio::test]
async fn failures_say_what_failed() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}/", silent.local_addr().unwrap());
    let closing = HttpStub::start(|_| Vec::new()).await;
    let nonsense = HttpStub::start(|_| b"what?\r\n\r\n".to_vec()).await;
    let switching = HttpStub::start(|_| answer(101, "Upgrade: x\r\n", "")).await;
    let backend = Backend::default();
    let fail = async |url: &str| {
        let timeout = Duration::from_millis(if url == silent_url { 50 } else { 120_000 });
        backend.send(BackendRequest { timeout, ..request(url) }).await.unwrap_err()
    };
    assert!(matches!(fail(&format!("http://{unused}/")).await, BackendError::Network(_)));
    assert!(matches!(fail("http://host.invalid/").await, BackendError::Network(_)));
    assert!(matches!(fail(&closing.url("/")).await, BackendError::Network(_)));
    assert!(matches!(fail(&silent_url).await, BackendError::Timeout));
    assert!(matches!(fail(&nonsense.url("/")).await, BackendError::Answer(_)));
    assert!(matches!(fail(&switching.url("/")).await, BackendError::Answer(_)));
    assert!(matches!(fail("http:///a").await, BackendError::Url(_)));
}

#[tokio::test]
async fn an_answer_over_ten_megabytes_is_too_large() {
    let limit = 10 * 1024 * 1024;
    let stub = HttpStub::start(move |seen| {
        let length = limit + usize::from(seen.line.contains("/more"));
        answer(200, "", &"a".repeat(length))
    })
    .await;
    let backend = Backend::default();
    assert_eq!(backend.send(request(&stub.url("/"))).await.unwrap().body.len(), limit);
    let error = backend.send(request(&stub.url("/more"))).await.unwrap_err();
    assert!(matches!(error, BackendError::TooLarge));
}

#[tokio::test]
async fn what_cannot_be_sent_is_an_error() {
    let backend = Backend::default();
    let send = async |method: &str, name: &str, value: &str| {
        let headers = [(name, value)].into_iter().collect();
        let method = method.to_owned();
        let url = "http://127.0.0.1:1/";
        backend.send(BackendRequest { method, headers, ..request(url) }).await.unwrap_err()
    };
    assert_eq!(send("A B", "a", "b").await.to_string(), "the method `A B` cannot be sent");
    assert_eq!(send("GET", "a b", "c").await.to_string(), "the header `a b` cannot be sent");
    assert_eq!(send("GET", "a", "b\r\nc: d").await.to_string(), "the header `a` cannot be sent");
}
