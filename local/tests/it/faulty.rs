//! A proxy in front of an embedded service, for its bad days: it holds a call for as long as a test
//! wants, answers calls itself, and remembers all of them.
//!
//! ```ignore
//! let s3 = Faulty::start().await;
//! let service = Service::behind(&s3, "ARCHIVES_TABLE", &[]).await;
//! let held = s3.hold(|call| call.operation == "UploadPart");   // of the next such call
//! held.reached().await;                                        // it is under way, and stays so
//! let outage = s3.refuse(503, "SlowDown", |_| true);           // every call, until dropped
//! drop(outage);
//! held.release().await;                                        // on it goes
//! ```
//!
//! Only functions go through it whose variables lead there; what a test itself asks goes straight to
//! the service. The first rule that was made and fits a call decides.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::service::Service;

/// Longest a call may be waited for before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(300);

/// The proxy. It ends when it is dropped.
pub(crate) struct Faulty {
    endpoint: String,
    inside: Arc<Inside>,
    listening: JoinHandle<()>,
}

/// A call of the service.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// What the service calls it, for example `UploadPart`.
    pub(crate) operation: String,
    /// Path and query as they came, percent-encoded: `/BUCKET/KEY?partNumber=1`.
    pub(crate) target: String,
}

/// A call that is held, or the place where the next that fits will be. Dropped, it lets go.
pub(crate) struct Held {
    reached: watch::Receiver<bool>,
    release: oneshot::Sender<()>,
    answered: oneshot::Receiver<StatusCode>,
}

/// Calls that the proxy answers itself, until this is dropped.
pub(crate) struct Refusals {
    number: usize,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    /// Where the service is, once that is known: calls wait for it.
    service: watch::Sender<Option<SocketAddr>>,
    rules: Mutex<Rules>,
    calls: Mutex<Vec<Call>>,
}

#[derive(Default)]
struct Rules {
    made: usize,
    standing: Vec<Rule>,
}

struct Rule {
    number: usize,
    fits: Box<dyn Fn(&Call) -> bool + Send>,
    effect: Effect,
}

enum Effect {
    /// Holds one call.
    Hold(Holding),
    /// Answers every call with this status and S3's code for it.
    Refuse(StatusCode, &'static str),
}

struct Holding {
    reached: watch::Sender<bool>,
    release: oneshot::Receiver<()>,
    answered: oneshot::Sender<StatusCode>,
}

type Body = BoxBody<Bytes, hyper::Error>;

impl Faulty {
    /// A proxy before a service that need not run yet.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::<Inside>::default();
        let listening = tokio::spawn(listen(listener, Arc::clone(&inside)));
        Self { endpoint, inside, listening }
    }

    /// The proxy's URL.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Says where the service is: `http://127.0.0.1:PORT`.
    pub(crate) fn lead_to(&self, endpoint: &str) {
        let address = endpoint.strip_prefix("http://").unwrap().parse().unwrap();
        self.inside.service.send_replace(Some(address));
    }

    /// Holds the next call that fits, with all that belongs to it, until it is let go. It goes to the
    /// service then even if whoever made it is gone: what was sent arrives.
    pub(crate) fn hold(&self, fits: impl Fn(&Call) -> bool + Send + 'static) -> Held {
        let (has_reached, reached) = watch::channel(false);
        let (release, released) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let holding = Holding { reached: has_reached, release: released, answered: answer };
        self.inside.add(fits, Effect::Hold(holding));
        Held { reached, release, answered }
    }

    /// Answers calls that fit with a status and an error of S3 of this code; the service never hears
    /// of them.
    pub(crate) fn refuse(
        &self,
        status: u16,
        code: &'static str,
        fits: impl Fn(&Call) -> bool + Send + 'static,
    ) -> Refusals {
        let effect = Effect::Refuse(StatusCode::from_u16(status).unwrap(), code);
        let number = self.inside.add(fits, effect);
        Refusals { number, inside: Arc::clone(&self.inside) }
    }

