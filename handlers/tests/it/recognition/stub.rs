//! An HTTP server that answers as it is told and remembers what it was asked.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to a request.
pub(super) enum Reply {
    Answer {
        status: u16,
        headers: &'static str,
        body: String,
    },
    /// Nothing comes, and the connection stays.
    Silence,
    /// The connection ends.
    Cut,
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Answer { status, headers: "", body: body.into() }
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
    listening: JoinHandle<()>,
}

impl Stub {
    /// Answers each request with what `answer` makes of it and of its number, from 1.
    pub(super) async fn start(
        answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, answer) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::new(answer));
        let requests = Arc::clone(&seen);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (requests, answer) = (Arc::clone(&requests), Arc::clone(&answer));
                tokio::spawn(async move { converse(stream, &requests, &*answer).await });
            }
        });
        Self { url, seen, listening }
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

async fn converse(
    mut stream: TcpStream,
    requests: &Mutex<Vec<Seen>>,
    answer: &(dyn Fn(&Seen, usize) -> Reply + Send + Sync),
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
        }
        Reply::Silence => {
            // Until the other side gives up.
            let _ = stream.read(&mut [0]).await;
        }
        Reply::Cut => {}
    }
}

async fn request(stream: &mut TcpStream) -> Option<Seen> {
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
