//! The laptop cloud as a whole: in which order its parts start, and in which they end.
//!
//! What can be refused without work is refused first: the document, the port, the data directory.
//! Only then the functions are built, and only when they are there and start does anything
//! answer. Whatever fails takes down what was started before it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use gateway::{DeployOptions, OptionError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::console::Console;
use crate::data_directory::{DataDirectory, DataDirectoryError};
use crate::document::{self, BrokenDocument};
use crate::function_log::LogFormat;
use crate::greeting::{self, Urls};
use crate::jobs::Jobs;
use crate::parts::{DeployError, Parts};
use crate::reload::Reload;
use crate::services::{Endpoints, ServiceError, Services};
use crate::watch::{Watch, WatchError};
use crate::web::{self, Site, Traces, WebError, WebListen};
use crate::workspace::{Workspace, WorkspaceError};

/// What to start, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// A folder of the Cargo workspace that holds the functions.
    pub workspace: PathBuf,
    /// Where Cargo puts the functions; where it puts everything else of the workspace if `None`.
    pub target: Option<PathBuf>,
    /// The OpenAPI document; `openapi/api.yaml` of the workspace if `None`.
    pub document: Option<PathBuf>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the console is.
    pub web: WebListen,
    /// Name of the stage.
    pub stage: String,
    /// Values of placeholders, before those derived from the document.
    pub set: Vec<(String, String)>,
    /// Where records live.
    pub records: Records,
    /// Whether to start although the gateway does not execute all of the document.
    pub allow_unsupported: bool,
    /// What surrounds the document.
    pub deploy: DeployOptions,
    /// Whether edits are picked up.
    pub reload: bool,
    /// How lines of functions are shown.
    pub log_format: LogFormat,
    /// Where all words go but those of Cargo, which are on standard error.
    pub console: Console,
}

/// Where records live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// In memory, until the end.
    Ephemeral,
    /// In `.lychgate` of the workspace.
    Workspace,
    /// In this folder.
    Directory(PathBuf),
}

impl Options {
    /// What `cargo run` does in this folder.
    pub fn new(workspace: impl Into<PathBuf>) -> Self {
        Self {
            workspace: workspace.into(),
            target: None,
            document: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            web: WebListen::Usual,
            stage: "local".to_owned(),
            set: Vec::new(),
            records: Records::Workspace,
            allow_unsupported: false,
            deploy: DeployOptions::default(),
            reload: true,
            log_format: LogFormat::Text,
            console: Console::stdout(),
        }
    }
}

/// Why the laptop cloud did not start. Nothing of it runs.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no workspace to build functions from.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The document is broken, or asks for what cannot be done here.
    #[error(transparent)]
    Document(#[from] BrokenDocument),
    /// Somebody else listens there.
    #[error(
        "port {} of {} is taken by another program\n\
         stop that one, or choose another port: --listen {}:PORT (0 takes any free one)",
        .0.port(), .0.ip(), host(.0.ip())
    )]
    PortTaken(SocketAddr),
    /// The address is not one to listen on.
    #[error("cannot listen on {address}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The console cannot be where it is to be.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    /// An embedded service does not run.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The functions do not build or do not start.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// Edits cannot be noticed.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// What surrounds the document cannot be so.
    #[error(transparent)]
    Deployment(#[from] OptionError),
}

/// A running laptop cloud. [`Cloud::stop`] ends it in order; dropping it ends it too, but waits
/// for nothing.
#[derive(Debug)]
pub struct Cloud {
    /// What every path goes behind: `http://127.0.0.1:3000/local`.
    pub base_url: String,
    /// Where the console is: `http://127.0.0.1:3001`; `None` without one.
    pub console_url: Option<String>,
    /// Where the embedded services answer.
    pub endpoints: Endpoints,
    web: Option<web::Server>,
    parts: Arc<Parts>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    reloading: Option<JoinHandle<()>>,
    // Unlocked last.
    _data: Option<DataDirectory>,
}

impl Cloud {
    /// Starts everything; answers when requests are answered.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let workspace = Workspace::find(&options.workspace)?;
        let path = document_path(&options, &workspace);
        let written = document::open(&path, &workspace)?;
        let listener = listen(options.listen).await?;
        let page = web::bind(options.web).await?;
        let base_url = base_url(&listener, &options)?;
        let data = open_records(&options, &workspace)?;
        let jobs = Jobs::new(options.console.clone());
        let (services, object_events) = Services::start(data.as_ref(), &jobs)?;
        let endpoints = services.endpoints();

