//! The example that stands in for a proxy.

use client::proposals::{FUNCTION_LIMIT, GATEWAY_LIMIT};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::io::ReaderStream;

use super::api::Api;
use super::{client, encoded};
use crate::proposal_proxy;

/// What the proxy answers to a request with this body.
async fn put(api: &Api, path: &str, body: reqwest::Body) -> (u16, Value) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}{path}", listener.local_addr().unwrap());
    let proxy = tokio::spawn(proposal_proxy::serve(listener, client(api)));
    let answer = reqwest::Client::new().put(url).body(body).send().await.unwrap();
    let answer = (answer.status().as_u16(), answer.json().await.unwrap());
    proxy.abort();
    answer
}

#[tokio::test]
async fn the_proxy_finds_the_route_with_and_without_a_length() {
    for (length, status, route) in [
        (1000, 201, "function"),
        (FUNCTION_LIMIT, 202, "gateway"),
        (GATEWAY_LIMIT + 1, 202, "upload"),
    ] {
        let payload = encoded("t", length);
        let chunked = ReaderStream::new(std::io::Cursor::new(payload.clone()));
        for body in [payload.clone().into(), reqwest::Body::wrap_stream(chunked)] {
            let api = Api::start().await;
            let (answered, body) = put(&api, "/proposals/p-1", body).await;
            assert_eq!((answered, body["route"].as_str()), (status, Some(route)), "{body}");
            assert_eq!(body["bytes"], length);
            assert!(api.state().payload == payload);
        }
    }
}

#[tokio::test]
async fn the_proxy_waits_if_asked_to() {
    let api = Api::start().await;
    let (status, body) =
        put(&api, "/proposals/p-1?wait", encoded("t", FUNCTION_LIMIT).into()).await;
    assert_eq!((status, body["proposal"]["status"].as_str()), (201, Some("accepted")), "{body}");
}

#[tokio::test]
async fn the_proxy_passes_refusals_on() {
    let api = Api::start().await;
    let long = format!("/proposals/{}", "x".repeat(201));
    for (path, body, status) in [
        ("/proposals/p-1", "no JSON", 400),
        ("/proposals/a%2Fb", "{}", 400),
        (&long, "{}", 400),
        ("/elsewhere", "{}", 404),
    ] {
        let (answered, body) = put(&api, path, body.into()).await;
        assert_eq!(answered, status, "{body}");
        assert!(body["error"].is_string(), "{body}");
    }
}
