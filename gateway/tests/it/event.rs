//! The event a function gets.

use serde_json::{Value, json};

use crate::harness::{Server, document, echo, method, proxy_document};

#[tokio::test]
async fn the_event_has_every_field_of_payload_format_1() {
    let server = Server::start(&proxy_document(), echo()).await;
    let request = "POST /dev/a%2Bb/c/?x=1&x=a+b%2B&y HTTP/1.1\r\nHost: api.example:8080\r\n\
         user-agent: tester\r\ntEsT-HEADeR: aValUE\r\nContent-Length: 3\r\nX-Multi: 1\r\nx-multi: 2\r\n\r\nabc";
    let reply = server.send(request).await;
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    let mut event: Value = serde_json::from_slice(&reply.body).unwrap();
    event["requestContext"].take();
    let trace = event["headers"]["X-Amzn-Trace-Id"].as_str().unwrap().to_owned();
    assert_eq!(
        event,
        json!({
            "resource": "/{proxy+}",
            "path": "/a%2Bb/c/",
            "httpMethod": "POST",
            "headers": {
                "Host": "api.example:8080", "User-Agent": "tester", "tEsT-HEADeR": "aValUE",
                "X-Multi": "2", "X-Amzn-Trace-Id": trace, "X-Forwarded-For": "127.0.0.1",
                "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"
            },
            "multiValueHeaders": {
                "Host": ["api.example:8080"], "User-Agent": ["tester"], "tEsT-HEADeR": ["aValUE"],
                "X-Multi": ["1", "2"], "X-Amzn-Trace-Id": [trace], "X-Forwarded-For": ["127.0.0.1"],
                "X-Forwarded-Port": ["443"], "X-Forwarded-Proto": ["https"]
            },
            "queryStringParameters": { "x": "a b+", "y": "" },
            "multiValueQueryStringParameters": { "x": ["1", "a b+"], "y": [""] },
            "pathParameters": { "proxy": "a%2Bb/c" },
            "stageVariables": { "color": "red" },
            "requestContext": null,
            "body": "abc",
            "isBase64Encoded": false
        })
    );
}

#[tokio::test]
async fn the_request_context_has_every_field() {
    let server = Server::start(&proxy_document(), echo()).await;
    let request =
        "GET /dev//a%2Bb/ HTTP/1.1\r\nHost: api.example:8080\r\nuser-agent: tester\r\n\r\n";
    let reply = server.send(request).await;
    let mut event: Value = serde_json::from_slice(&reply.body).unwrap();
    let context = event["requestContext"].take();
    let keys: Vec<_> = context.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "accountId",
            "apiId",
            "deploymentId",
            "domainName",
            "domainPrefix",
            "extendedRequestId",
            "httpMethod",
            "identity",
            "path",
            "protocol",
            "requestId",
            "requestTime",
            "requestTimeEpoch",
            "resourceId",
            "resourcePath",
            "stage"
        ]
    );
    assert_eq!(context["accountId"], "111122223333");
    assert_eq!(context["domainName"], "api.example");
    assert_eq!(context["domainPrefix"], "api");
    assert_eq!(context["path"], "/dev//a%2Bb/");
    assert_eq!(context["identity"]["userAgent"], "tester");
    assert_eq!(context["identity"]["user"], Value::Null);
    assert_eq!(Some(context["requestId"].as_str().unwrap()), reply.header("x-amzn-RequestId"));
    assert_eq!(
        Some(context["extendedRequestId"].as_str().unwrap()),
        reply.header("x-amz-apigw-id")
    );
}

#[tokio::test]
async fn what_is_not_there_is_null() {
    let paths = json!({ "/a": { "get": method(json!({})) } });
    let server = Server::start(&document(paths), echo()).await;
    let event = server.event("/dev/a", "").await;
    for key in
        ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body"]
    {
        assert_eq!(event.get(key), Some(&Value::Null), "{key}");
    }
    assert!(event.get("version").is_none());
    assert!(event["requestContext"].get("authorizer").is_none());
    assert!(event["requestContext"]["identity"].get("apiKey").is_none());
}

#[tokio::test]
async fn some_headers_are_dropped_and_some_gain_hops() {
    let server = Server::start(&proxy_document(), echo()).await;
    let headers = "authorization: a\r\nTE: deflate\r\nMax-Forwards: 2\r\nX-Forwarded-For: 1.2.3.4\r\n\
         X-Forwarded-Proto: http\r\nX-Amzn-Trace-Id: Root=1-3152b799-8954dae64eda91bc9a23a7e8\r\n";
    let event = server.event("/dev/a", headers).await;
    assert_eq!(
        event["headers"],
        json!({
            "Host": "h", "Authorization": "a",
            "X-Amzn-Trace-Id": "Root=1-3152b799-8954dae64eda91bc9a23a7e8",
            "X-Forwarded-For": "1.2.3.4, 127.0.0.1",
            "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"
        })
    );
}

#[tokio::test]
async fn paths_and_queries_that_are_not_utf8_arrive_as_they_can() {
    let server = Server::start(&proxy_document(), echo()).await;
    let event = server.event("/dev/%ff%zz%?q=%ff&%=1", "").await;
    assert_eq!(event["path"], "/%ff%zz%");
    assert_eq!(event["pathParameters"]["proxy"], "%ff%zz%");
    assert_eq!(event["queryStringParameters"], json!({ "q": "\u{fffd}", "%": "1" }));
}

#[tokio::test]
async fn header_bytes_that_are_not_utf8_are_latin_1() {
    let server = Server::start(&proxy_document(), echo()).await;
    let reply = server.send(b"GET /dev/a HTTP/1.1\r\nHost: h\r\nX-A: caf\xe9\r\n\r\n").await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(event["headers"]["X-A"], "café");
}

#[tokio::test]
async fn only_binary_media_types_arrive_as_base64() {
    let mut text: Value = serde_json::from_str(&proxy_document()).unwrap();
    text["x-amazon-apigateway-binary-media-types"] = json!(["image/png"]);
    let server = Server::start(&text.to_string(), echo()).await;
    for (kind, body, encoded) in [
        ("image/png", "/wA=", true),
        ("image/png; a=b", "/wA=", true),
        ("text/plain", "\u{fffd}\0", false),
    ] {
        let mut request = format!(
            "POST /dev/a HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nContent-Length: 2\r\n\r\n"
        )
        .into_bytes();
        request.extend_from_slice(b"\xff\0");
        let event: Value = serde_json::from_slice(&server.send(request).await.body).unwrap();
        assert_eq!(event["body"], body, "{kind}");
        assert_eq!(event["isBase64Encoded"], encoded, "{kind}");
    }
}

#[tokio::test]
async fn the_verb_can_be_overridden() {
    let paths = json!({ "/a": { "patch": method(json!({})) } });
    let server = Server::start(&document(paths), echo()).await;
    let request = "POST /dev/a HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: PATCH\r\nContent-Length: 0\r\n\r\n";
    let reply = server.send(request).await;
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(event["httpMethod"], "PATCH");
}
