//! What is compared, each a process of its own: axum, the gateway, and whatever else is named.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use gateway::{Account, Gateway, Stage, serve};
use openapi::Placeholders;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::document;
use crate::hello::{self, InProcess};

/// Says to this program, started again, which server to be.
pub(crate) const ROLE: &str = "LYCHGATE_BENCH_SERVER";
const AXUM: &str = "axum";
const IN_PROCESS: &str = "gateway";

/// A server that runs.
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// Its process; what it started belongs to it.
    pub(crate) process: u32,
    /// Those that were started here end here.
    child: Option<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // With the gateway's process its functions end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts what can be compared everywhere; the first is what the others are compared with.
pub(crate) fn start(program: &str) -> anyhow::Result<Vec<Server>> {
    Ok(vec![
        own("axum, no gateway", program, AXUM)?,
        own("gateway, function in its process", program, IN_PROCESS)?,
        gateway(program)?,
    ])
}

/// A server that somebody else started: `NAME=PROCESS@HOST:PORT`.
pub(crate) fn peer(text: &str) -> anyhow::Result<Server> {
    let parts = || {
        let (name, rest) = text.split_once('=')?;
        let (process, address) = rest.split_once('@')?;
        Some((name.to_owned(), process.parse().ok()?, address.parse().ok()?))
    };
    let (name, process, address) = parts().context("--peer NAME=PROCESS@ADDRESS:PORT")?;
    Ok(Server { name, address, process, child: None })
}

/// This program in another role.
fn own(name: &str, program: &str, role: &str) -> anyhow::Result<Server> {
    let mut child = Command::new(program).env(ROLE, role).stdout(Stdio::piped()).spawn()?;
    let mut address = String::new();
    BufReader::new(child.stdout.take().context("no output")?).read_line(&mut address)?;
    let address = address.trim().parse().with_context(|| format!("{role} does not start"))?;
    Ok(Server { name: name.to_owned(), address, process: child.id(), child: Some(child) })
}

/// The program `gateway` as anybody starts it, with this program as its function.
fn gateway(program: &str) -> anyhow::Result<Server> {
    let mut file = NamedTempFile::with_suffix(".json")?;
    file.write_all(document::plain().to_string().as_bytes())?;
    // It says its address on standard error, where a line for each request follows: to read those
    // would be work of ours.
    let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
        .arg("--document")
        .arg(file.path())
        .args(["--listen", &address.to_string(), "--function", &format!("hello='{program}'")])
        .stderr(Stdio::null())
        .spawn()?;
    while std::net::TcpStream::connect(address).is_err() {
        anyhow::ensure!(child.try_wait()?.is_none(), "the gateway does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    let name = "gateway, functions as processes".to_owned();
    Ok(Server { name, address, process: child.id(), child: Some(child) })
}

/// Is one of the servers, and says where.
#[tokio::main]
pub(crate) async fn be(role: &str) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    if role == AXUM {
        return hello::axum(listener).await;
    }
    let gateway = deploy(&document::plain(), InProcess::new())?;
    let (_sender, gateways) = watch::channel(Arc::new(gateway));
    serve(listener, gateways, std::future::pending()).await;
    Ok(())
}

/// A document at stage `dev`, with a function for all of it.
pub(crate) fn deploy(
    document: &serde_json::Value,
    function: impl gateway::invoke::Invoke + 'static,
) -> anyhow::Result<Gateway> {
    let reading = openapi::parse("bench.json", &document.to_string(), &Placeholders::none());
    let Some(api) = reading.api else { anyhow::bail!("{:?}", reading.diagnostics) };
    let stage = Stage { name: "dev".to_owned(), ..Stage::default() };
    Gateway::new(api, stage, Account::new(Arc::new(function)))
        .map_err(|found| anyhow::anyhow!("the document is refused: {found:?}"))
}
