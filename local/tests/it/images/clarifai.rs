//! Clarifai as functions see it: it takes one key, and finds the same on every picture.
//!
//! Answers are as in `handlers/tests/it/recognition/clarifai.rs`, where the adapter is shown.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::faulty::{Faulty, Held};
use crate::service::Service;

/// The key that is taken first.
pub(super) const KEY: &str = "first-key";

/// Clarifai, and a proxy in front of it. It ends when it is dropped.
pub(super) struct Clarifai {
    proxy: Faulty,
    inside: Arc<Inside>,
    listening: JoinHandle<()>,
}

struct Inside {
    concepts: Vec<Value>,
    key: Mutex<String>,
    /// What was sent as `Authorization`, and the status of the answer.
    seen: Mutex<Vec<(String, u16)>>,
}

impl Clarifai {
    /// It is as good as sure of these, of the first the surest.
    pub(super) async fn start<T: AsRef<str>>(names: &[T]) -> Self {
        let concept = |(index, name): (usize, &T)| {
            let value = 0.99 - 0.01 * index as f64 / names.len() as f64;
            json!({ "id": format!("ai_{index}"), "name": name.as_ref(), "value": value })
        };
        let inside = Arc::new(Inside {
            concepts: names.iter().enumerate().map(concept).collect(),
            key: Mutex::new(KEY.to_owned()),
            seen: Mutex::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Faulty::start().await;
        proxy.lead_to(&format!("http://{}", listener.local_addr().unwrap()));
        let listening = tokio::spawn(listen(listener, Arc::clone(&inside)));
        Self { proxy, inside, listening }
    }

    /// A cloud that asks it, with the key that it takes. Failures come again after a second.
    pub(super) async fn service(&self, edits: &[(&str, &str)]) -> Service {
        let key = format!("      local: {KEY}\n");
        let edits = [
            &[("RETRY_SECONDS: \"20\"", "RETRY_SECONDS: \"1\""), ("      local: none\n", &key)],
            edits,
        ]
        .concat();
        let set = [("recognizer", "clarifai"), ("clarifai_url", self.proxy.endpoint())];
        Service::edited(&edits, &set).await
    }

    /// Holds its next answer.
    pub(super) fn hold(&self) -> Held {
        self.proxy.hold(|_| true)
    }

    /// Takes another key from now on.
    pub(super) fn take_only(&self, key: &str) {
        key.clone_into(&mut self.inside.key.lock().unwrap());
    }

    /// How often it was asked, whatever it answered.
    pub(super) fn times_asked(&self) -> usize {
        self.proxy.count(|_| true)
    }

    /// What was sent as `Authorization`, and the status of the answer.
    pub(super) fn seen(&self) -> Vec<(String, u16)> {
        self.inside.seen.lock().unwrap().clone()
    }
}

impl Drop for Clarifai {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, inside: Arc<Inside>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inside = Arc::clone(&inside);
        let serve = service_fn(move |request| answer(request, Arc::clone(&inside)));
        let builder = hyper::server::conn::http1::Builder::new();
        tokio::spawn(builder.serve_connection(TokioIo::new(stream), serve));
    }
}

async fn answer(
    request: Request<Incoming>,
    inside: Arc<Inside>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    body.collect().await?;
    let sent = head.headers["authorization"].to_str().unwrap().to_owned();
    let is_taken = sent == format!("Key {}", inside.key.lock().unwrap());
    let (status, answer) = if is_taken {
        let ok = json!({ "code": 10000, "description": "Ok" });
        let output = json!({ "status": ok, "data": { "concepts": inside.concepts } });
        (StatusCode::OK, json!({ "status": ok, "outputs": [output] }))
    } else {
        let status = json!({ "code": 11009, "description": "API key not found" });
        (StatusCode::UNAUTHORIZED, json!({ "status": status }))
    };
    inside.seen.lock().unwrap().push((sent, status.as_u16()));
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Full::from(answer.to_string())).unwrap())
}
