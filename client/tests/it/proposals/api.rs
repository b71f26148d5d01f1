//! As much of the API and of S3 as submissions meet, with faults on request.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::models::NewProposal;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

/// Serves until the test ends.
pub(crate) struct Api {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

/// What goes wrong with one request.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// It is answered with this status.
    Status(u16),
    /// Its connection ends before its body does.
    Cut,
}

/// What becomes of a submission.
#[derive(Clone, Copy, Default)]
pub(crate) enum Ending {
    #[default]
    Accepted,
    Failed,
    Deleted,
    Never,
}

#[derive(Default)]
pub(crate) struct State {
    url: String,
    /// Bytes of a part, and how many parts are told of at once.
    pub(crate) part_size: u64,
    pub(crate) page: i64,
    /// Faults to come, by `METHOD /path`.
    pub(crate) faults: HashMap<&'static str, VecDeque<Fault>>,
    pub(crate) ending: Ending,
    /// `METHOD /path` of every request, in order.
    pub(crate) requests: Vec<String>,
    /// Parts that arrive at once, and most that ever did.
    arriving: usize,
    pub(crate) most_arriving: usize,
    pub(crate) upload: Option<Upload>,
    /// Links made before are of no use.
    generation: u32,
    submissions: u32,
    /// The payload that arrived last.
    pub(crate) payload: Bytes,
    pub(crate) record: Option<Value>,
    polls: u32,
}

#[derive(Clone, Default)]
pub(crate) struct Upload {
    pub(crate) size: u64,
    pub(crate) parts: BTreeMap<i64, Bytes>,
}

impl Api {
    /// With parts of a mebibyte, ten of them told of at once.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State { url: url.clone(), part_size: 1 << 20, page: 10, ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                let service = service_fn(move |request| serve(Arc::clone(&state), request));
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn fail(&self, request: &'static str, faults: &[Fault]) {
        self.state().faults.entry(request).or_default().extend(faults);
    }

    /// How many requests were this one.
    pub(crate) fn count(&self, request: &str) -> usize {
        self.state().requests.iter().filter(|line| *line == request).count()
    }

    /// How many parts were sent, also twice.
    pub(crate) fn parts(&self) -> usize {
        self.state().requests.iter().filter(|line| line.starts_with("PUT ")).count()
    }
}

/// Why a connection ends without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut")
    }
}

impl std::error::Error for Cut {}

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

