//! IAM authorization over sockets. Requests are signed by the AWS SDK's own signer.

mod policies;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use gateway::{Account, DeployOptions, IamOptions, LogOutputs, OptionError};
use serde_json::{Value, json};

use crate::harness::{Reply, Server, document, echo, gateway_of, method};

/// A signer, and what it makes of a request.
#[derive(Clone)]
struct Signer {
    credentials: Credentials,
    region: &'static str,
    service: &'static str,
    time: SystemTime,
    location: SignatureLocation,
}

impl Signer {
    fn new(id: &str, secret: &str) -> Self {
        Self {
            credentials: Credentials::from_keys(id, secret, None),
            region: "eu-west-1",
            service: "execute-api",
            time: SystemTime::now(),
            location: SignatureLocation::Headers,
        }
    }

    /// The known key.
    fn local() -> Self {
        Self::new("local", "local")
    }

    fn with_token(mut self, token: &str) -> Self {
        let (id, secret) = (self.credentials.access_key_id(), self.credentials.secret_access_key());
        self.credentials = Credentials::from_keys(id, secret, Some(token.to_owned()));
        self
    }

    /// The request as it goes over the wire.
    fn sign(&self, verb: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut settings = SigningSettings::default();
        settings.signature_location = self.location;
        settings.expires_in =
            (self.location == SignatureLocation::QueryParams).then_some(Duration::from_secs(900));
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let url = format!("http://h{target}");
        let all = headers.iter().copied().chain([("host", "h")]);
        let request =
            SignableRequest::new(verb, &url, all, SignableBody::Bytes(body.as_bytes())).unwrap();
        let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
        let (signed, query) = instructions.into_parts();
        let mut target = target.to_owned();
        for (name, value) in query {
            let separator = if target.contains('?') { '&' } else { '?' };
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            target = format!("{target}{separator}{name}={value}");
        }
        let mut text = format!("{verb} {target} HTTP/1.1\r\nHost: h\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        for header in signed {
            text.push_str(&format!("{}: {}\r\n", header.name(), header.value()));
        }
        format!("{text}Content-Length: {}\r\n\r\n{body}", body.len())
    }
}

/// A document whose methods IAM authorizes, `/open` excepted.
fn guarded() -> Value {
    let iam = || method(json!({ "x-amazon-apigateway-auth": { "type": "AWS_IAM" } }));
    let by_scheme = method(json!({ "security": [{ "sigv4": [] }] }));
    let paths = json!({
        "/a": { "get": iam(), "post": iam() },
        "/p/{id}": { "get": iam() },
        "/s": { "get": by_scheme },
        "/open": { "get": method(json!({})) },
    });
    let mut document: Value = serde_json::from_str(&document(paths)).unwrap();
    document["components"] = json!({ "securitySchemes": { "sigv4": { "type": "apiKey", "name": "Authorization",
        "in": "header", "x-amazon-apigateway-authtype": "awsSigv4" } } });
    document
}

/// Files for options, kept as long as this.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: &Value) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path
    }
}

fn try_account(iam: IamOptions) -> Result<Account, OptionError> {
    let options = DeployOptions { iam, ..DeployOptions::default() };
    let outputs = LogOutputs { execution: Arc::new(drop), access: Arc::new(drop) };
    let account = options.account(echo(), outputs)?;
    Ok(Account { api_id: Some("abc123".into()), ..account })
}

async fn start() -> Server {
    // Not from options: they would take the credentials of whoever runs the tests.
    let account = Account { api_id: Some("abc123".into()), ..Account::new(echo()) };
    Server::start_with(gateway_of(&guarded().to_string(), account)).await
}

async fn start_with(document: &Value, iam: IamOptions) -> Server {
    Server::start_with(gateway_of(&document.to_string(), try_account(iam).unwrap())).await
}

/// Asserts that a request was refused so, and answers its message.
fn refused(reply: &Reply, error_type: &str) -> String {
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert_eq!(reply.header("x-amzn-ErrorType"), Some(error_type), "{}", reply.text());
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    let message = body.get("message").or_else(|| body.get("Message"));
    message.and_then(Value::as_str).unwrap().to_owned()
}

