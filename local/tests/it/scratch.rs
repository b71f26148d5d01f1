//! A workspace of its own for a test: one document, one function, no dependencies, so that it
//! builds in a moment.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// A function that answers `one` to everything.
pub(crate) const ONE: &str = include_str!("scratch/function.rs");

/// A document with that function behind `GET /users`, and a table.
pub(crate) const DOCUMENT: &str = include_str!("scratch/api.yaml");

/// Longest any step may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(300);

/// A workspace in a temporary folder.
pub(crate) struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    /// A workspace whose function is this program.
    pub(crate) fn new(function: &str) -> Self {
        let scratch = Self { directory: tempfile::tempdir().unwrap() };
        let manifest = "[package]\nname = \"users\"\nedition = \"2024\"\n[workspace]\n\
            [profile.dev]\ndebug = false\n";
        scratch.write("Cargo.toml", manifest);
        scratch.write("src/main.rs", function);
        scratch.write("openapi/api.yaml", DOCUMENT);
        scratch
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes as many editors do: beside the file, then over it.
    pub(crate) fn replace(&self, below: &str, text: &str) {
        self.write(&format!("{below}.new~"), text);
        std::fs::rename(self.path(&format!("{below}.new~")), self.path(below)).unwrap();
    }

    /// `local` in this workspace. Intermediate files stay here, whatever the surroundings say.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
        command.args(arguments).current_dir(self.root()).stdin(Stdio::null());
        command.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_BUILD_DIR");
        command
    }

    /// Runs `local` until it gives up by itself; answers its exit code and standard error. The port
    /// is free unless given: where there should be another reason, it must not be the port.
    pub(crate) fn refused(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = self.command(arguments);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let pid = Pid::from_child(&child);
        let (ended, end) = channel::<()>();
        let watchdog = std::thread::spawn(move || {
            if end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        let output = child.wait_with_output().unwrap();
        drop(ended);
        watchdog.join().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Starts `local` on a free port.
    pub(crate) fn start(&self, arguments: &[&str]) -> Local {
        let mut command = self.command(&["--listen", "127.0.0.1:0"]);
        command.args(arguments);
        Local::start(command)
    }
}

/// A running `local` whose standard output is read line by line.
pub(crate) struct Local {
    child: Child,
    lines: Receiver<String>,
}

impl Local {
    /// Starts it.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = channel();
        std::thread::spawn(move || {
            // The receiver is gone once the test is over.
            stdout.lines().map_while(Result::ok).try_for_each(|line| said.send(line))
        });
        Self { child, lines }
    }

    /// Reads up to the line with `text` and answers it.
    pub(crate) fn until(&self, text: &str) -> String {
        let mut seen = String::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if line.contains(text) {
                return line;
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        panic!("`{text}` was never said, only:\n{seen}");
    }

    /// Waits until it is ready and answers its base URL.
    pub(crate) fn ready(&self) -> String {
        let line = self.until("  API ");
        self.until("Ctrl-C");
        line.split_whitespace().last().unwrap().to_owned()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end; answers the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Processes it started and that still run.
    pub(crate) fn children(&self) -> Vec<Pid> {
        let parent = self.child.id().to_string();
        let children = processes().into_iter().filter(|(_, ppid)| *ppid == parent);
        children.map(|(pid, _)| Pid::from_raw(pid.parse().unwrap()).unwrap()).collect()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every process with its parent: from /proc where that is, which needs no program installed, and
/// from `ps` where it is not.
fn processes() -> Vec<(String, String)> {
    let pair = |pid: &str, ppid: &str| (pid.to_owned(), ppid.to_owned());
    if !Path::new("/proc/self/stat").exists() {
        let output = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let pairs = lines.lines().filter_map(|line| line.trim().split_once(' '));
        return pairs.map(|(pid, ppid)| pair(pid, ppid.trim())).collect();
    }
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    // Some end while they are read.
    let stats = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter_map(|stat| {
            // `PID (NAME) STATE PPID ...`, and a name may have anything in it.
            let (pid, rest) = stat.split_once(" (")?;
            Some(pair(pid, rest.rsplit_once(") ")?.1.split(' ').nth(1)?))
        })
        .collect()
}

/// Waits until none of the processes runs.
pub(crate) fn assert_gone(processes: &[Pid]) {
    until("the processes are gone", || {
        processes.iter().all(|process| test_kill_process(*process).is_err())
    });
}

/// Waits until the condition holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "it never came true that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Status and body of `GET base_url + path`.
pub(crate) fn get(base_url: &str, path: &str) -> (u16, String) {
    get_with(base_url, path, "accept: */*")
}

/// The same with a header of the request.
pub(crate) fn get_with(base_url: &str, path: &str, header: &str) -> (u16, String) {
    let (address, stage) = base_url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let address: SocketAddr = address.parse().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("GET /{stage}{path} HTTP/1.1\r\nhost: {address}\r\n{header}\r\n");
    write!(stream, "{head}connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split_whitespace().nth(1).unwrap().parse().unwrap(), body.to_owned())
}
