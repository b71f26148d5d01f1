//! A wire that breaks: passes bytes on to a server until so many have gone to it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a connection when it has had its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Both sides see it closed.
    Cut,
    /// Nobody sees anything: it stays open, and nothing goes through any more.
    Hang,
}

pub(crate) struct Proxy {
    port: u16,
    /// Bytes that went to the server, over all connections.
    sent: Arc<AtomicU64>,
    listening: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Each connection may send `share` bytes to the server.
    pub(crate) async fn start(server: u16, share: u64, end: End) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&sent);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await.unwrap();
                tokio::spawn(pass_on(client, server, share, end, Arc::clone(&counter)));
            }
        });
        Self { port, sent, listening }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn pass_on(
    mut client: TcpStream,
    mut server: TcpStream,
    mut share: u64,
    end: End,
    sent: Arc<AtomicU64>,
) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let upwards = async {
        let mut buffer = vec![0; 1 << 16];
        while share > 0 {
            let most = buffer.len().min(usize::try_from(share).unwrap_or(usize::MAX));
            match from_client.read(&mut buffer[..most]).await {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    if to_server.write_all(&buffer[..count]).await.is_err() {
                        return;
                    }
                    share -= count as u64;
                    sent.fetch_add(count as u64, Ordering::Relaxed);
                }
            }
        }
    };
    tokio::select! {
        () = upwards => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
    }
    if end == End::Hang {
        std::future::pending::<()>().await;
    }
}
