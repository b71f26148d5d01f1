//! An HTTP endpoint that a test looks at and speaks for.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A request as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Number of the connection, from 0.
    pub(crate) connection: usize,
    /// For example `GET /a?b=c HTTP/1.1`.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// Every value of a header whose name has this very letter case.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Names of all headers, in order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Says what goes back over the wire: a whole answer, or any other bytes. Nothing closes the
/// connection.
pub(crate) type Speak = dyn Fn(&Seen) -> Vec<u8> + Send + Sync;

/// A running endpoint.
pub(crate) struct HttpStub {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl HttpStub {
    pub(crate) async fn start(speak: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, speak): (_, Arc<Speak>) = (Arc::clone(&seen), Arc::new(speak));
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(converse(stream, connection, Arc::clone(&log), Arc::clone(&speak)));
            }
        });
        Self { port, seen }
    }

    /// Answers everything with 200 and this head and body.
    pub(crate) async fn answering(headers: &str, body: &str) -> Self {
        let answer = answer(200, headers, body);
        Self::start(move |_| answer.clone()).await
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://127.0.0.1:{}{target}", self.port)
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request so far.
    pub(crate) fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

/// An answer with header lines that each end in CRLF.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Serves one connection until the client closes it.
pub(crate) async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    log: Arc<Mutex<Vec<Seen>>>,
    speak: Arc<Speak>,
) {
    let mut read = Vec::new();
    while let Some(seen) = next(&mut stream, &mut read, connection).await {
        let reply = speak(&seen);
        log.lock().unwrap().push(seen);
        if reply.is_empty() || stream.write_all(&reply).await.is_err() {
            return;
        }
        let _ = stream.flush().await;
    }
}

async fn next(
    stream: &mut (impl AsyncRead + Unpin),
    read: &mut Vec<u8>,
    connection: usize,
) -> Option<Seen> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        (stream.read_buf(read).await.ok()? > 0).then_some(())?;
    };
    let head = String::from_utf8(read.drain(..end).collect()).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.trim().to_owned());
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(':').map(own)).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |(_, length)| length.parse().unwrap());
    while read.len() < length {
        (stream.read_buf(read).await.ok()? > 0).then_some(())?;
    }
    Some(Seen { connection, line, headers, body: read.drain(..length).collect() })
}