        let traces = Traces::new();
        let heard = page.as_ref().map(|_| &traces);
        let (root, told) = (workspace.root(), jobs.clone());
        let parts = Parts::new(&options, root, services, object_events, told, heard)?;
        let parts = Arc::new(parts);
        let plan = parts.fill(written, &options.set)?;
        options.console.say_findings(&plan.source, &plan.warnings);
        // Before the first build, so that no edit made during it goes unnoticed.
        let watch = options.reload.then(|| Watch::start(&path, &workspace, &plan.programs()));
        let watch = watch.transpose()?;

        let gateway = parts.prepare(&plan)?;
        options.console.say_findings(&plan.source, gateway.diagnostics());
        if let Err(error) = parts.deploy(&plan).await {
            // Some functions may run already.
            parts.end().await;
            return Err(error.into());
        }

        let notes = gateway.notes();
        let (gateways, newest) = watch::channel(Arc::new(gateway));
        let (stop, stopped) = watch::channel(false);
        let serving =
            tokio::spawn(gateway::serve(listener, newest.clone(), until_stopped(stopped)));
        let (plans, newest_plan) = watch::channel(Arc::new(plan.clone()));
        let (base, shared, gateway) = (base_url.clone(), parts.clone(), newest);
        let site = Site { plan: newest_plan, base_url: base, gateway, parts: shared, jobs, traces };
        let web = page.map(|listener| web::Server::start(listener, site)).transpose();
        let web = web.map_err(|source| StartError::Listen { address: options.listen, source })?;
        let console_url = web.as_ref().map(web::Server::url);
        let api_key = parts.api_key();
        let urls = Urls { api: &base_url, console: console_url.as_deref(), services: &endpoints };
        options.console.say(greeting::text(&options, &plan, &urls, api_key, &notes));
        let reloading = watch.map(|watch| {
            let (parts, base_url) = (parts.clone(), base_url.clone());
            let reload = Reload { options, document: path, base_url, parts, gateways, plans, plan };
            tokio::spawn(reload.run(watch))
        });
        Ok(Self {
            base_url,
            console_url,
            endpoints,
            web,
            parts,
            stop,
            serving,
            reloading,
            _data: data,
        })
    }

    /// Stops answering, lets requests under way finish, ends every function and the services.
    pub async fn stop(mut self) {
        if let Some(reloading) = self.reloading.take() {
            reloading.abort();
            // With the task a build it may be at ends as well.
            let _ = reloading.await;
        }
        if let Some(web) = self.web.take() {
            web.stop().await;
        }
        // What nobody waits for is not begun any more.
        self.parts.stop_events();
        let _ = self.stop.send(true);
        // An error is a panic over there, reported there.
        let _ = (&mut self.serving).await;
        self.parts.end().await;
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(reloading) = &self.reloading {
            reloading.abort();
        }
        self.serving.abort();
    }
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody can stop us any more: the same thing.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// The document; as a path from the current folder if it lies below, which reads better.
fn document_path(options: &Options, workspace: &Workspace) -> PathBuf {
    let path = match &options.document {
        Some(path) => path.clone(),
        None => workspace.root().join("openapi").join("api.yaml"),
    };
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&current).map_or(path.clone(), PathBuf::from)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Listen { address, source },
    })
}

fn base_url(listener: &TcpListener, options: &Options) -> Result<String, StartError> {
    let address = listener
        .local_addr()
        .map_err(|source| StartError::Listen { address: options.listen, source })?;
    Ok(format!("http://{}:{}/{}", host(address.ip()), address.port(), options.stage))
}

/// The address as a URL has it; one that means "every interface" is reached by loopback.
fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => format!("[{}]", Ipv6Addr::LOCALHOST),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn open_records(
    options: &Options,
    workspace: &Workspace,
) -> Result<Option<DataDirectory>, DataDirectoryError> {
    let path = match &options.records {
        Records::Ephemeral => return Ok(None),
        Records::Workspace => workspace.root().join(".lychgate"),
        Records::Directory(path) => path.clone(),
    };
    DataDirectory::open(&path).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_is_reached_by_loopback() {
        for (ip, expected) in [
            ("0.0.0.0", "127.0.0.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("::", "[::1]"),
            ("2001:db8::1", "[2001:db8::1]"),
        ] {
            assert_eq!(host(ip.parse().unwrap()), expected);
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_way_out() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        let message = listen(address).await.unwrap_err().to_string();
        assert!(message.contains(&format!("port {} of 127.0.0.1", address.port())), "{message}");
        assert!(message.contains("--listen 127.0.0.1:PORT"), "{message}");
    }
}
