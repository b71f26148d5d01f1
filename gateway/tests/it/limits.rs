//! Too much, too slow, too strange.

use serde_json::{Value, json};

use crate::harness::{Server, echo, fixed, proxy_document};

const LIMIT: usize = 10_485_760;

fn post(length: usize) -> Vec<u8> {
    let mut request =
        format!("POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    request.resize(request.len() + length, b'a');
    request
}

#[tokio::test]
async fn ten_megabytes_and_a_byte_are_too_large() {
    let server = Server::start(&proxy_document(), echo()).await;
    let reply = server.send(post(LIMIT + 1)).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.text(), "HTTP content length exceeded 10485760 bytes.");
    assert_eq!(reply.header("Content-Type"), Some("text; charset=utf-8"));
    assert_eq!(reply.header("x-amzn-RequestId"), None);
}

#[tokio::test]
async fn ten_megabytes_pass_the_server_and_stop_at_lambdas_limit() {
    let server = Server::start(&proxy_document(), echo()).await;
    assert_eq!(server.send(post(LIMIT)).await.text(), r#"{"message": "Request Too Long"}"#);
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_at_once() {
    let server = Server::start(&proxy_document(), echo()).await;
    let request = format!(
        "POST /dev/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        LIMIT + 1
    );
    assert_eq!(server.send(request).await.status, 413);
}

#[tokio::test]
async fn chunked_bodies_are_put_together_and_limited() {
    let server = Server::start(&proxy_document(), echo()).await;
    let head = "POST /dev/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    let reply =
        server.send(format!("{head}3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n")).await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(event["body"], "abcde");
    assert!(event["headers"].get("Transfer-Encoding").is_none());

    let mut client = server.connect().await;
    client.write(head).await;
    let chunk = [b"100000\r\n".as_slice(), &vec![b'a'; 0x10_0000], b"\r\n"].concat();
    for _ in 0..11 {
        client.write(&chunk).await;
    }
    client.write("0\r\n\r\n").await;
    assert_eq!(client.reply().await.unwrap().status, 413);
}

#[tokio::test]
async fn strange_requests_are_refused_and_the_server_lives_on() {
    let server = Server::start(&proxy_document(), echo()).await;
    for request in [
        &b"GET /dev/\xff HTTP/1.1\r\nHost: h\r\n\r\n"[..],
        b"GET /dev/a b HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /dev/a HTTP/1.1\r\nHo st: h\r\n\r\n",
        b"POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let reply = server.send(request).await;
        assert_eq!(reply.status, 400, "{}", String::from_utf8_lossy(request));
    }
    assert_eq!(server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await.status, 200);
}

#[tokio::test]
async fn unusual_targets_get_an_answer() {
    let server = Server::start(&proxy_document(), echo()).await;
    for (line, status) in [
        ("OPTIONS *", 403),
        ("CONNECT a:1", 403),
        ("GET http://other/dev/a", 200),
        ("GET //dev/a", 200),
        ("GET /dev/%00", 200),
        ("GET /dev/..%2f..%2fetc", 200),
        ("GET /dev/../../etc", 200),
    ] {
        let reply = server.send(format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        assert_eq!(reply.status, status, "{line}");
    }
}

#[tokio::test]
async fn urls_and_headers_have_limits() {
    let server = Server::start(&proxy_document(), echo()).await;
    let get =
        |target: &str, headers: &str| format!("GET {target} HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
    let long = "a".repeat(10_300);
    assert_eq!(server.send(get(&format!("/dev/{long}"), "")).await.status, 414);
    assert_eq!(server.send(get(&format!("/dev/a?{long}"), "")).await.status, 414);
    assert_eq!(
        server.send(get("/dev/a", &format!("X-A: {long}\r\nX-B: {long}\r\n"))).await.status,
        431
    );
    assert_eq!(server.send(get("/dev/a", &"X-A: b\r\n".repeat(300))).await.status, 431);
    let enormous = "a".repeat(1 << 20);
    assert_eq!(server.send(get("/dev/a", &format!("X-A: {enormous}\r\n"))).await.status, 431);
}

#[tokio::test]
async fn a_deep_body_and_a_deep_path_do_no_harm() {
    let server = Server::start(&proxy_document(), echo()).await;
    let deep = "/a".repeat(5_000);
    let event = server.event(&format!("/dev{deep}"), "").await;
    assert_eq!(event["path"], deep);
    let result = format!("{{\"body\":{}", "[".repeat(100_000));
    let server = Server::start(&proxy_document(), fixed(json!(result))).await;
    assert_eq!(server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await.status, 502);
}
