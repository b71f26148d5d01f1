//! How fast the local gateway is, next to a server without gateway in the same run.
//!
//! ```text
//! cargo bench -p gateway                                        the defaults
//! cargo bench -p gateway -- --rounds 9 --seconds 2 --concurrency 1,8
//! cargo bench -p gateway -- --peer NAME=PROCESS@ADDRESS:PORT    also: another server of /dev/hello
//! cargo bench -p gateway -- target/lambda/users/bootstrap ...   also: time to start, and size
//! gateway/benches/serverless_offline/run [OPTION...]            all this beside serverless-offline
//! ```
//!
//! Servers take turns, round by round, so that whatever else the machine does hits all of them;
//! the ratios are what to compare between machines. Each is a process of its own; the function is a
//! real one on `lambda_runtime`: this program, started again.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

mod compare;
mod document;
mod hello;
mod init;
mod load;
mod servers;
mod stages;
mod usage;

use std::time::Duration;

use anyhow::Context as _;

struct Options {
    rounds: usize,
    time: Duration,
    concurrency: Vec<usize>,
    peers: Vec<servers::Server>,
    binaries: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return hello::function();
    }
    if let Ok(role) = std::env::var(servers::ROLE) {
        return servers::be(&role);
    }
    // Without `--bench`, which cargo adds, this is `cargo test --all-targets`: nothing to time.
    let Some(options) = options(std::env::args().skip(1))? else { return Ok(()) };
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let mut servers = servers::start(&own)?;
    servers.extend(options.peers);
    for concurrency in options.concurrency {
        compare::run(&servers, concurrency, options.rounds, options.time)?;
    }
    drop(servers);
    stages::report(&own)?;
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
        concurrency: vec![1, 8, 64],
        peers: Vec::new(),
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
            "--peer" => options.peers.push(servers::peer(&value()?)?),
            flag if flag.starts_with('-') => anyhow::bail!("unknown option {flag}"),
            binary => options.binaries.push(binary.to_owned()),
        }
    }
    anyhow::ensure!(options.rounds > 0, "--rounds must be at least 1");
    Ok(bench.then_some(options))
}
