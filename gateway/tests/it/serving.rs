//! Connections: kept alive, many at a time, swapped underneath, ended in order.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Server, document, echo, fixed, gateway, method, proxy_document};

const GET: &str = "GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n";

#[tokio::test]
async fn a_connection_serves_request_after_request_and_keeps_each_letter_case() {
    let server = Server::start(&proxy_document(), echo()).await;
    let mut client = server.connect().await;
    for name in ["X-Aa", "x-AA", "X-AA"] {
        client
            .write(format!(
                "POST /dev/a HTTP/1.1\r\nHost: h\r\n{name}: 1\r\nContent-Length: 4\r\n\r\n{name}"
            ))
            .await;
        let event: Value = serde_json::from_slice(&client.reply().await.unwrap().body).unwrap();
        assert_eq!(event["headers"][name], "1");
        assert_eq!(event["body"], name);
    }
}

#[tokio::test]
async fn pipelined_requests_are_all_answered() {
    let server = Server::start(&proxy_document(), echo()).await;
    let mut client = server.connect().await;
    let request = |number| format!("GET /dev/{number} HTTP/1.1\r\nX-Number: {number}\r\n\r\n");
    let all = [request(0), request(1), request(2)].concat();
    let (most, rest) = all.split_at(all.len() - 9);
    client.write(most).await;
    for number in 0..3 {
        if number == 2 {
            client.write(rest).await;
        }
        let event: Value = serde_json::from_slice(&client.reply().await.unwrap().body).unwrap();
        assert_eq!(event["headers"]["X-Number"], number.to_string());
        assert_eq!(event["path"], format!("/{number}"));
    }
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let server = Server::start(&proxy_document(), echo()).await;
    let mut client = server.connect().await;
    for byte in "POST /dev/a HTTP/1.1\r\nhOsT: h\r\nContent-Length: 2\r\n\r\nab".as_bytes() {
        client.write([*byte]).await;
        tokio::task::yield_now().await;
    }
    let event: Value = serde_json::from_slice(&client.reply().await.unwrap().body).unwrap();
    assert_eq!(event["headers"]["hOsT"], "h");
    assert_eq!(event["body"], "ab");
}

#[tokio::test]
async fn head_has_a_length_and_no_body() {
    let server = Server::start(&proxy_document(), fixed(json!({ "body": "12345" }))).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.write("HEAD /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let reply = client.reply_to("HEAD").await.unwrap();
        assert_eq!((reply.status, reply.header("Content-Length")), (200, Some("5")));
    }
}

#[tokio::test]
async fn no_content_has_no_body() {
    let server =
        Server::start(&proxy_document(), fixed(json!({ "statusCode": 204, "body": "x" }))).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.write(GET).await;
        let reply = client.reply().await.unwrap();
        assert_eq!((reply.status, reply.body.len()), (204, 0));
    }
}

#[tokio::test]
async fn every_header_of_a_function_is_sent() {
    let result = json!({
        "statusCode": "201",
        "headers": { "x-Solo": "ä", "test-multi": "value-solo", "Date": "d", "Connection": "close" },
        "multiValueHeaders": { "tesT-Multi": ["value-multi"], "Set-Cookie": ["a=1", "b=2"] }
    });
    let server = Server::start(&proxy_document(), fixed(result)).await;
    let mut client = server.connect().await;
    client.write(GET).await;
    let reply = client.reply().await.unwrap();
    assert_eq!(reply.status, 201);
    let all = |name: &str| -> Vec<&str> {
        reply
            .headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect()
    };
    assert_eq!(all("tesT-Multi"), ["value-multi", "value-solo"]);
    assert_eq!(all("Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(all("x-Solo"), ["ä"]);
    assert_eq!(all("x-amzn-Remapped-Date"), ["d"]);
    assert_eq!(all("x-amzn-Remapped-Connection"), ["close"]);
    assert!(reply.header("X-Amzn-Trace-Id").is_some_and(|trace| trace.starts_with("Root=1-")));
    client.write(GET).await;
    assert_eq!(client.reply().await.unwrap().status, 201, "the connection lives on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_at_a_time_are_answered() {
    let server = Arc::new(Server::start(&proxy_document(), echo()).await);
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let server = Arc::clone(&server);
        clients.spawn(async move {
            let event = server.event(&format!("/dev/n?n={number}"), "").await;
            assert_eq!(event["queryStringParameters"]["n"], number.to_string());
        });
    }
    while let Some(outcome) = clients.join_next().await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn a_new_gateway_answers_the_next_request_of_an_old_connection() {
    let server = Server::start(&proxy_document(), echo()).await;
    let mut client = server.connect().await;
    client.write(GET).await;
    assert_eq!(client.reply().await.unwrap().status, 200);
    let paths = json!({ "/b": { "get": method(json!({})) } });
    server.gateways.send_replace(Arc::new(gateway(&document(paths), echo())));
    client.write(GET).await;
    assert_eq!(client.reply().await.unwrap().status, 403);
}

#[tokio::test]
async fn stopping_closes_idle_connections_and_refuses_new_ones() {
    let server = Server::start(&proxy_document(), echo()).await;
    let port = server.port;
    let mut idle = server.connect().await;
    idle.write(GET).await;
    assert_eq!(idle.reply().await.unwrap().status, 200);
    tokio::time::timeout(Duration::from_secs(9), server.stop()).await.expect("no grace is needed");
    assert!(idle.reply().await.is_none());
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn connections_that_dribble_a_head_are_closed() {
    let server = Server::start(&proxy_document(), echo()).await;
    let mut idle = server.connect().await;
    idle.write(GET).await;
    assert_eq!(idle.reply().await.unwrap().status, 200);
    let mut mute = server.connect().await;
    let mut slow = server.connect().await;
    slow.write("GET /dev/a HT").await;
    let mut seconds = 0;
    while !slow.is_closed_within(Duration::from_secs(1)).await {
        slow.write("x").await;
        seconds += 1;
        assert!(seconds < 60, "the connection is still open after a minute");
    }
    assert!(mute.is_closed_within(Duration::from_secs(1)).await, "it never said a word");
    idle.write(GET).await;
    assert_eq!(idle.reply().await.unwrap().status, 200, "an idle connection is left alone");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_answered_with_408() {
    let server = Server::start(&proxy_document(), echo()).await;
    let reply = server.send("POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab").await;
    assert_eq!(reply.status, 408);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_bytes_is_dropped() {
    let body = "a".repeat(5 << 20);
    let server = Server::start(&proxy_document(), fixed(json!({ "body": body }))).await;
    let mut client = server.connect().await;
    client.write(GET).await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(client.reply().await.is_none(), "the rest of the answer never comes");
}

#[tokio::test(start_paused = true)]
async fn a_get_whose_chunks_never_come_has_no_body() {
    let server = Server::start(&proxy_document(), echo()).await;
    let head = "GET /dev/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut client = server.connect().await;
    client.write(head).await;
    let event: Value = serde_json::from_slice(&client.reply().await.unwrap().body).unwrap();
    assert_eq!(event["body"], Value::Null);
    assert!(client.reply().await.is_none(), "a late body must not be taken for a request");
    let reply = server.send(format!("{head}1\r\na\r\n0\r\n\r\n")).await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(event["body"], "a");
}
