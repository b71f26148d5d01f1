//! Servers in turn, round by round, and the table of what came out.

use std::time::Duration;

use crate::load;
use crate::servers::Server;
use crate::usage;

/// One round of one server; times in microseconds.
#[derive(Clone, Copy)]
struct Sample {
    per_second: f64,
    p50: f64,
    p99: f64,
    /// Of the server and its functions, for each request.
    processor: f64,
}

/// Runs all servers in turn at one concurrency and prints the median round of each.
pub(crate) fn run(
    servers: &[Server],
    concurrency: usize,
    rounds: usize,
    time: Duration,
) -> anyhow::Result<()> {
    let mut samples = vec![Vec::new(); servers.len()];
    for server in servers {
        load::run(server.address, concurrency, time.min(Duration::from_millis(500)))?; // warm
    }
    for round in 0..rounds {
        // Each round begins with another server, so that none is always first.
        for turn in 0..servers.len() {
            let index = (turn + round) % servers.len();
            samples[index].push(one(&servers[index], concurrency, time)?);
        }
    }
    let medians: Vec<Sample> = samples.iter().map(|rounds| median(rounds)).collect();
    println!("\nconcurrency {concurrency}, median of {rounds} rounds of {time:?}");
    println!(
        "{:<36} {:>8} {:>8} {:>8} {:>7} {:>13} {:>7} {:>8}",
        "server", "req/s", "p50 us", "p99 us", "x req/s", "least to most", "CPU us", "PSS MiB"
    );
    for (index, (server, sample)) in servers.iter().zip(&medians).enumerate() {
        // Within a round, since that is when the machine was the same.
        let mut ratios: Vec<f64> = samples[index]
            .iter()
            .zip(&samples[0])
            .map(|(own, floor)| own.per_second / floor.per_second)
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "{:<36} {:>8.0} {:>8.0} {:>8.0} {:>7.3} {:>6.3} {:>6.3} {:>7.1} {:>8.1}",
            server.name,
            sample.per_second,
            sample.p50,
            sample.p99,
            ratios[rounds / 2],
            ratios[0],
            ratios[rounds - 1],
            sample.processor,
            usage::memory(server.process),
        );
    }
    Ok(())
}

fn one(server: &Server, concurrency: usize, time: Duration) -> anyhow::Result<Sample> {
    let before = usage::processor(server.process);
    let load = load::run(server.address, concurrency, time)?;
    let processor = (usage::processor(server.process) - before) * 1e6 / load.requests as f64;
    let load::Load { per_second, p50, p99, .. } = load;
    Ok(Sample { per_second, p50, p99, processor })
}

/// Each figure's own median.
fn median(rounds: &[Sample]) -> Sample {
    let middle = |figure: fn(&Sample) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    Sample {
        per_second: middle(|sample| sample.per_second),
        p50: middle(|sample| sample.p50),
        p99: middle(|sample| sample.p99),
        processor: middle(|sample| sample.processor),
    }
}
