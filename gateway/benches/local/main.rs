//! How fast the local gateway is, next to a bare hyper server in the same run.
//!
//! ```text
//! cargo bench -p gateway                                        the defaults
//! cargo bench -p gateway -- --rounds 9 --concurrency 1,8 --workers 2
//! cargo bench -p gateway -- target/lambda/users/bootstrap ...   also: time to start, and size
//! ```
//!
//! Servers take turns, round by round, so that whatever else the machine does hits all of them;
//! the ratios are what to compare between machines. The function is a real one on
//! `lambda_runtime`: this program, started again as a process of the emulated Lambda service.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

mod hello;
mod init;
mod load;
mod servers;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;

use load::Sample;

struct Options {
    rounds: usize,
    time: Duration,
    concurrency: Vec<usize>,
    workers: usize,
    binaries: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return hello::run();
    }
    // Without `--bench`, which cargo adds, this is `cargo test --all-targets`: nothing to time.
    let Some(options) = options(std::env::args().skip(1))? else { return Ok(()) };
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let servers = runtime.block_on(servers::start(own.clone(), options.workers))?;
    for concurrency in &options.concurrency {
        compare(&servers.addresses(), *concurrency, &options)?;
    }
    runtime.block_on(servers.stop());
    println!("\ntime from spawn to the first GET /next");
    init::report("hello (this program)", &own, false)?;
    for binary in &options.binaries {
        init::report(binary, binary, true)?;
    }
    Ok(())
}

fn options(arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Options>> {
    let mut arguments = arguments.peekable();
    let mut options = Options {
        rounds: 5,
        time: Duration::from_secs(1),
        concurrency: vec![1, 64],
        workers: gateway::function::default_concurrency(),
        binaries: Vec::new(),
    };
    let mut bench = false;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--bench" => bench = true,
            "--rounds" => options.rounds = value()?.parse().context("--rounds")?,
            "--seconds" => options.time = Duration::from_secs_f64(value()?.parse()?),
            "--concurrency" => {
                let list = value()?.split(',').map(str::parse).collect::<Result<_, _>>();
                options.concurrency = list.context("--concurrency")?;
            }
            "--workers" => options.workers = value()?.parse().context("--workers")?,
            flag if flag.starts_with('-') => anyhow::bail!("unknown option {flag}"),
            binary => options.binaries.push(binary.to_owned()),
        }
    }
    anyhow::ensure!(options.rounds > 0, "--rounds must be at least 1");
    Ok(bench.then_some(options))
}

/// Runs all servers in turn and prints the median round of each.
fn compare(
    servers: &[(&'static str, SocketAddr)],
    concurrency: usize,
    options: &Options,
) -> anyhow::Result<()> {
    let mut samples = vec![Vec::new(); servers.len()];
    for (_, address) in servers {
        load::run(*address, concurrency, Duration::from_millis(300))?; // warm
    }
    for round in 0..options.rounds {
        // Each round begins with another server, so that none is always first.
        for turn in 0..servers.len() {
            let index = (turn + round) % servers.len();
            samples[index].push(load::run(servers[index].1, concurrency, options.time)?);
        }
    }
    let medians: Vec<Sample> = samples.iter_mut().map(|rounds| median(rounds)).collect();
    let floor = medians[0];
    println!("\nconcurrency {concurrency}, median of {} rounds", options.rounds);
    println!(
        "{:<34} {:>9} {:>9} {:>9} {:>8} {:>8}",
        "server", "req/s", "p50 us", "p99 us", "x req/s", "x p50"
    );
    for ((name, _), sample) in servers.iter().zip(&medians) {
        println!(
            "{name:<34} {:>9.0} {:>9.0} {:>9.0} {:>8.3} {:>8.2}",
            sample.per_second,
            sample.p50,
            sample.p99,
            sample.per_second / floor.per_second,
            sample.p50 / floor.p50,
        );
    }
    Ok(())
}

/// Each figure's own median.
fn median(rounds: &mut [Sample]) -> Sample {
    let mut middle = |figure: fn(&Sample) -> f64| {
        rounds.sort_by(|a, b| figure(a).total_cmp(&figure(b)));
        figure(&rounds[rounds.len() / 2])
    };
    Sample {
        per_second: middle(|sample| sample.per_second),
        p50: middle(|sample| sample.p50),
        p99: middle(|sample| sample.p99),
    }
}
