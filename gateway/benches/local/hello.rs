//! The work to do: a small JSON document. As a function on `lambda_runtime`, as a server of axum, and
//! within the gateway's process.

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use http::header::CONTENT_TYPE;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use openapi::model::FunctionReference;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What every server answers.
pub(crate) const HELLO: &str = r#"{"message":"hello"}"#;
const MEDIA_TYPE: &str = "application/json";

/// What a user's smallest function would be. Serves until the Runtime API goes away.
pub(crate) fn function() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(lambda_runtime::run(service_fn(hello)));
    served.map_err(|error| anyhow::anyhow!(error))
}

async fn hello(_: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(result())
}

fn result() -> Value {
    json!({ "statusCode": 200, "headers": { "content-type": MEDIA_TYPE }, "body": HELLO })
}

/// The same without gateway and function.
pub(crate) async fn axum(listener: TcpListener) -> anyhow::Result<()> {
    let handler = || async { ([(CONTENT_TYPE, MEDIA_TYPE)], HELLO) };
    Ok(axum::serve(listener, Router::new().route("/dev/hello", get(handler))).await?)
}

/// A function without the Runtime API: what is left is the gateway's own work.
pub(crate) struct InProcess(Bytes);

impl InProcess {
    pub(crate) fn new() -> Self {
        Self(Bytes::from(result().to_string()))
    }
}

impl Invoke for InProcess {
    fn invoke<'a>(
        &'a self,
        _: &'a FunctionReference,
        _: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        let payload = self.0.clone();
        Box::pin(async { Ok(Invocation { payload, function_error: false }) })
    }
}