    /// How many calls have come that fit, whatever became of them.
    pub(crate) fn count(&self, fits: impl Fn(&Call) -> bool) -> usize {
        self.inside.calls.lock().unwrap().iter().filter(|call| fits(call)).count()
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Held {
    /// Waits until a call is held.
    pub(crate) async fn reached(&self) {
        let mut reached = self.reached.clone();
        let reached = tokio::time::timeout(PATIENCE, reached.wait_for(|reached| *reached)).await;
        reached.expect("no such call comes").unwrap();
    }

    /// Lets the call go that is held; answers what the service says to it.
    pub(crate) async fn release(self) -> u16 {
        self.reached().await;
        self.release.send(()).unwrap();
        let answered = tokio::time::timeout(PATIENCE, self.answered).await;
        answered.expect("the service does not answer").unwrap().as_u16()
    }
}

impl Drop for Refusals {
    fn drop(&mut self) {
        let mut rules = self.inside.rules.lock().unwrap();
        rules.standing.retain(|rule| rule.number != self.number);
    }
}

impl Service {
    /// A cloud with an edited document, and with S3 behind a proxy for all functions that have this
    /// variable in their environment.
    pub(crate) async fn behind(s3: &Faulty, variable: &str, edits: &[(&str, &str)]) -> Self {
        let line = format!("        {variable}: ");
        let lines = format!("        AWS_ENDPOINT_URL_S3: {}\n{line}", s3.endpoint());
        let mut edits = edits.to_vec();
        edits.push((&line, &lines));
        let service = Self::edited(&edits, &[]).await;
        s3.lead_to(&service.cloud.endpoints.s3);
        service
    }
}

impl Call {
    fn of(request: &Request<Incoming>) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let operation = match headers.get("x-amz-target") {
            // DynamoDB, SQS and others name it: `DynamoDB_20120810.GetItem`.
            Some(target) => target.to_str().unwrap().rsplit('.').next().unwrap(),
            None => operation(request.method(), uri, headers),
        };
        Self { operation: operation.to_owned(), target: uri.to_string() }
    }
}

/// What S3 calls a request, as far as functions make such.
fn operation(method: &Method, uri: &Uri, headers: &HeaderMap) -> &'static str {
    let query = uri.query().unwrap_or_default();
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let is_copy = headers.contains_key("x-amz-copy-source");
    match (method.as_str(), has("uploadId"), is_copy) {
        ("PUT", true, true) => "UploadPartCopy",
        ("PUT", true, false) => "UploadPart",
        ("POST", true, _) => "CompleteMultipartUpload",
        ("DELETE", true, _) => "AbortMultipartUpload",
        ("GET", true, _) => "ListParts",
        ("POST", ..) if has("uploads") => "CreateMultipartUpload",
        ("POST", ..) if has("delete") => "DeleteObjects",
        ("GET", ..) if has("list-type") => "ListObjectsV2",
        ("GET", ..) if has("uploads") => "ListMultipartUploads",
        ("PUT", _, true) => "CopyObject",
        ("PUT", ..) => "PutObject",
        ("GET", ..) => "GetObject",
        ("HEAD", ..) if uri.path().trim_matches('/').contains('/') => "HeadObject",
        ("HEAD", ..) => "HeadBucket",
        ("DELETE", ..) => "DeleteObject",
        _ => "",
    }
}

impl Inside {
    fn add(&self, fits: impl Fn(&Call) -> bool + Send + 'static, effect: Effect) -> usize {
        let mut rules = self.rules.lock().unwrap();
        rules.made += 1;
        let rule = Rule { number: rules.made, fits: Box::new(fits), effect };
        rules.standing.push(rule);
        rules.made
    }

    /// What a call has to suffer. Who holds one holds no other.
    fn effect(&self, call: &Call) -> Option<Effect> {
        self.calls.lock().unwrap().push(call.clone());
        let rules = &mut self.rules.lock().unwrap().standing;
        let index = rules.iter().position(|rule| (rule.fits)(call))?;
        if let Effect::Refuse(status, code) = rules[index].effect {
            return Some(Effect::Refuse(status, code));
        }
        Some(rules.remove(index).effect)
    }

    /// Passes a request on, on a connection of its own.
    async fn forward(&self, request: Request<Body>) -> Response<Body> {
        let mut service = self.service.subscribe();
        let address = *service.wait_for(Option::is_some).await.unwrap();
        let answer = async {
            let stream = TcpStream::connect(address.unwrap()).await.ok()?;
            let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
            let (mut sender, connection) = handshake.ok()?;
            tokio::spawn(connection);
            sender.send_request(request).await.ok()
        };
        // The service may have ended, as may whoever sent the request.
        let Some(answer) = answer.await else { return refusal(StatusCode::BAD_GATEWAY, "") };
        answer.map(BodyExt::boxed)
    }
}

async fn listen(listener: TcpListener, inside: Arc<Inside>) {
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let inside = Arc::clone(&inside);
        let serve = service_fn(move |request| pass(request, Arc::clone(&inside)));
        let builder = hyper::server::conn::http1::Builder::new();
        tokio::spawn(builder.serve_connection(TokioIo::new(stream), serve));
    }
}

async fn pass(
    request: Request<Incoming>,
    inside: Arc<Inside>,
) -> Result<Response<Body>, hyper::Error> {
    let call = Call::of(&request);
    match inside.effect(&call) {
        None => Ok(inside.forward(request.map(BodyExt::boxed)).await),
        Some(Effect::Refuse(status, code)) => {
            // Who is not heard out may see a broken connection instead of the answer.
            request.into_body().collect().await?;
            Ok(refusal(status, code))
        }
        Some(Effect::Hold(holding)) => {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let request = Request::from_parts(head, whole(body));
            // A task of its own outlives the connection that the request came by.
            let passed = tokio::spawn(async move {
                holding.reached.send_replace(true);
                // An error means that nobody holds it any more.
                let _ = holding.release.await;
                let answer = inside.forward(request).await;
                let _ = holding.answered.send(answer.status());
                answer
            });
            Ok(passed.await.unwrap())
        }
    }
}

/// An error as S3 words it.
fn refusal(status: StatusCode, code: &str) -> Response<Body> {
    let text = format!("<Error><Code>{code}</Code><Message>Not today.</Message></Error>");
    let response = Response::builder().status(status).header("content-type", "application/xml");
    response.body(whole(text.into())).unwrap()
}

fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed()
}
