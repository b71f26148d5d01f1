//! How fast archives are assembled, next to copying the same bytes in the same run.
//!
//! ```text
//! cargo bench -p handlers --bench assembly                          100, 500 and 1,000 MB
//! cargo bench -p handlers --bench assembly -- --sizes 5000 --alone  needs 10 GB of memory
//! cargo bench -p handlers --bench assembly -- --large               entries the store can copy
//! handlers/benches/assembly/peers/run [OPTION...]                   beside peers on Node.js
//! ```
//!
//! Ten sources, half of their bytes noise, half deflated text, become one zip. All talk to one thin
//! S3 server, which keeps objects in memory (`/dev/shm`) and checks nothing, so that it is not what is
//! measured. Contestants are processes of their own and take turns, round by round; ours has one
//! thread, as in Lambda. Compare ratios: the machine does other things besides.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

mod contest;
mod floor;
mod http;
mod ours;
mod server;
mod sources;

use std::path::PathBuf;

use anyhow::Context as _;

/// What a process that is started again is to do.
const ROLE: &str = "LYCHGATE_BENCH_ROLE";

/// What is asked for.
#[derive(Debug)]
struct Options {
    /// Megabytes.
    sizes: Vec<u64>,
    rounds: usize,
    /// Whether entries are as large as the store can copy by itself.
    large: bool,
    /// Whether only assembly is measured.
    alone: bool,
    /// Where the peers' programs are installed.
    peers: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    match std::env::var(ROLE).as_deref() {
        Ok("server") => return server::serve(),
        Ok("stream") => return floor::stream(),
        Ok("copy") => return floor::copy(),
        Ok("assembly") => return ours::assemble(false),
        Ok("verified assembly") => return ours::assemble(true),
        Ok(role) => anyhow::bail!("unknown role {role}"),
        Err(_) => {}
    }
    // Without `--bench`, which cargo adds, this is `cargo test --all-targets`: nothing to time.
    match options(std::env::args().skip(1))? {
        Some(options) => contest::run(&options),
        None => Ok(()),
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Options>> {
    let mut options =
        Options { sizes: vec![100, 500, 1000], rounds: 3, large: false, alone: false, peers: None };
    let mut bench = false;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--bench" => bench = true,
            "--large" => options.large = true,
            "--alone" => options.alone = true,
            "--rounds" => options.rounds = value()?.parse().context("--rounds")?,
            "--peers" => options.peers = Some(value()?.into()),
            "--sizes" => {
                let sizes = value()?.split(',').map(str::parse).collect::<Result<_, _>>();
                options.sizes = sizes.context("--sizes")?;
            }
            other => anyhow::bail!("unknown option {other}"),
        }
    }
    anyhow::ensure!(options.rounds > 0, "--rounds must be at least 1");
    Ok(bench.then_some(options))
}
