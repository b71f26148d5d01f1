//! Stands in for a proxy in front of the API that gets proposals of any size: HTTP in, the right
//! route out, in constant memory.
//!
//! ```console
//! $ cargo run -p client --example proposal_proxy -- http://127.0.0.1:3000/local 127.0.0.1:8080
//! $ curl -T payload.json http://127.0.0.1:8080/proposals/p-1          # the submission
//! $ curl -T payload.json http://127.0.0.1:8080/proposals/p-1?wait     # the proposal
//! ```
//!
//! A payload without `Content-Length` that does not fit into one request waits in a temporary file.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line")]

use std::convert::Infallible;
use std::process::ExitCode;

use client::proposals::{Payload, Source, SubmitError};
use client::{Client, Settings, models};
use http_body_util::{BodyDataStream, BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::io::StreamReader;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [base_url, address] = arguments.as_slice() else {
        eprintln!("usage: proposal_proxy BASE_URL HOST:PORT");
        return ExitCode::from(2);
    };
    let client = match Settings::new(base_url).build() {
        Ok(client) => client,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("error: {address}: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Ok(address) = listener.local_addr() {
        println!("listening on http://{address}");
    }
    serve(listener, client).await
}

pub(crate) async fn serve(listener: TcpListener, client: Client) -> ! {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let client = client.clone();
        let service = service_fn(move |request| answer(client.clone(), request));
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new());
        tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    client: Client,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match proposal_id(&request) {
        Some(id) => submit(&client, id, request).await.unwrap_or_else(|error| failure(&error)),
        None => (StatusCode::NOT_FOUND, json!({ "error": "PUT or POST /proposals/{proposalId}" })),
    };
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, "application/json".parse().expect("a header"));
    Ok(answer)
}

/// The last segment of the path, decoded.
fn proposal_id(request: &Request<Incoming>) -> Option<String> {
    let is_submission = matches!(*request.method(), Method::PUT | Method::POST);
    let segment = request.uri().path().strip_prefix("/proposals/").filter(|_| is_submission)?;
    Some(percent_encoding::percent_decode_str(segment).decode_utf8().ok()?.into_owned())
}

async fn submit(
    client: &Client,
    id: String,
    request: Request<Incoming>,
) -> Result<(StatusCode, Value), SubmitError> {
    let waits = request.uri().query() == Some("wait");
    let length = request.body().size_hint().exact();
    let stream = BodyDataStream::new(request.into_body().map_err(std::io::Error::other));
    let reader = StreamReader::new(stream);
    let payload = match length {
        Some(length) => Payload::encoded(Source::reader(length, reader)),
        None => Payload::unmeasured(reader),
    };
    let submitted = client.proposals().submit(id, payload).await?;
    let proposal: Option<models::Proposal> = match submitted.proposal() {
        None if waits => Some(submitted.wait().await?),
        known => known.cloned(),
    };
    let status = if proposal.is_some() { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    let body = json!({
        "route": submitted.route(),
        "bytes": submitted.length(),
        "submission": submitted.submission(),
        "proposal": proposal,
    });
    Ok((status, body))
}

fn failure(error: &SubmitError) -> (StatusCode, Value) {
    let status = match error {
        SubmitError::InvalidArgument(_) | SubmitError::Payload(_) => StatusCode::BAD_REQUEST,
        SubmitError::Refused { status, .. } => *status,
        SubmitError::Conflict { .. } => StatusCode::CONFLICT,
        SubmitError::Failed { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        SubmitError::Withdrawn => StatusCode::GONE,
        SubmitError::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    };
    (status, json!({ "error": error.to_string() }))
}
