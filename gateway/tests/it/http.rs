//! HTTP integrations: what reaches the endpoint, and what comes back.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Reply, Server, document, echo};
use crate::http_stub::{HttpStub, Seen, answer};

const ISE: &str = r#"{"message": "Internal server error"}"#;
const NETWORK: &str = r#"{"message": "Network error communicating with endpoint"}"#;

/// A document whose `/a/{id}` an endpoint answers.
fn api(uri: &str, integration: Value) -> Value {
    let mut members = json!({
        "httpMethod": "POST", "uri": uri, "responses": { "default": { "statusCode": "200" } }
    });
    let Value::Object(integration) = integration else { panic!("members are an object") };
    members.as_object_mut().unwrap().extend(integration);
    let operation = json!({
        "responses": { "200": { "description": "" }, "404": { "description": "" } },
        "x-amazon-apigateway-integration": members
    });
    let paths = json!({ "/a/{id}": { "x-amazon-apigateway-any-method": operation } });
    serde_json::from_str(&document(paths)).unwrap()
}

async fn send(api: &Value, request: &str) -> Reply {
    Server::start(&api.to_string(), echo()).await.send(request).await
}

async fn get(api: &Value) -> Reply {
    send(api, "GET /dev/a/1 HTTP/1.1\r\nHost: h\r\n\r\n").await
}

/// What the endpoint of an integration of this type sees of a request.
async fn seen(kind: &str, target: &str, integration: Value, request: &str) -> Seen {
    let stub = HttpStub::answering("Content-Type: application/json\r\n", "{}").await;
    let mut integration = integration;
    integration["type"] = json!(kind);
    let reply = send(&api(&stub.url(target), integration), request).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    stub.only()
}

