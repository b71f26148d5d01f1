//! Contestants taking turns, and what each of them took.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::http::Connection;
use super::{Options, ROLE, server, sources};

/// Clock ticks per second in `/proc`: the same on every Linux for decades.
const TICKS: f64 = 100.0;

/// What does the same work as the others.
struct Contestant {
    name: &'static str,
    program: String,
    arguments: Vec<String>,
    role: &'static str,
    took: Vec<Took>,
    told: String,
}

/// What one run took.
#[derive(Clone, Copy, Debug)]
struct Took {
    wall: f64,
    processor: f64,
    /// The peak resident set, in MiB.
    memory: f64,
}

/// Runs the contest, size by size.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    for megabytes in &options.sizes {
        let folder = tempfile::Builder::new().prefix("lychgate-").tempdir_in("/dev/shm")?;
        sources::write(folder.path(), megabytes * 1_000_000, options.large)?;
        let (server, endpoint) = start_server(folder.path())?;
        let mut contestants = contestants(options)?;
        for round in 0..options.rounds {
            for contestant in &mut contestants {
                // Peers take minutes: once is enough.
                if round > 0 && contestant.role.is_empty() {
                    continue;
                }
                contestant.run(&endpoint)?;
                if round == 0 && contestant.packs() {
                    check(&endpoint, folder.path())?;
                }
                // The next one needs the memory.
                let mut connection = Connection::open(&endpoint)?;
                connection.ask("DELETE /archives/result.zip", "", 0)?;
                connection.answer()?;
            }
        }
        report(*megabytes, &contestants);
        drop(server);
    }
    Ok(())
}

/// Ends with its owner.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_server(folder: &Path) -> anyhow::Result<(Server, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env(ROLE, "server").env(server::FOLDER, folder).stdout(Stdio::piped());
    let mut server = Server(command.spawn()?);
    let mut port = String::new();
    BufReader::new(server.0.stdout.take().context("its output")?).read_line(&mut port)?;
    let endpoint = format!("http://127.0.0.1:{}", port.trim());
    Ok((server, endpoint))
}

fn contestants(options: &Options) -> anyhow::Result<Vec<Contestant>> {
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let ours = [
        ("streamed copy, no SDK: the floor", "stream"),
        ("copied by the server", "copy"),
        ("assembly", "assembly"),
        ("assembly, every entry verified", "verified assembly"),
    ];
    let mut contestants: Vec<_> = ours
        .into_iter()
        .map(|(name, role)| Contestant {
            name,
            program: own.clone(),
            arguments: Vec::new(),
            role,
            took: Vec::new(),
            told: String::new(),
        })
        .collect();
    if options.alone {
        contestants.retain(|contestant| contestant.name.starts_with("assembly"));
    }
    if let Some(peers) = &options.peers {
        for (name, script) in [
            ("adm-zip in memory (Node.js)", "adm_zip.mjs"),
            ("unzipper and archiver, streaming (Node.js)", "streaming.mjs"),
        ] {
            contestants.push(Contestant {
                name,
                program: "node".to_owned(),
                arguments: vec![peers.join(script).to_string_lossy().into_owned()],
                role: "",
                took: Vec::new(),
                told: String::new(),
            });
        }
    }
    Ok(contestants)
}

impl Contestant {
    fn run(&mut self, endpoint: &str) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env(ROLE, self.role)
            .env("AWS_ENDPOINT_URL_S3", endpoint)
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", self.program))?;
        let mut took = Took { wall: 0.0, processor: 0.0, memory: 0.0 };
        loop {
            if let Some(memory) = peak(child.id()) {
                took.memory = memory;
            }
            let (ended, processor) = processor(child.id()).context("/proc")?;
            if ended {
                took.processor = processor;
                took.wall = started.elapsed().as_secs_f64();
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.told.clear();
        child.stdout.take().context("its output")?.read_to_string(&mut self.told)?;
        anyhow::ensure!(child.wait()?.success(), "{} failed", self.name);
        self.took.push(took);
        Ok(())
    }

    /// Whether its result is one archive, and not all sources behind one another.
    fn packs(&self) -> bool {
        !matches!(self.role, "stream" | "copy")
    }

    fn median(&self, of: impl Fn(&Took) -> f64) -> f64 {
        let mut values: Vec<_> = self.took.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Whether a child has ended, and its seconds of processor time: what `/proc` still tells until
/// its parent has asked how it ended.
fn processor(id: u32) -> Option<(bool, f64)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    Some((fields.starts_with('Z'), ticks.sum::<f64>() / TICKS))
}

fn peak(id: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

/// Has Info-ZIP read a result, if it fits in memory once more.
fn check(endpoint: &str, folder: &Path) -> anyhow::Result<()> {
    let mut connection = Connection::open(endpoint)?;
    connection.ask("GET /archives/result.zip", "", 0)?;
    let length = connection.answer()?.length()?;
    if length > 2_000_000_000 {
        return Ok(());
    }
    let path = folder.join("result.zip");
    std::io::copy(&mut connection.body().take(length), &mut std::fs::File::create(&path)?)?;
    match Command::new("unzip").arg("-tqq").arg(&path).status() {
        Ok(status) => anyhow::ensure!(status.success(), "unzip does not read the result"),
        Err(_) => println!("unzip is not installed: the result was not read back"),
    }
    std::fs::remove_file(path)?;
    Ok(())
}

fn report(megabytes: u64, contestants: &[Contestant]) {
    let floor = contestants.iter().find(|contestant| contestant.role == "stream");
    println!("\n{megabytes} MB\n| way | wall s | × floor | CPU s | × floor | peak RSS MiB |");
    println!("|---|---|---|---|---|---|");
    for contestant in contestants {
        let (wall, cpu) = (contestant.median(|took| took.wall), contestant.median(|t| t.processor));
        // Alone there is nothing to compare with.
        let base = floor.map(|floor| (floor.median(|t| t.wall), floor.median(|t| t.processor)));
        let ratio = |own: f64, floor: Option<f64>| {
            floor.map_or_else(|| "-".to_owned(), |floor| format!("{:.2}", own / floor))
        };
        println!(
            "| {} | {wall:.2} | {} | {cpu:.2} | {} | {:.0} |",
            contestant.name,
            ratio(wall, base.map(|(wall, _)| wall)),
            ratio(cpu, base.map(|(_, cpu)| cpu)),
            contestant.took.iter().map(|took| took.memory).fold(0.0, f64::max),
        );
        if !contestant.told.is_empty() {
            println!("  {}", contestant.told.trim());
        }
    }
}
