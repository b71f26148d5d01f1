//! Load: connections that send one request after another, on a thread of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const REQUEST: &[u8] = b"GET /dev/hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What the client saw; times in microseconds.
pub(crate) struct Load {
    pub(crate) requests: usize,
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Loads a server for `time` over `concurrency` connections.
pub(crate) fn run(address: SocketAddr, concurrency: usize, time: Duration) -> anyhow::Result<Load> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let begin = Instant::now();
        let mut connections = JoinSet::new();
        for _ in 0..concurrency {
            connections.spawn(connection(address, begin + time));
        }
        let mut latencies = Vec::new();
        while let Some(done) = connections.join_next().await {
            latencies.extend(done??);
        }
        let elapsed = begin.elapsed().as_secs_f64();
        latencies.sort_unstable();
        let at = |share: f64| {
            let index = (latencies.len() as f64 * share) as usize;
            latencies.get(index).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
        };
        anyhow::ensure!(!latencies.is_empty(), "not one request was answered in {time:?}");
        let requests = latencies.len();
        Ok(Load { requests, per_second: requests as f64 / elapsed, p50: at(0.5), p99: at(0.99) })
    })
}

async fn connection(address: SocketAddr, end: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut buffer = Vec::with_capacity(4096);
    while Instant::now() < end {
        let begin = Instant::now();
        stream.write_all(REQUEST).await?;
        answer(&mut stream, &mut buffer).await?;
        latencies.push(begin.elapsed());
    }
    Ok(latencies)
}

/// Reads one answer, which must be 200 and have a length.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    buffer.clear();
    loop {
        anyhow::ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&buffer[..head])?.to_ascii_lowercase();
        anyhow::ensure!(text.starts_with("http/1.1 200"), "unexpected answer: {text}");
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("an answer without length")?.parse()?;
        while buffer.len() < head + 4 + length {
            anyhow::ensure!(stream.read_buf(buffer).await? > 0, "the answer was cut off");
        }
        return Ok(());
    }
}
