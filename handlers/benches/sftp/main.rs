//! How fast files go to an SFTP server, beside OpenSSH's own client in the same run.
//!
//! ```text
//! cargo bench -p handlers --bench sftp
//! TMPDIR=/dev/shm cargo bench -p handlers --bench sftp -- --rounds 7 --mebibytes 1024
//! ```
//!
//! Everybody sends the same file to the same `sshd` on loopback, in turns, round by round, so that
//! whatever else the machine does hits all of them. Each is a process of its own, from its start to its
//! end: log in, write, have the server sync, and for ours rename. Compare the ratios of one run.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]
#![allow(clippy::unwrap_used, reason = "a benchmark ends where its premise fails")]

#[allow(dead_code, reason = "tests do more with it")]
#[path = "../../tests/it/sftp/openssh.rs"]
mod openssh;
mod ours;
mod peers;
mod usage;

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use openssh::OpenSsh;
use peers::{Peer, Run};

struct Options {
    rounds: usize,
    mebibytes: usize,
}

fn main() -> anyhow::Result<()> {
    if std::env::var_os(ours::DESTINATION).is_some() {
        return ours::send();
    }
    // Without `--bench`, which cargo adds, this is `cargo test --all-targets`: nothing to time.
    let Some(options) = options(std::env::args().skip(1))? else { return Ok(()) };
    let Some(openssh) = openssh::start() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("source");
    write_source(&source, options.mebibytes)?;
    let peers = peers::all(&openssh, folder.path(), &source)?;

    let mut runs: Vec<Vec<Run>> = peers.iter().map(|_| Vec::new()).collect();
    for round in 0..=options.rounds {
        for (peer, runs) in peers.iter().zip(&mut runs) {
            let run = peer.run()?;
            check(&openssh, &source)?;
            // The first round fills caches.
            if round > 0 {
                runs.push(run);
            }
        }
    }
    report(&options, &peers, &runs);
    Ok(())
}

fn options(arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Options>> {
    let mut arguments = arguments.peekable();
    let mut options = Options { rounds: 5, mebibytes: 500 };
    let mut bench = false;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--bench" => bench = true,
            "--rounds" => options.rounds = value()?.parse().context("--rounds")?,
            "--mebibytes" => options.mebibytes = value()?.parse().context("--mebibytes")?,
            other => anyhow::bail!("{other} is no option of this benchmark"),
        }
    }
    Ok(bench.then_some(options))
}

/// Bytes that do not compress, the same in each run.
fn write_source(path: &Path, mebibytes: usize) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..mebibytes << 17 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        file.write_all(&state.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

/// What arrived is what was sent; it makes room for the next.
fn check(openssh: &OpenSsh, source: &Path) -> anyhow::Result<()> {
    let path = openssh.files().join(peers::NAME);
    let same = std::process::Command::new("cmp").args([source, &path]).status()?;
    anyhow::ensure!(same.success(), "what arrived is not what was sent");
    Ok(std::fs::remove_file(path)?)
}

fn report(options: &Options, peers: &[Peer], runs: &[Vec<Run>]) {
    let Options { rounds, mebibytes } = options;
    println!("{mebibytes} MiB to sshd on loopback, median of {rounds} rounds");
    println!("| client | s | MB/s | CPU s | peak MiB | × sftp | × sftp, same cipher |");
    println!("|---|---|---|---|---|---|---|");
    for (peer, own) in peers.iter().zip(runs) {
        let seconds = median(own.iter().map(|run| run.seconds));
        let ratio = |other: usize| match runs.get(other) {
            Some(theirs) => {
                let ratios = own.iter().zip(theirs).map(|(a, b)| a.seconds / b.seconds);
                format!("{:.2}", median(ratios))
            }
            None => String::new(),
        };
        println!(
            "| {} | {seconds:.2} | {:.0} | {:.2} | {:.0} | {} | {} |",
            peer.name,
            (mebibytes << 20) as f64 / 1e6 / seconds,
            median(own.iter().map(|run| run.cpu)),
            median(own.iter().map(|run| run.peak)),
            ratio(peers::PLAIN_SFTP),
            ratio(peer.same_cipher),
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
