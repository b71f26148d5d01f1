//! How fast proposals are taken in, next to writing the same bytes to the same S3 in the same run.
//!
//! ```text
//! export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=3
//! cargo bench -p local --bench ingest                          payloads of 1 KB, 1 MB, 9 MB and 100 MB
//! cargo bench -p local --bench ingest -- --sizes 2147483648 --rounds 1
//! cargo bench -p local --bench ingest -- --hold-intake         submissions wait in the queue: nothing reads them meanwhile
//! ```
//!
//! The laptop cloud runs here, its functions and the callers are processes of their own. Callers take
//! turns, round by round: one submits payloads and waits for the proposals, the other puts as many
//! bytes to S3 by presigned links, which is the floor. Compare ratios: the machine does other things
//! besides. The variables spare the functions a build that takes minutes.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

mod floor;
mod ingest;
mod usage;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use local::{Cloud, Console, Options, Records};
use serde::{Deserialize, Serialize};

/// What a process that is started again is to do.
const ROLE: &str = "LYCHGATE_BENCH_ROLE";
const TASK: &str = "LYCHGATE_BENCH_TASK";

/// What a caller is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Task {
    base_url: String,
    s3: String,
    /// Names of proposals and objects begin with it.
    prefix: String,
    /// Bytes of a payload.
    size: u64,
    count: usize,
    concurrency: usize,
    /// Whether to wait until proposals are kept.
    wait: bool,
}

/// What a caller took: seconds, and its peak resident set in MiB.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Took {
    /// Until everything was sent and received.
    submitted: f64,
    /// Until every proposal was kept.
    kept: f64,
    memory: f64,
}

/// What is asked for.
#[derive(Debug)]
struct Asked {
    sizes: Vec<u64>,
    rounds: usize,
    /// Bytes of all payloads of a size.
    total: u64,
    /// Whether the intake has to wait until all is over.
    hold_intake: bool,
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    match std::env::var(ROLE).as_deref() {
        Ok("ingest") => return tell(runtime.block_on(ingest::run(&task()?))?),
        Ok("floor") => return tell(runtime.block_on(floor::run(&task()?))?),
        Ok(role) => anyhow::bail!("unknown role {role}"),
        Err(_) => {}
    }
    // Without `--bench`, which cargo adds, this is `cargo test --all-targets`: nothing to time.
    match asked(std::env::args().skip(1))? {
        Some(asked) => runtime.block_on(run(&asked)),
        None => Ok(()),
    }
}

fn asked(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Asked>> {
    let sizes = vec![1000, 1_000_000, 9_000_000, 100_000_000];
    let mut asked = Asked { sizes, rounds: 3, total: 400_000_000, hold_intake: false };
    let mut bench = false;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--bench" => bench = true,
            "--hold-intake" => asked.hold_intake = true,
            "--rounds" => asked.rounds = value()?.parse().context("--rounds")?,
            "--total" => asked.total = value()?.parse().context("--total")?,
            "--sizes" => {
                let sizes = value()?.split(',').map(str::parse).collect::<Result<_, _>>();
                asked.sizes = sizes.context("--sizes")?;
            }
            other => anyhow::bail!("unknown option {other}"),
        }
    }
    anyhow::ensure!(asked.rounds > 0, "--rounds must be at least 1");
    Ok(bench.then_some(asked))
}

async fn run(asked: &Asked) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
    println!(
        "| payload | at a time | MB/s kept | MB/s submitted | floor MB/s | submitted × floor | kept × floor | client MiB | `proposals` MiB | `proposal-intake` MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for size in &asked.sizes {
        // Anew for each size, so that peaks are of this size.
        let folder = tempfile::tempdir()?;
        let mut options = Options::new(root);
        options.listen.set_port(0);
        options.records = Records::Directory(folder.path().join("data"));
        options.reload = false;
        options.console = Console::captured().0;
        if asked.hold_intake {
            options.document = Some(with_slow_queue(root, folder.path())?);
        }
        let cloud = Cloud::start(options).await?;
        let most = usize::try_from(asked.total / size)?;
        let mut task = Task {
            base_url: cloud.base_url.clone(),
            s3: cloud.endpoints.s3.clone(),
            prefix: String::new(),
            size: *size,
            count: most.clamp(1, 2000),
            concurrency: 16.min(most.max(1)),
            wait: !asked.hold_intake,
        };
        let (mut ingests, mut floors) = (Vec::new(), Vec::new());
        for round in 0..asked.rounds {
            task.prefix = format!("r{round}");
            ingests.push(call("ingest", &task).await?);
            floors.push(call("floor", &task).await?);
        }
        report(&task, &ingests, &floors);
        cloud.stop().await;
    }
    Ok(())
}

/// The document, but for submissions that nobody sees for a quarter of an hour.
fn with_slow_queue(root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let text = std::fs::read_to_string(root.join("openapi/api.yaml"))?;
    let queue = "    proposalSubmissions:\n      maxReceives:";
    anyhow::ensure!(text.contains(queue), "the document's queue looks different");
    let slow =
        text.replace(queue, "    proposalSubmissions:\n      delay: 900\n      maxReceives:");
    let path = folder.join("api.yaml");
    std::fs::write(&path, slow)?;
    Ok(path)
}

/// Has a process of its own do something.
async fn call(role: &'static str, task: &Task) -> anyhow::Result<Took> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env(ROLE, role).env(TASK, serde_json::to_string(task)?).stderr(Stdio::inherit());
    let output =
        tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output()).await??;
    anyhow::ensure!(output.status.success(), "{role} failed: {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn task() -> anyhow::Result<Task> {
    Ok(serde_json::from_str(&std::env::var(TASK)?)?)
}

fn tell(took: Took) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(&took)?);
    Ok(())
}

fn report(task: &Task, ingests: &[Took], floors: &[Took]) {
    let megabytes = task.size as f64 * task.count as f64 / 1e6;
    let pairs = || ingests.iter().zip(floors);
    let submitted = median(ingests.iter().map(|took| took.submitted));
    let kept = median(ingests.iter().map(|took| took.kept));
    let floor = median(floors.iter().map(|took| took.kept));
    let memory = ingests.iter().map(|took| took.memory).fold(0.0, f64::max);
    println!(
        "| {} | {} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} | {memory:.0} | {:.0} | {:.0} |",
        task.size,
        task.concurrency,
        megabytes / kept,
        megabytes / submitted,
        megabytes / floor,
        median(pairs().map(|(ingest, floor)| ingest.submitted / floor.kept)),
        median(pairs().map(|(ingest, floor)| ingest.kept / floor.kept)),
        usage::of_function(&task.s3, "proposals"),
        usage::of_function(&task.s3, "proposal-intake"),
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
