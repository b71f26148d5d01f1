//! The console: a page of the laptop cloud's own, where every operation of the document can be called
//! and followed. (`console.rs` is the terminal.)
//!
//! ```text
//! browser ──▶ server ──▶ guard ──▶ routes ──▶ operations, try_it ──▶ gateway
//!                                      ├──▶ sign_in ──▶ user pools
//!                                      └──▶ traces ◀── the gateway's execution log
//! ```
//!
//! It is made from the document as the gateway executes it, reloads included. Only this machine reaches
//! it, and of this machine's browsers only its own pages ([`guard`]). Templates escape what they show;
//! the script writes text, never markup.

mod answer;
mod assets;
mod browse;
mod fields;
mod frame;
mod guard;
mod inputs;
mod listen;
mod loopback;
mod operations;
mod problem;
mod routes;
mod schema_rows;
mod server;
mod sign_in;
mod traces;
mod try_it;

use std::net::SocketAddr;
use std::sync::Arc;

use gateway::Gateway;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use guard::Guard;
pub(crate) use listen::bind;
pub use listen::{WebError, WebListen};
pub(crate) use traces::Traces;

use crate::jobs::Jobs;
use crate::parts::Parts;
use crate::plan::Plan;

/// What the pages show.
pub(crate) struct Site {
    /// What the document says at the moment.
    pub(crate) plan: watch::Receiver<Arc<Plan>>,
    /// Where the API answers.
    pub(crate) base_url: String,
    /// Which answers at the moment.
    pub(crate) gateway: watch::Receiver<Arc<Gateway>>,
    pub(crate) parts: Arc<Parts>,
    pub(crate) jobs: Jobs,
    pub(crate) traces: Traces,
}

/// The console as it is served.
struct Web {
    site: Site,
    guard: Guard,
}

impl Web {
    /// The document as it is now; a page is of one state of it.
    fn plan(&self) -> Arc<Plan> {
        self.site.plan.borrow().clone()
    }

    fn gateway(&self) -> Arc<Gateway> {
        self.site.gateway.borrow().clone()
    }

    /// `HOST:PORT` of the gateway.
    fn authority(&self) -> &str {
        self.site.base_url.split('/').nth(2).unwrap_or_default()
    }

    /// The origins of the embedded S3, by address and by buckets' names.
    fn storage(&self) -> String {
        let s3 = &self.site.parts.endpoints().s3;
        let port = s3.rsplit(':').next().unwrap_or_default();
        format!("{s3} http://localhost:{port} http://*.localhost:{port}")
    }
}

/// A running console; dropping it ends it at once.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Serves the site on this listener.
    pub(crate) fn start(listener: TcpListener, site: Site) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let web = Arc::new(Web { site, guard: Guard::new(address) });
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server::serve(listener, web, stopped));
        Ok(Self { address, stop, serving })
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends every connection, those that follow requests included.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.send(true);
        // An error is a panic over there, reported there.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
