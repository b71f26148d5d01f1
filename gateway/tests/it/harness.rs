//! Starts servers and speaks HTTP/1.1 by hand.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use gateway::{Account, Gateway, Stage};
use openapi::Placeholders;
use openapi::model::FunctionReference;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

type Outcome = Result<Invocation, InvokeError>;

/// A function in process.
pub(crate) struct Twin<F>(pub(crate) F);

impl<F: Fn(Value) -> Outcome + Send + Sync + 'static> Invoke for Twin<F> {
    fn invoke<'a>(
        &'a self,
        _: &'a FunctionReference,
        event: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { (self.0)(serde_json::from_slice(&event).unwrap()) })
    }
}

/// A function that never answers.
pub(crate) struct Silent;

impl Invoke for Silent {
    fn invoke<'a>(
        &'a self,
        _: &'a FunctionReference,
        _: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::pending())
    }
}

/// A function's result.
pub(crate) fn result(value: &Value) -> Outcome {
    Ok(Invocation { payload: Bytes::from(value.to_string()), function_error: false })
}

/// Answers with the event it got.
pub(crate) fn echo() -> Arc<dyn Invoke> {
    Arc::new(Twin(|event: Value| result(&json!({ "body": event.to_string() }))))
}

/// Always answers with this result.
pub(crate) fn fixed(value: Value) -> Arc<dyn Invoke> {
    Arc::new(Twin(move |_| result(&value)))
}

/// A document whose every path is served by a function.
pub(crate) fn proxy_document() -> String {
    document(json!({ "/{proxy+}": { "x-amazon-apigateway-any-method": method(json!({})) } }))
}

/// A document with these paths.
pub(crate) fn document(paths: Value) -> String {
    json!({ "openapi": "3.0.3", "info": { "title": "test", "version": "1" }, "paths": paths })
        .to_string()
}

/// An operation behind a function, with `extra` members.
pub(crate) fn method(extra: Value) -> Value {
    let mut operation = json!({
        "responses": { "200": { "description": "fine" } },
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy", "httpMethod": "POST", "uri":
            "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations"
        }
    });
    let Value::Object(extra) = extra else { panic!("members are an object") };
    operation.as_object_mut().unwrap().extend(extra);
    operation
}

/// The gateway of a document.
pub(crate) fn gateway(document: &str, invoke: Arc<dyn Invoke>) -> Gateway {
    gateway_of(document, Account::new(invoke))
}

/// The gateway of a document in an account.
pub(crate) fn gateway_of(document: &str, account: Account) -> Gateway {
    let reading = openapi::parse("test.yaml", document, &Placeholders::none());
    let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    let mut stage = Stage { name: "dev".into(), ..Stage::default() };
    stage.variables.insert("color".into(), "red".into());
    Gateway::new(api, stage, account).unwrap()
}

/// A running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) gateways: watch::Sender<Arc<Gateway>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(document: &str, invoke: Arc<dyn Invoke>) -> Self {
        Self::start_with(gateway(document, invoke)).await
    }

    pub(crate) async fn start_with(gateway: Gateway) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (gateways, receiver) = watch::channel(Arc::new(gateway));
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { drop(stopped.await) };
        let task = tokio::spawn(gateway::serve(listener, receiver, shutdown));
        Self { port, gateways, stop, task }
    }

    /// Tells the server to stop and waits until it has.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(&format!("127.0.0.1:{}", self.port)).await
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn send(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut client = self.connect().await;
        client.write(request).await;
        client.reply().await.expect("an answer")
    }

    /// Sends a GET and returns the event the function saw; the function is [`echo`].
    pub(crate) async fn event(&self, target: &str, headers: &str) -> Value {
        let reply = self.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        serde_json::from_slice(&reply.body).unwrap()
    }
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The only value of a header whose name has this very letter case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is repeated: {:?}", self.headers);
        value
    }
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), read: vec![] }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that has heard enough may close early; the answer tells.
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// The next answer; `None` if the server closed the connection.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        self.reply_to("GET").await
    }

    /// The next answer to a request with this method: HEAD has no body.
    pub(crate) async fn reply_to(&mut self, method: &str) -> Option<Reply> {
        let limit = Duration::from_secs(60);
        let answer = async {
            let end = loop {
                if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                    break end + 4;
                }
                self.more().await?;
            };
            let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
            let mut lines = head.lines();
            let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
            let own = |(name, value): (&str, &str)| (name.to_owned(), value.trim().to_owned());
            let headers: Vec<_> = lines.filter_map(|line| line.split_once(':').map(own)).collect();
            let length = headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .filter(|_| method != "HEAD")
                .map_or(0, |(_, length)| length.parse().unwrap());
            while self.read.len() < length {
                self.more().await?;
            }
            let body = self.read.drain(..length).collect();
            Some(Reply { status, headers, body })
        };
        tokio::time::timeout(limit, answer).await.expect("an answer in time")
    }

    /// Waits so long for the server to close the connection.
    pub(crate) async fn is_closed_within(&mut self, wait: Duration) -> bool {
        tokio::time::timeout(wait, self.more()).await.is_ok_and(|read| read.is_none())
    }

    /// Reads some bytes; `None` at the end.
    async fn more(&mut self) -> Option<()> {
        let count = self.stream.read_buf(&mut self.read).await.ok()?;
        (count > 0).then_some(())
    }
}
