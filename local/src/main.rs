//! `local`, what `cargo run` starts: see `--help`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser as _;
use gateway::{Backlog, Signals};
use local::args::Args;
use local::{Cloud, Options};
use tracing_subscriber::EnvFilter;

/// What shells report of a program that Ctrl-C ended.
const FORCED: u8 = 130;

fn main() -> ExitCode {
    let args = Args::parse();
    let log = watch_log();
    let outcome = run(args);
    log.settle();
    outcome.unwrap_or_else(|error| {
        say_last(&error);
        ExitCode::FAILURE
    })
}

/// The last words are on standard error, so that they are seen wherever the rest goes.
#[allow(clippy::print_stderr, reason = "nothing else may show why the program ends")]
fn say_last(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

/// What is logged unless RUST_LOG asks for something else: warnings of the parts. To dynoxide and s3s
/// every request that is refused is one, which a condition that does not hold is too, and functions
/// say better what they could not do.
const LOGGED: &str = "warn,dynoxide=error,s3s=off";

fn watch_log() -> Arc<Backlog> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let log = Arc::new(Backlog::new(std::io::stderr()));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Arc::clone(&log))
        .compact()
        .init();
    log
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    let directory = std::env::current_dir().context("cannot tell the current folder")?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(serve(args.options(directory)))
}

async fn serve(options: Options) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let console = options.console.clone();
    let cloud = tokio::select! {
        cloud = Cloud::start(options) => cloud?,
        // Dropped half-way, the start takes down what it started.
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    signals.next().await;
    console.say("\nstopping; once more to force");
    tokio::select! {
        () = cloud.stop() => Ok(ExitCode::SUCCESS),
        () = signals.next() => Ok(ExitCode::from(FORCED)),
    }
}
