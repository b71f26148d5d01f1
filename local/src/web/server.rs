//! The console's connections.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer::{self, Answer};
use super::{Web, routes};

/// Largest request: the gateway's 10 MiB in base64, and then some.
const MAX_REQUEST: usize = 16 << 20;

/// Pause after a connection could not be accepted (no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Serves until told to stop; then every connection ends at once, since browsers follow requests as
/// long as they may.
pub(super) async fn serve(
    listener: TcpListener,
    web: Arc<Web>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = until_stopped(&mut stopped) => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => _ = connections.spawn(connection(stream, Arc::clone(&web))),
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that nobody can stop it any more: the same thing.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn connection(stream: TcpStream, web: Arc<Web>) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let web = Arc::clone(&web);
        async move { Ok::<_, Infallible>(respond(&web, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // A browser that went away.
    let _ = connection.await;
}

async fn respond(web: &Web, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let answer = match web.guard.admit(&head) {
        Err(refusal) => refusal.into(),
        Ok(()) if head.method == Method::POST => match read(body).await {
            Ok(body) => routes::change(web, &head, body).await,
            Err(answer) => answer,
        },
        Ok(()) => routes::show(web, &head).await,
    };
    answer::secured(answer, &web.storage())
}

async fn read(body: Incoming) -> Result<Bytes, Answer> {
    match Limited::new(body, MAX_REQUEST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(_) => {
            let sentence = "The request is larger than the console takes, or did not arrive.";
            Err(answer::plain(StatusCode::PAYLOAD_TOO_LARGE, sentence))
        }
    }
}
