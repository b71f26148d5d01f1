//! What is compared: a bare server, the gateway alone, and the gateway with a function.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use gateway::function::{FunctionSpec, Functions};
use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use gateway::{Account, Gateway, Stage, serve};
use http::Response;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use openapi::Placeholders;
use openapi::model::FunctionReference;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) struct Servers {
    bare: SocketAddr,
    in_process: SocketAddr,
    processes: SocketAddr,
    functions: Arc<Functions>,
}

impl Servers {
    /// The first is what the others are compared with.
    pub(crate) fn addresses(&self) -> [(&'static str, SocketAddr); 3] {
        [
            ("hyper hello", self.bare),
            ("gateway, function in process", self.in_process),
            ("gateway, lambda_runtime processes", self.processes),
        ]
    }

    pub(crate) async fn stop(self) {
        self.functions.shutdown().await;
    }
}

/// Starts them all in this process; `program` is the function's, `workers` the most of it.
pub(crate) async fn start(program: String, workers: usize) -> anyhow::Result<Servers> {
    let mut spec = FunctionSpec::new("hello", vec![program]);
    spec.concurrency = workers;
    let functions = Arc::new(Functions::new(vec![spec], gateway::function::stderr()));
    Ok(Servers {
        bare: bare().await?,
        in_process: with(Arc::new(InProcess)).await?,
        processes: with(Arc::clone(&functions) as Arc<dyn Invoke>).await?,
        functions,
    })
}

async fn bare() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = service_fn(|_| async {
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello"))))
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(address)
}

async fn with(invoke: Arc<dyn Invoke>) -> anyhow::Result<SocketAddr> {
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "bench", "version": "1" },
        "paths": { "/hello": { "get": {
            "responses": { "200": { "description": "fine" } },
            "x-amazon-apigateway-integration": {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:hello/invocations",
            },
        } } },
    });
    let reading = openapi::parse("bench.json", &document.to_string(), &Placeholders::none());
    let Some(api) = reading.api else { anyhow::bail!("{:?}", reading.diagnostics) };
    let stage = Stage { name: "dev".to_owned(), ..Stage::default() };
    let gateway = Gateway::new(api, stage, Account::new(invoke))
        .map_err(|found| anyhow::anyhow!("the document is refused: {found:?}"))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (sender, gateways) = watch::channel(Arc::new(gateway));
    tokio::spawn(async move {
        serve(listener, gateways, std::future::pending()).await;
        drop(sender);
    });
    Ok(address)
}

/// A function without the Runtime API: what is left is the gateway's own work.
struct InProcess;

impl Invoke for InProcess {
    fn invoke<'a>(
        &'a self,
        _: &'a FunctionReference,
        _: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        let payload = Bytes::from_static(br#"{"statusCode":200,"body":"hello"}"#);
        Box::pin(async { Ok(Invocation { payload, function_error: false }) })
    }
}
