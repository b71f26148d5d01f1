//! Command line of the gateway: one document, one stage, functions as processes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Parser;
use gateway::function::{self, FunctionSpec, Functions};
use gateway::{Backlog, DeployOptions, Gateway, LogOutput, LogOutputs, Signals, Stage};
use indexmap::IndexMap;
use openapi::model::FunctionReference;
use openapi::{Api, Diagnostic, Placeholders, Reading, RenderFormat};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Longest run of a function whose document does not declare a timeout.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);

/// Executes an OpenAPI document as an API Gateway REST API.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The OpenAPI document.
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// Where to accept connections.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000")]
    listen: String,
    /// The stage: first segment of every path.
    #[arg(long, value_name = "NAME", default_value = "dev", value_parser = Stage::check_name)]
    stage: String,
    /// A stage variable; may be repeated.
    #[arg(long = "stage-variable", value_name = "NAME=VALUE", value_parser = pair)]
    stage_variables: Vec<(String, String)>,
    /// The command that runs a function, split as a shell would; may be repeated. NAME is the
    /// function's name in the ARN of the integration or authorizer that calls it.
    #[arg(long = "function", value_name = "NAME=COMMAND", value_parser = command)]
    functions: Vec<(String, Vec<String>)>,
    /// A value for the placeholder ${NAME} of the document; may be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    placeholders: Vec<(String, String)>,
    /// Start even if the document asks for something that is not executed: operations with unknown
    /// integrations, or authorizers that cannot work, answer with status 500.
    #[arg(long)]
    allow_unsupported: bool,
    #[command(flatten)]
    deploy: DeployOptions,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

fn command(text: &str) -> Result<(String, Vec<String>), String> {
    let (name, command) = pair(text).map_err(|_| "write it as NAME=COMMAND")?;
    let words = shlex::split(&command).ok_or("a quotation mark in the command is not closed")?;
    if words.is_empty() {
        return Err("the command is empty".to_owned());
    }
    Ok((name, words))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("gateway=info"));
    let log = Arc::new(Backlog::new(std::io::stderr()));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(Arc::clone(&log)).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime
        .context("the asynchronous runtime did not start")
        .and_then(|runtime| runtime.block_on(run(arguments, &log)));
    let code = outcome.unwrap_or_else(|error| {
        tracing::error!("{error:#}");
        ExitCode::FAILURE
    });
    log.settle();
    code
}

async fn run(arguments: Arguments, log: &Arc<Backlog>) -> anyhow::Result<ExitCode> {
    let mut reading = read(&arguments.document, &arguments.placeholders);
    report(&reading, &reading.diagnostics);
    let Some(api) = reading.api.take() else { return Ok(ExitCode::FAILURE) };

    let stage = Stage {
        name: arguments.stage,
        variables: arguments.stage_variables.into_iter().collect::<IndexMap<_, _>>(),
    };
    let specs = specs(&api, &stage, arguments.functions);
    let functions = Arc::new(Functions::new(specs, function::stderr()));
    let outputs = LogOutputs {
        execution: to(Arc::clone(log)),
        access: to(Arc::new(Backlog::new(std::io::stdout()))),
    };
    let account = arguments.deploy.account(functions.clone(), outputs)?;
    let deployed = if arguments.allow_unsupported {
        Ok(Gateway::allowing_unsupported(api, stage, account))
    } else {
        Gateway::new(api, stage, account)
    };
    let gateway = match deployed {
        Ok(gateway) => gateway,
        Err(refused) => {
            report(&reading, &refused);
            return Ok(ExitCode::FAILURE);
        }
    };
    report(&reading, gateway.diagnostics());

    // Before the first connection: its answer may be all that a signal waits for.
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let listener = bind(&arguments.listen).await?;
    let address = listener.local_addr().context("the listener has no address")?;
    tracing::info!("listening on http://{address}/{}", gateway.stage().name);
    for note in gateway.notes() {
        tracing::info!("{note}");
    }
    let (_sender, gateways) = watch::channel(Arc::new(gateway));
    gateway::serve(listener, gateways, async move { signals.next().await }).await;
    functions.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Logs about requests wait in line with everything else that is written there.
fn to(backlog: Arc<Backlog>) -> LogOutput {
    Arc::new(move |text| backlog.say(text))
}

/// Findings go to stderr; stdout is the access log's.
#[allow(clippy::print_stderr, reason = "excerpts of the document are not log lines")]
fn report(reading: &Reading, found: &[Diagnostic]) {
    if !found.is_empty() {
        eprintln!("{}", openapi::render(&reading.source, found, RenderFormat::Text));
    }
}

/// Reads the document; placeholders that it declares have the defaults it says, unless they are set.
fn read(document: &Path, set: &[(String, String)]) -> Reading {
    let given: Placeholders = set.iter().cloned().collect();
    let reading = openapi::read(document, &given);
    let mut filled = given.clone();
    for (name, default) in reading.api.iter().flat_map(|api| api.lychgate.defaults()) {
        if given.get(name).is_none() {
            filled.insert(name, default);
        }
    }
    if filled == given {
        return reading;
    }
    openapi::parse(reading.source.name(), reading.source.text(), &filled)
}

/// The functions with what the document's `x-lychgate` declares about them. Says which functions
/// and commands do not fit together.
fn specs(api: &Api, stage: &Stage, commands: Vec<(String, Vec<String>)>) -> Vec<FunctionSpec> {
    let used: Vec<FunctionReference> =
        api.called_functions().map(|(function, _)| stage.function(function)).collect();
    let mut missing: Vec<&str> = Vec::new();
    for function in &used {
        let is_served =
            commands.iter().any(|(name, _)| *name == function.key || *name == function.name);
        if !is_served && !missing.contains(&function.name.as_str()) {
            missing.push(&function.name);
            tracing::warn!(
                "no --function {}=COMMAND is given: operations it serves or guards answer with status 500",
                function.name
            );
        }
    }
    commands
        .into_iter()
        .map(|(name, command)| {
            let reference = used.iter().find(|used| used.key == name || used.name == name);
            if reference.is_none() {
                tracing::warn!("the document calls no function named {name}");
            }
            let key = reference.map_or(name.as_str(), |reference| &reference.key);
            let declared = api.lychgate.functions.get(key);
            let mut spec = FunctionSpec::new(&name, command);
            spec.timeout = FUNCTION_TIMEOUT;
            if let Some(declared) = declared {
                spec.timeout = Duration::from_secs(declared.timeout_seconds.into());
                spec.memory_mb = declared.memory_mb;
                spec.environment = declared
                    .environment
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
            }
            spec
        })
        .collect()
}

async fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(listen)
        .await
        .with_context(|| format!("--listen {listen} is not HOST:PORT"))?
        .collect();
    match TcpListener::bind(&addresses[..]).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(anyhow!("{listen} is taken by another program; pass another --listen HOST:PORT"))
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {listen}")),
    }
}
