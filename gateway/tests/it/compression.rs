//! Compressed requests and answers over sockets.

use std::io::Read as _;

use flate2::read::{GzDecoder, GzEncoder, ZlibDecoder};
use serde_json::{Value, json};

use crate::harness::{Reply, Server, echo, fixed, proxy_document};

fn with_minimum(minimum: u32) -> String {
    let mut text: Value = serde_json::from_str(&proxy_document()).unwrap();
    text["x-amazon-apigateway-minimum-compression-size"] = json!(minimum);
    text.to_string()
}

async fn get(server: &Server, accept_encoding: &str) -> Reply {
    let head = "GET /dev/a HTTP/1.1\r\nHost: h\r\n";
    server.send(format!("{head}Accept-Encoding: {accept_encoding}\r\n\r\n")).await
}

#[tokio::test]
async fn an_answer_of_the_minimum_size_is_compressed_as_the_client_prefers() {
    let functions = fixed(json!({ "body": "x".repeat(100) }));
    let server = Server::start(&with_minimum(100), functions).await;
    let mut text = String::new();
    let gzip = get(&server, "gzip, deflate, br").await;
    assert_eq!(gzip.header("Content-Encoding"), Some("gzip"));
    GzDecoder::new(&gzip.body[..]).read_to_string(&mut text).unwrap();
    let deflate = get(&server, "gzip;q=0.5, deflate").await;
    assert_eq!(deflate.header("Content-Encoding"), Some("deflate"));
    ZlibDecoder::new(&deflate.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, "x".repeat(200));
    for accept_encoding in ["br, gzip", "*", "identity", ""] {
        let reply = get(&server, accept_encoding).await;
        assert_eq!(reply.header("Content-Encoding"), None, "{accept_encoding}");
        assert_eq!(reply.body.len(), 100, "{accept_encoding}");
    }
}

#[tokio::test]
async fn small_answers_encoded_answers_and_refusals_stay_as_they_are() {
    let own = json!({ "body": "x".repeat(200), "headers": { "content-encoding": "own" } });
    let server = Server::start(&with_minimum(100), fixed(own)).await;
    let reply = get(&server, "gzip").await;
    assert_eq!((reply.header("content-encoding"), reply.body.len()), (Some("own"), 200));

    let small = Server::start(&with_minimum(100), fixed(json!({ "body": "x".repeat(99) }))).await;
    assert_eq!(get(&small, "gzip").await.body.len(), 99);
    let off = Server::start(&proxy_document(), fixed(json!({ "body": "x".repeat(200) }))).await;
    assert_eq!(get(&off, "gzip").await.body.len(), 200);

    let broken = Server::start(&with_minimum(0), fixed(json!({ "broken": true }))).await;
    let reply = get(&broken, "gzip").await;
    assert_eq!(reply.text(), r#"{"message": "Internal server error"}"#);
}

#[tokio::test]
async fn a_compressed_request_reaches_the_function_as_text() {
    let server = Server::start(&proxy_document(), echo()).await;
    let mut body = Vec::new();
    GzEncoder::new(&b"hello"[..], flate2::Compression::best()).read_to_end(&mut body).unwrap();
    let head = |body: &[u8]| {
        format!(
            "POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
    };
    let reply = server.send([head(&body).as_bytes(), &body].concat()).await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (event["body"].as_str(), event["isBase64Encoded"].as_bool()),
        (Some("hello"), Some(false))
    );

    let reply = server.send([head(b"plain").as_bytes(), b"plain"].concat()).await;
    assert_eq!(
        (reply.status, reply.header("x-amzn-ErrorType")),
        (415, Some("BadRequestException"))
    );
    assert_eq!(reply.text(), r#"{"message": "Unsupported Media Type"}"#);
}
