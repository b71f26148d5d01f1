//! Accepts connections, and lets them finish when the service stops.

use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::front::Front;

/// How much of a body is read at once, in bytes: large, for large objects.
const BUFFER: usize = 1 << 20;

/// Serves until stopped; requests under way get `patience` to finish.
pub(super) async fn serve(
    socket: std::net::TcpListener,
    front: Front,
    stopped: watch::Receiver<bool>,
    patience: Duration,
) {
    let listener = match TcpListener::from_std(socket) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the embedded S3 cannot listen"),
    };
    let mut connections = JoinSet::new();
    let stop = wait_for_stop(stopped.clone());
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, front.clone(), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the embedded S3 cannot accept a connection");
                    // Out of file descriptors, most likely: some may come free.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
    let finish = async { while connections.join_next().await.is_some() {} };
    // Whoever is not done by then is cut off.
    let _ = tokio::time::timeout(patience, finish).await;
}

async fn connection(stream: TcpStream, front: Front, stopped: watch::Receiver<bool>) {
    // Answers go out at once; an error only makes them slower.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), front);
    tokio::pin!(connection);
    let served = tokio::select! {
        served = &mut connection => Some(served),
        () = wait_for_stop(stopped) => None,
    };
    let served = match served {
        Some(served) => served,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        // Clients go away as they like.
        tracing::debug!(%error, "a connection to the embedded S3 ended early");
    }
}

async fn wait_for_stop(mut stopped: watch::Receiver<bool>) {
    // An error means the sender is gone, which is a stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}
