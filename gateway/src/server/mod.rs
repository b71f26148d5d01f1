//! Server: HTTP/1.1 on a socket, with limits, until told to stop.

mod connection;
mod heads;
mod sent;
mod timer;
mod wire;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::gateway::Gateway;
use connection::Connection;

/// The gateway that answers; each request takes the newest one, so that a changed document can be
/// swapped in while the server runs: `sender.send_replace(Arc::new(gateway))`.
pub type Gateways = watch::Receiver<Arc<Gateway>>;

/// Connections served at a time; more wait in the listener's backlog.
const MAX_CONNECTIONS: u32 = 4096;
/// How long connections may finish their requests after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// Pause when the process has no file descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` completes; then accepts no more and lets requests in flight finish.
pub async fn serve(listener: TcpListener, gateways: Gateways, shutdown: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (stop, stopped) = watch::channel(false);
    tokio::select! {
        () = accept(&listener, &gateways, &slots, &stopped) => {}
        () = shutdown => {}
    }
    drop(listener);
    stop.send_replace(true);
    // Every connection holds a slot.
    let all_closed = slots.acquire_many(MAX_CONNECTIONS);
    if tokio::time::timeout(DRAIN, all_closed).await.is_err() {
        tracing::warn!("requests still run after {DRAIN:?}; giving up on them");
    }
}

async fn accept(
    listener: &TcpListener,
    gateways: &Gateways,
    slots: &Arc<Semaphore>,
    stopped: &watch::Receiver<bool>,
) {
    loop {
        // The semaphore is never closed.
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let connection = Connection::new(peer, gateways.clone());
                let stopped = stopped.clone();
                tokio::spawn(async move {
                    connection.serve(stream, stopped).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