#[tokio::test]
async fn signed_requests_get_in_and_show_who_signed() {
    let server = start().await;
    for (verb, target, headers, body) in [
        ("GET", "/dev/a", &[][..], ""),
        ("GET", "/dev/s", &[], ""),
        ("GET", "/dev/a?b=2&a=1&a=0&c=x%20y&d=%2F&e", &[], ""),
        ("GET", "/dev/p/a%20b", &[], ""),
        ("GET", "/dev/p/a%2Fb", &[], ""),
        ("GET", "/dev/p/a:b~c", &[], ""),
        ("GET", "/dev//a/", &[], ""),
        (
            "POST",
            "/dev/a",
            &[("content-type", "application/json"), ("x-spaced", "a   b  c")],
            r#"{"a":1}"#,
        ),
    ] {
        let reply = server.send(Signer::local().sign(verb, target, headers, body)).await;
        assert_eq!(reply.status, 200, "{verb} {target}: {}", reply.text());
        let event: Value = serde_json::from_slice(&reply.body).unwrap();
        let identity = &event["requestContext"]["identity"];
        assert_eq!(identity["accessKey"], "local");
        assert_eq!(identity["accountId"], "111122223333");
        assert_eq!(identity["userArn"], "arn:aws:iam::111122223333:user/local");
        assert_eq!(identity["user"], identity["caller"]);
    }
}

