//! Functions that crash one after the other under load: whoever called gets an answer all the same.
//!
//! `LYCHGATE_LOAD_SECONDS` says how long; the gate takes a minute, `cargo test` a few seconds. With
//! `--nocapture` the figures are printed.

#![allow(clippy::print_stdout, reason = "the figures of the long run are worth reading")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::AddAssign;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::command_line::Running;
use crate::harness::{Client, Reply, proxy_document};
use crate::stand_in::spec;

const CONNECTIONS: usize = 64;
/// Pause between two crashes.
const CRASH_EVERY: Duration = Duration::from_millis(50);
/// What a process may keep for good: its allocator gives memory back in large pieces. A leak of one
/// kilobyte per request would be ten times as much within seconds.
const KEPT_KILOBYTES: u64 = 4096;
/// How long the gateway may take to notice that everybody has gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Processes that have answered, and whether they were left alive. The answer of a process may still
/// be on its way when it is killed.
type Ready = Arc<Mutex<BTreeMap<i32, bool>>>;

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_under_load_costs_no_more_than_the_request_it_interrupts() {
    let seconds = std::env::var("LYCHGATE_LOAD_SECONDS").map_or(3.0, |text| text.parse().unwrap());
    let time = Duration::from_secs_f64(seconds);
    let function = format!("f=env STAND_IN=mirror {}", spec("f", "mirror").command.join(" "));
    let gateway = Arc::new(Running::start(&proxy_document(), &["--function", &function]));
    let (ready, crashes) = (Ready::default(), Cell::new(0));

    load(&gateway, &ready, time / 4).await;
    let before = Footprint::settled(gateway.id(), usize::MAX).await;
    let seen = tokio::select! {
        seen = load(&gateway, &ready, time) => seen,
        never = crash(&ready, &crashes) => match never {},
    };
    let after = Footprint::settled(gateway.id(), before.descriptors).await;
    let crashes = crashes.get();
    println!("{CONNECTIONS} connections, {time:?}, {crashes} crashes: {seen:?}");
    println!("before: {before:?}\nafter:  {after:?}");

    assert!(crashes > 0 && seen.answered > 0, "nothing was tried: {crashes} crashes, {seen:?}");
    assert!(seen.interrupted <= crashes, "{crashes} crashes, but {seen:?}");
    assert!(after.descriptors <= before.descriptors, "{before:?} {after:?}");
    assert!(after.children <= before.children, "{before:?} {after:?}");
    assert!(after.threads <= before.threads, "{before:?} {after:?}");
    let allowed = before.resident_kilobytes + KEPT_KILOBYTES;
    assert!(after.resident_kilobytes <= allowed, "{before:?} {after:?}");
}

/// What the callers saw.
#[derive(Debug, Default)]
struct Seen {
    answered: usize,
    interrupted: usize,
    slowest: Duration,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.answered += other.answered;
        self.interrupted += other.interrupted;
        self.slowest = self.slowest.max(other.slowest);
    }
}

/// Sends requests over all connections for so long. Each is answered on its connection, or this
/// panics.
async fn load(gateway: &Arc<Running>, ready: &Ready, time: Duration) -> Seen {
    let end = Instant::now() + time;
    let mut callers = JoinSet::new();
    for caller in 0..CONNECTIONS {
        let (gateway, ready) = (Arc::clone(gateway), Arc::clone(ready));
        callers.spawn(async move {
            let mut client = gateway.connect().await;
            let mut seen = Seen::default();
            for number in 0.. {
                if Instant::now() >= end {
                    break;
                }
                call(&mut client, &format!("/{caller}/{number}"), &ready, &mut seen).await;
            }
            seen
        });
    }
    let mut all = Seen::default();
    while let Some(seen) = callers.join_next().await {
        all += seen.unwrap();
    }
    all
}

async fn call(client: &mut Client, path: &str, ready: &Ready, seen: &mut Seen) {
    let begin = Instant::now();
    client.write(format!("GET /dev{path} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    let reply = client.reply().await.expect("the connection stays open");
    seen.slowest = seen.slowest.max(begin.elapsed());
    if reply.status == 200 {
        let text = reply.text();
        let (process, mirrored) = text.split_once(' ').unwrap();
        assert_eq!(mirrored, path, "the answer to another request");
        ready.lock().unwrap().entry(process.parse().unwrap()).or_insert(true);
        seen.answered += 1;
    } else {
        assert_is_integration_failure(&reply);
        seen.interrupted += 1;
    }
}

/// As recorded on AWS for a function that fails.
fn assert_is_integration_failure(reply: &Reply) {
    assert_eq!(reply.status, 502, "{reply:?}");
    assert_eq!(reply.text(), r#"{"message": "Internal server error"}"#);
    assert_eq!(reply.header("x-amzn-ErrorType"), Some("InternalServerErrorException"));
    assert!(reply.header("x-amzn-RequestId").is_some(), "{reply:?}");
}

/// Kills one process after the other, whichever comes.
async fn crash(ready: &Ready, crashes: &Cell<usize>) -> Infallible {
    loop {
        tokio::time::sleep(CRASH_EVERY).await;
        let mut ready = ready.lock().unwrap();
        let mut alive: Vec<_> = ready.iter_mut().filter(|(_, alive)| **alive).collect();
        // None may have answered since the last crash.
        let count = alive.len().max(1) as u128;
        let victim = usize::try_from(Uuid::new_v4().as_u128() % count).unwrap();
        let Some((process, is_alive)) = alive.get_mut(victim) else { continue };
        kill_process(Pid::from_raw(**process).unwrap(), Signal::KILL).unwrap();
        **is_alive = false;
        crashes.set(crashes.get() + 1);
    }
}

/// What a process holds.
#[derive(Clone, Copy, Debug)]
struct Footprint {
    resident_kilobytes: u64,
    descriptors: usize,
    children: usize,
    threads: usize,
}

impl Footprint {
    /// The footprint once no connection of a caller is left and no more than so many descriptors are;
    /// what it is when patience ends otherwise.
    async fn settled(process: u32, descriptors: usize) -> Self {
        let end = Instant::now() + PATIENCE;
        let mut last = Self::of(process);
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = Self::of(process);
            let is_steady = now.descriptors == last.descriptors && now.descriptors <= descriptors;
            if is_steady || Instant::now() >= end {
                return now;
            }
            last = now;
        }
    }

    fn of(process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let number = |key: &str| -> u64 {
            let value = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            value.split_whitespace().next().unwrap().parse().unwrap()
        };
        Self {
            resident_kilobytes: number("VmRSS:"),
            descriptors: std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().count(),
            children: children(process),
            threads: usize::try_from(number("Threads:")).unwrap(),
        }
    }
}

/// Processes whose parent this is, those nobody has reaped among them.
fn children(parent: u32) -> usize {
    let is_child = |stat: String| {
        // Behind the program's name, which may hold anything: state and parent.
        let (_, fields) = stat.rsplit_once(") ")?;
        (fields.split(' ').nth(1)? == parent.to_string()).then_some(())
    };
    let processes = std::fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .filter_map(is_child)
        .count()
}