#[tokio::test]
async fn a_custom_integration_sends_what_is_mapped_and_a_few_headers() {
    let integration = json!({
        "requestParameters": {
            "integration.request.header.X-oWn": "method.request.header.x-In",
            "integration.request.header.Expect": "'100-continue'",
            "integration.request.header.Via": "'v'",
            "integration.request.header.Max-Forwards": "'2'",
            "integration.request.querystring.color": "stageVariables.color",
            "integration.request.path.id": "method.request.path.id" },
        "requestTemplates": { "application/json": "{\"id\": \"$input.params('id')\"}" }
    });
    let request = "PUT /dev/a/1%202?q=x HTTP/1.1\r\nHost: h\r\nx-In: in\r\nX-Other: o\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let seen = seen("http", "/${stageVariables.color}/{id}?a=b", integration, request).await;
    assert_eq!(seen.line, "POST /red/1%202?a=b&color=red HTTP/1.1");
    assert_eq!(seen.text(), r#"{"id": "1 2"}"#);
    assert_eq!(
        seen.names(),
        [
            "X-oWn",
            "Max-Forwards",
            "Content-Type",
            "Accept",
            "User-Agent",
            "X-Amzn-Apigateway-Api-Id",
            "X-Amzn-Trace-Id",
            "Host",
            "Content-Length"
        ]
    );
    assert_eq!(seen.values("X-oWn"), ["in"]);
    assert_eq!(seen.values("Accept"), ["application/json"]);
    let api = seen.values("X-Amzn-Apigateway-Api-Id");
    assert_eq!(seen.values("User-Agent"), [format!("AmazonAPIGateway_{}", api[0])]);
}

#[tokio::test]
async fn a_template_overrides_headers_query_and_path() {
    let integration = json!({
        "requestParameters": {
            "integration.request.header.X-Own": "'mapped'",
            "integration.request.path.id": "method.request.path.id" },
        "requestTemplates": { "application/json":
            "#set($context.requestOverride.header.X-Own = 'o')#set($context.requestOverride.path.id = 'p')#set($context.requestOverride.querystring.q = 'r')t" }
    });
    let seen = seen("http", "/{id}", integration, "GET /dev/a/1 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!((seen.line.as_str(), seen.text().as_str()), ("POST /p?q=r HTTP/1.1", "t"));
    assert_eq!(seen.values("X-Own"), ["o"]);
}

#[tokio::test]
async fn a_proxy_integration_passes_the_request_on() {
    let integration = json!({ "requestParameters": {
        "integration.request.header.X-Mapped": "'m'",
        "integration.request.querystring.q": "context.stage" } });
    let request = "POST /dev/a/1?q=x%20y&r HTTP/1.1\r\nHost: h\r\nx-Own: 1\r\nx-Own: 2\r\nx-mapped: client\r\nUser-Agent: me\r\nVia: v\r\nContent-Encoding: identity\r\nX-Forwarded-For: 1.2.3.4\r\nAuthorization: Bearer t\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody";
    let seen = seen("http_proxy", "/p?u=1", integration, request).await;
    assert_eq!(seen.line, "POST /p?u=1&q=x%20y&q=dev&r= HTTP/1.1");
    assert_eq!(seen.text(), "body");
    for (name, expected) in [
        ("x-Own", &["1", "2"][..]),
        ("X-Mapped", &["m"]),
        ("x-mapped", &[]),
        ("User-Agent", &["me"]),
        ("Via", &[]),
        ("Content-Encoding", &[]),
        ("Authorization", &["Bearer t"]),
        ("Content-Type", &["text/plain"]),
        ("X-Forwarded-For", &["1.2.3.4, 127.0.0.1"]),
        ("X-Forwarded-Proto", &["https"]),
        ("Accept", &["application/json"]),
    ] {
        assert_eq!(seen.values(name), expected, "{name}");
    }
    assert!(seen.values("Host")[0].starts_with("127.0.0.1:"));
    assert!(seen.values("X-Amzn-Trace-Id")[0].starts_with("Root=1-"));
}

#[tokio::test]
async fn any_is_the_clients_method_and_get_has_no_body() {
    let any = json!({ "httpMethod": "ANY" });
    let with_body = |method: &str| {
        format!("{method} /dev/a/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody")
    };
    for kind in ["http", "http_proxy"] {
        let patch = seen(kind, "/", any.clone(), &with_body("PATCH")).await;
        assert_eq!((patch.line.as_str(), patch.text().as_str()), ("PATCH / HTTP/1.1", "body"));
        let get = seen(kind, "/", any.clone(), &with_body("GET")).await;
        assert_eq!((get.line.as_str(), get.text().as_str()), ("GET / HTTP/1.1", ""));
        let posted = seen(kind, "/", json!({}), &with_body("GET")).await;
        assert_eq!((posted.line.as_str(), posted.text().as_str()), ("POST / HTTP/1.1", "body"));
    }
}

#[tokio::test]
async fn a_signature_for_the_gateway_is_not_passed_on() {
    let request =
        "GET /dev/a/1 HTTP/1.1\r\nHost: h\r\nAuthorization: AWS4-HMAC-SHA256 Credential=x\r\n\r\n";
    let seen = seen("http_proxy", "/", json!({}), request).await;
    assert!(seen.values("Authorization").is_empty());
}

#[tokio::test]
async fn the_endpoints_status_selects_the_response() {
    let stub = HttpStub::start(|seen| {
        let status = seen.line.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
        answer(status, "X-kInd: k\r\nX-Other: o\r\n", r#"{"why":"because"}"#)
    })
    .await;
    let integration = json!({
        "type": "http",
        "requestParameters": { "integration.request.path.id": "method.request.path.id" },
        "responses": {
            "default": { "statusCode": "200" },
            "4\\d{2}": {
                "statusCode": "404",
                "responseParameters": {
                    "method.response.header.X-Kind": "integration.response.header.X-kInd",
                    "method.response.header.X-Why": "integration.response.body.why" },
                "responseTemplates": { "application/json": "$input.path('$.why')!" } },
            "5\\d{2}": { "statusCode": "500" } }
    });
    let server = Server::start(&api(&stub.url("/{id}"), integration).to_string(), echo()).await;
    let get =
        async |id: u16| server.send(format!("GET /dev/a/{id} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    let reply = get(201).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"why":"because"}"#));
    assert_eq!(reply.header("X-Other"), None, "headers must be mapped");
    assert!(reply.header("X-Amzn-Trace-Id").is_some());
    let reply = get(418).await;
    assert_eq!((reply.status, reply.text().as_str()), (404, "because!"));
    assert_eq!((reply.header("X-Kind"), reply.header("X-Why")), (Some("k"), Some("because")));
    let reply = get(500).await;
    assert_eq!((reply.status, reply.text().as_str()), (500, ISE), "500 is not declared");
}

#[tokio::test]
async fn a_proxied_answer_passes_with_some_headers_renamed() {
    let stub = HttpStub::start(|_| {
        let headers = "x-Own: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nServer: s\r\nDate: d\r\nVia: v\r\nX-Amzn-RequestId: r\r\nX-Amzn-Trace-Id: Root=own\r\n";
        answer(418, headers, "short and stout")
    })
    .await;
    let reply = get(&api(&stub.url("/"), json!({ "type": "http_proxy" }))).await;
    assert_eq!((reply.status, reply.text().as_str()), (418, "short and stout"));
    for (name, value) in [
        ("x-Own", Some("1")),
        ("x-amzn-Remapped-Server", Some("s")),
        ("x-amzn-Remapped-Date", Some("d")),
        ("x-amzn-Remapped-X-Amzn-RequestId", Some("r")),
        ("x-amzn-Remapped-Content-Length", Some("15")),
        ("X-Amzn-Trace-Id", Some("Root=own")),
        ("Content-Type", Some("application/json")),
        ("Via", None),
        ("Server", None),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    let cookies = reply.headers.iter().filter(|(name, _)| name == "Set-Cookie").count();
    assert_eq!(cookies, 2);
}

#[tokio::test]
async fn binary_media_types_decide_what_is_bytes() {
    let stub = HttpStub::start(|_| {
        let mut reply = answer(200, "Content-Type: image/png\r\n", "?");
        *reply.last_mut().unwrap() = 0xFF;
        reply
    })
    .await;
    for kind in ["http", "http_proxy"] {
        let mut api = api(&stub.url("/"), json!({ "type": kind }));
        let request = "GET /dev/a/1 HTTP/1.1\r\nHost: h\r\nAccept: image/png\r\n\r\n";
        assert_eq!(send(&api, request).await.body, "\u{FFFD}".as_bytes(), "text by default");
        api["x-amazon-apigateway-binary-media-types"] = json!(["image/png"]);
        assert_eq!(send(&api, request).await.body, [0xFF]);
        assert_eq!(get(&api).await.text(), "/w==", "base64 for who does not accept bytes");
    }
}

#[tokio::test]
async fn a_compressed_answer_stays_as_it_is() {
    let stub = HttpStub::start(|_| {
        let mut reply = answer(200, "Content-Encoding: gzip\r\n", "?");
        *reply.last_mut().unwrap() = 0x8B;
        reply
    })
    .await;
    let reply = get(&api(&stub.url("/"), json!({ "type": "http_proxy" }))).await;
    assert_eq!((reply.header("Content-Encoding"), &reply.body[..]), (Some("gzip"), &[0x8B][..]));
}

#[tokio::test]
async fn failures_are_answered_by_their_cause() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/", silent.local_addr().unwrap());
    let nonsense = HttpStub::start(|_| b"SSH-2.0-what\r\n\r\n".to_vec()).await;
    let timed_out = r#"{"message": "Endpoint request timed out"}"#;
    for (uri, status, body) in [
        (format!("http://{closed}/"), 504, NETWORK),
        ("http://host.invalid/".to_owned(), 504, NETWORK),
        (nonsense.url("/"), 504, NETWORK),
        (silent, 504, timed_out),
        ("http://${stageVariables.none}/".to_owned(), 500, ISE),
    ] {
        for kind in ["http", "http_proxy"] {
            let reply = get(&api(&uri, json!({ "type": kind, "timeoutInMillis": 50 }))).await;
            // Name servers take their time to deny a name.
            if uri.contains("invalid") && reply.text() == timed_out {
                continue;
            }
            assert_eq!((reply.status, reply.text().as_str()), (status, body), "{kind} {uri}");
            assert_eq!(reply.header("x-amzn-ErrorType"), Some("InternalServerErrorException"));
        }
    }
}

#[tokio::test]
async fn a_mapping_of_the_gateways_own_headers_fails_when_it_is_called() {
    let stub = HttpStub::answering("", "{}").await;
    let integration = json!({ "type": "http_proxy", "requestParameters": {
        "integration.request.header.Transfer-Encoding": "method.request.header.X-In" } });
    let server = Server::start(&api(&stub.url("/"), integration).to_string(), echo()).await;
    let send = async |header: &str| {
        server.send(format!("GET /dev/a/1 HTTP/1.1\r\nHost: h\r\n{header}\r\n")).await
    };
    assert_eq!(send("").await.status, 200, "nothing is mapped");
    let reply = send("X-In: chunked\r\n").await;
    assert_eq!((reply.status, reply.text().as_str()), (500, ISE));
}

#[tokio::test]
async fn a_vpc_link_is_called_like_any_endpoint() {
    let integration =
        json!({ "connectionType": "VPC_LINK", "connectionId": "${stageVariables.link}" });
    let seen =
        seen("http_proxy", "/", integration, "GET /dev/a/1 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(seen.line, "POST / HTTP/1.1");
}