async fn serve(
    state: Arc<Mutex<State>>,
    mut request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let path = request.uri().path().trim_start_matches("/dev").to_owned();
    let line = format!("{} {path}", request.method());
    let is_part = path.starts_with("/parts/");
    let fault = state.lock().unwrap().note(&line, is_part);
    for header in ["authorization", "x-apigw-api-id"] {
        assert_eq!(request.headers().contains_key(header), !is_part, "{line} {header}");
    }
    if matches!(fault, Some(Fault::Cut)) {
        request.body_mut().frame().await;
        return Err(Cut);
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut state = state.lock().unwrap();
    if is_part {
        state.arriving -= 1;
    }
    let answer = match fault {
        Some(Fault::Status(status)) => problem(status),
        _ => state.answer(&line, &query, body),
    };
    Ok(answer)
}

impl State {
    fn note(&mut self, line: &str, is_part: bool) -> Option<Fault> {
        self.requests.push(line.to_owned());
        if is_part {
            self.arriving += 1;
            self.most_arriving = self.most_arriving.max(self.arriving);
        }
        let fault = self.faults.get_mut(line).and_then(VecDeque::pop_front);
        if is_part && matches!(fault, Some(Fault::Cut)) {
            self.arriving -= 1;
        }
        fault
    }

    fn answer(&mut self, line: &str, query: &str, body: Bytes) -> Response<Full<Bytes>> {
        match line {
            "POST /proposals" => self.create(body),
            "POST /proposals/p-1" => {
                let submission = self.submit(body);
                let mut answer = json_answer(202, &json!({"received": true}));
                answer.headers_mut().insert("submission", submission.parse().unwrap());
                answer
            }
            "POST /proposals/p-1/uploads" => self.begin(&body),
            "GET /proposals/p-1/uploads" if self.upload.is_none() => problem(404),
            "GET /proposals/p-1/uploads" => {
                json_answer(200, &self.parts(query.trim_start_matches("from=").parse().unwrap()))
            }
            "POST /proposals/p-1/uploads/completion" => self.complete(),
            "GET /proposals/p-1" => self.look(),
            "DELETE /proposals/p-1" => {
                (self.upload, self.record) = (None, None);
                Response::builder().status(204).body(Full::default()).unwrap()
            }
            line => self.part(line.trim_start_matches("PUT /parts/").parse().unwrap(), query, body),
        }
    }

    fn create(&mut self, body: Bytes) -> Response<Full<Bytes>> {
        match record(&body, None) {
            Some(record) => {
                self.payload = body;
                self.record = Some(record.clone());
                json_answer(201, &record)
            }
            None => problem(400),
        }
    }

    fn submit(&mut self, payload: Bytes) -> String {
        self.submissions += 1;
        self.polls = 0;
        let submission = format!("s-{}", self.submissions);
        self.record = record(&payload, Some(&submission));
        self.payload = payload;
        submission
    }

    fn begin(&mut self, body: &[u8]) -> Response<Full<Bytes>> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let size = body["size"].as_u64().unwrap();
        let is_another = self.upload.as_ref().is_some_and(|upload| upload.size != size);
        if self.record.is_some() || is_another {
            return problem(409);
        }
        self.upload.get_or_insert_with(|| Upload { size, ..Upload::default() });
        json_answer(201, &self.parts(1))
    }

    fn parts(&mut self, from: i64) -> Value {
        self.generation += 1;
        let upload = self.upload.clone().unwrap_or_default();
        let count = i64::try_from(upload.size.div_ceil(self.part_size)).unwrap();
        let to = count.min(from + self.page - 1);
        let part = |number: i64| {
            let start = (u64::try_from(number).unwrap() - 1) * self.part_size;
            let size = self.part_size.min(upload.size - start);
            let arrived = upload.parts.contains_key(&number);
            let mut part = json!({"number": number, "size": size, "arrived": arrived});
            if !arrived {
                let link = format!("{}/parts/{number}?Signature={}", self.url, self.generation);
                part["url"] = link.into();
            }
            part
        };
        json!({
            "proposalId": "p-1", "size": upload.size, "partSize": self.part_size,
            "partCount": count, "parts": (from..=to).map(part).collect::<Vec<_>>(),
        })
    }

    fn part(&mut self, number: i64, query: &str, body: Bytes) -> Response<Full<Bytes>> {
        assert!(query.starts_with("Signature="), "{query}");
        match &mut self.upload {
            Some(upload) => {
                upload.parts.insert(number, body);
                Response::new(Full::default())
            }
            None => problem(404),
        }
    }

    fn complete(&mut self) -> Response<Full<Bytes>> {
        let Some(upload) = self.upload.take() else { return problem(404) };
        let payload: Vec<u8> = upload.parts.into_values().flatten().collect();
        assert_eq!(payload.len() as u64, upload.size);
        let submission = self.submit(payload.into());
        json_answer(202, &json!({"received": true, "submission": submission}))
    }

    /// What is submitted is processing for two looks.
    fn look(&mut self) -> Response<Full<Bytes>> {
        self.polls += 1;
        let Some(record) = &self.record else { return problem(404) };
        let mut record = record.clone();
        if record.get("submission").is_some() {
            match (self.polls, self.ending) {
                (1, _) | (_, Ending::Never) => record["status"] = "processing".into(),
                (_, Ending::Accepted) => {}
                (_, Ending::Failed) => {
                    record["status"] = "failed".into();
                    record["reason"] = "it is no PDF".into();
                }
                (_, Ending::Deleted) => return problem(404),
            }
        }
        let mut answer = json_answer(200, &record);
        answer.headers_mut().insert("etag", "\"1\"".parse().unwrap());
        answer
    }
}

/// The record that a payload becomes, if it is one.
pub(crate) fn record(payload: &[u8], submission: Option<&str>) -> Option<Value> {
    let proposal: NewProposal = serde_json::from_slice(payload).ok()?;
    let document = STANDARD.decode(&proposal.document.content).ok()?;
    let digest = Sha256::digest(&document);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let is_said = proposal.document.sha256.is_none_or(|said| said.as_str() == sha256);
    let mut record = json!({
        "proposalId": proposal.proposal_id, "clientId": proposal.client_id,
        "title": proposal.title, "status": "accepted",
        "createdAt": "2026-11-21T18:00:00Z", "updatedAt": "2026-11-21T18:00:00Z",
        "document": {
            "fileName": proposal.document.file_name, "mediaType": proposal.document.media_type,
            "size": document.len(), "sha256": sha256,
        },
    });
    if let Some(submission) = submission {
        record["submission"] = submission.into();
    }
    is_said.then_some(record)
}

fn json_answer(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.body(Full::from(body.to_string())).unwrap()
}

fn problem(status: u16) -> Response<Full<Bytes>> {
    let body = json!({"type": "about:blank", "title": "As asked for", "status": status});
    json_answer(status, &body)
}
