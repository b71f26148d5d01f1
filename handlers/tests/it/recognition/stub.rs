//! An HTTP server, with or without TLS, that answers as it is told and remembers what it was asked.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What happens to a request.
pub(super) enum Reply {
    Answer {
        status: u16,
        headers: String,
        body: String,
    },
    /// Nothing comes, and the connection stays.
    Silence,
    /// The head comes and a byte of the body, and the connection stays.
    Begun,
    /// The connection ends.
    Cut,
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Answer { status, headers: String::new(), body: body.into() }
    }
}

/// A request. Header names are lower case.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

impl Seen {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(super) struct Stub {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Stub {
    /// Answers each request with what `answer` makes of it and of its number, from 1.
    pub(super) async fn start(
        answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(None, Arc::new(answer)).await
    }

    /// The same over TLS.
    pub(super) async fn start_tls(
        tls: ServerConfig,
        answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(TlsAcceptor::from(Arc::new(tls))), Arc::new(answer)).await
    }

    async fn listen(tls: Option<TlsAcceptor>, answer: Arc<Answering>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (seen, connections) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::default());
        let (requests, accepted) = (Arc::clone(&seen), Arc::clone(&connections));
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                AtomicUsize::fetch_add(&accepted, 1, Ordering::SeqCst);
                let (requests, answer) = (Arc::clone(&requests), Arc::clone(&answer));
                let tls = tls.clone();
                tokio::spawn(async move {
                    let Some(tls) = tls else { return converse(stream, &requests, &*answer).await };
                    // Whoever does not trust the certificate ends the handshake.
                    if let Ok(stream) = tls.accept(stream).await {
                        converse(stream, &requests, &*answer).await;
                    }
                });
            }
        });
        Self { url, seen, connections, listening }
    }

    /// How many connections were begun.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

type Answering = dyn Fn(&Seen, usize) -> Reply + Send + Sync;

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    requests: &Mutex<Vec<Seen>>,
    answer: &Answering,
) {
    let Some(seen) = request(&mut stream).await else { return };
    let number = {
        let mut requests = requests.lock().unwrap();
        requests.push(seen.clone());
        requests.len()
    };
    match answer(&seen, number) {
        Reply::Answer { status, headers, body } => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} S\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
            );
            // Whoever has what it wanted may leave before the end.
            let _ = stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await;
            let _ = stream.shutdown().await;
        }
        Reply::Begun => {
            let _ = stream.write_all(b"HTTP/1.1 200 S\r\nContent-Length: 9\r\n\r\n{").await;
            let _ = stream.flush().await;
            let _ = stream.read(&mut [0]).await;
        }
        Reply::Silence => {
            // Until the other side gives up.
            let _ = stream.read(&mut [0]).await;
        }
        Reply::Cut => {}
    }
}

async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(head) = request.parse(&bytes).unwrap() else { continue };
        let line = format!("{} {}", request.method?, request.path?);
        let headers: BTreeMap<String, String> = request
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_lowercase(), value)
            })
            .collect();
        let length: usize = headers["content-length"].parse().unwrap();
        let mut body = bytes.split_off(head);
        let begun = body.len();
        body.resize(length, 0);
        stream.read_exact(&mut body[begun..]).await.ok()?;
        return Some(Seen { line, headers, body });
    }
}