#[tokio::test]
async fn signatures_in_the_query_get_in() {
    let server = start().await;
    let signer = Signer { location: SignatureLocation::QueryParams, ..Signer::local() };
    for target in ["/dev/a", "/dev/a?x=1&b=%2F"] {
        let reply = server.send(signer.sign("GET", target, &[], "")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let earlier = |seconds| Signer {
        time: SystemTime::now() - Duration::from_secs(seconds),
        ..signer.clone()
    };
    let reply = server.send(earlier(890).sign("GET", "/dev/a", &[], "")).await;
    assert_eq!(reply.status, 200, "it is good for 900 seconds");
    let reply = server.send(earlier(910).sign("GET", "/dev/a", &[], "")).await;
    assert!(refused(&reply, "InvalidSignatureException").starts_with("Signature expired: "));
}

#[tokio::test]
async fn requests_that_are_not_signed_miss_a_token() {
    let server = start().await;
    let reply = server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(reply.text(), r#"{"message":"Missing Authentication Token"}"#);
    refused(&reply, "MissingAuthenticationTokenException");
    let reply =
        server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n").await;
    let message = refused(&reply, "IncompleteSignatureException");
    assert!(message.starts_with("Invalid key=value pair (missing equal-sign)"), "{message}");
    assert_eq!(server.send("GET /dev/open HTTP/1.1\r\nHost: h\r\n\r\n").await.status, 200);
}

#[tokio::test]
async fn whatever_is_changed_behind_the_signature_is_noticed() {
    let server = start().await;
    let headers = [("x-own", "value"), ("content-type", "text/plain")];
    let signed = Signer::local().sign("POST", "/dev/a?q=1", &headers, "body");
    assert_eq!(server.send(&signed).await.status, 200);
    for (from, to) in [
        ("\r\n\r\nbody", "\r\n\r\nBODY"),
        ("x-own: value", "x-own: other"),
        ("q=1", "q=2"),
        ("q=1", "q=1&r=2"),
        ("POST ", "GET "),
        ("/dev/a?", "/dev/s?"),
        ("Host: h", "Host: i"),
        ("Signature=", "Signature=0"),
        ("x-own: value\r\n", ""),
    ] {
        let changed = signed.replacen(from, to, 1);
        assert_ne!(changed, signed, "{from}");
        let changed =
            if to.starts_with("/dev/s") { changed.replacen("POST ", "GET ", 1) } else { changed };
        let reply = server.send(&changed).await;
        let message = refused(&reply, "InvalidSignatureException");
        assert!(
            message.starts_with("The request signature we calculated does not match"),
            "{from}"
        );
        assert!(message.contains("The Canonical String for this request should have been\n'"));
    }
    // What is not signed may change on the way.
    let added = signed.replacen("\r\n\r\n", "\r\nX-Added: 1\r\n\r\n", 1);
    assert_eq!(server.send(&added).await.status, 200);
}

#[tokio::test]
async fn keys_scopes_and_clocks_must_be_right() {
    let server = start().await;
    let local = Signer::local;
    let minutes = |count: u64| Duration::from_secs(60 * count);
    for (signer, error_type, start) in [
        (Signer::new("local", "wrong"), "InvalidSignatureException", "The request signature"),
        (
            Signer::new("other", "local"),
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            Signer { region: "us-east-1", ..local() },
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'us-east-1'. ",
        ),
        (
            Signer { service: "s3", ..local() },
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'execute-api'. ",
        ),
        (
            Signer { time: SystemTime::now() - minutes(6), ..local() },
            "InvalidSignatureException",
            "Signature expired: ",
        ),
        (
            Signer { time: SystemTime::now() + minutes(6), ..local() },
            "InvalidSignatureException",
            "Signature not yet current: ",
        ),
    ] {
        let reply = server.send(signer.sign("GET", "/dev/a", &[], "")).await;
        let message = refused(&reply, error_type);
        assert!(message.starts_with(start), "{message}");
    }
    for signer in [
        Signer { time: SystemTime::now() - minutes(4), ..local() },
        Signer { time: SystemTime::now() + minutes(4), ..local() },
    ] {
        assert_eq!(server.send(signer.sign("GET", "/dev/a", &[], "")).await.status, 200);
    }
}

#[tokio::test]
async fn the_local_header_may_be_signed() {
    let server = start().await;
    let signed = Signer::local().sign("GET", "/dev/a", &[("x-lychgate-from", "vpce-1, vpc-2")], "");
    let reply = server.send(&signed).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let moved = signed.replacen("vpce-1", "vpce-9", 1);
    refused(&server.send(moved).await, "InvalidSignatureException");
}

fn session(extra: Value) -> Value {
    let mut caller = json!({ "AccessKeyId": "ASIA1", "SecretAccessKey": "hush", "SessionToken": "token",
        "Arn": "arn:aws:sts::111122223333:assumed-role/deployer/ci", "UserId": "AROA1:ci", "OrganizationId": "o-1",
        "Tags": { "team": "blue" } });
    let Value::Object(extra) = extra else { panic!("members are an object") };
    caller.as_object_mut().unwrap().extend(extra);
    caller
}

fn callers(files: &Files, callers: &[Value]) -> IamOptions {
    let write = |(index, caller): (usize, &Value)| files.write(&format!("{index}.json"), caller);
    let callers = callers.iter().enumerate().map(write).collect();
    IamOptions { callers, identity_policy: None }
}

#[tokio::test]
async fn sessions_need_their_token_and_their_time() {
    let files = Files::new();
    let old = session(json!({ "AccessKeyId": "ASIA2", "Expiration": "2020-01-01T00:00:00Z" }));
    let server = start_with(&guarded(), callers(&files, &[session(json!({})), old])).await;
    let signer = Signer::new("ASIA1", "hush").with_token("token");
    let reply = server.send(signer.sign("GET", "/dev/a", &[], "")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let event: Value = serde_json::from_slice(&reply.body).unwrap();
    let identity = &event["requestContext"]["identity"];
    assert_eq!(identity["userArn"], "arn:aws:sts::111122223333:assumed-role/deployer/ci");
    assert_eq!(
        (&identity["user"], &identity["principalOrgId"]),
        (&json!("AROA1:ci"), &json!("o-1"))
    );

    for signer in [
        Signer::new("ASIA1", "hush"),
        Signer::new("ASIA1", "hush").with_token("other"),
        Signer::local(),
    ] {
        let reply = server.send(signer.sign("GET", "/dev/a", &[], "")).await;
        refused(&reply, "UnrecognizedClientException");
    }
    let signer = Signer::new("ASIA2", "hush").with_token("token");
    let reply = server.send(signer.sign("GET", "/dev/a", &[], "")).await;
    assert_eq!(
        refused(&reply, "ExpiredTokenException"),
        "The security token included in the request is expired"
    );
}

#[test]
fn files_that_cannot_be_followed_are_told() {
    let files = Files::new();
    let fails = |iam: IamOptions| try_account(iam).err().unwrap().to_string();
    let message =
        fails(callers(&files, &[json!({ "AccessKeyId": "a", "SecretAccessKey": 12345 })]));
    assert!(
        message.starts_with("--caller: ") && message.contains("0.json: a secret is text"),
        "{message}"
    );
    assert!(!message.contains("12345"), "{message}");
    let policy = files.write(
        "policy.json",
        &json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "a" }] }),
    );
    let message = fails(IamOptions { callers: vec![], identity_policy: Some(policy) });
    assert!(
        message.starts_with("--identity-policy: ")
            && message.contains("Statement.0.Resource: `a` is not a resource"),
        "{message}"
    );
    let message =
        fails(IamOptions { callers: vec![], identity_policy: Some("/nowhere/policy.json".into()) });
    assert!(message.contains("/nowhere/policy.json"), "{message}");
}
