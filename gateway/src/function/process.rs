//! The process of a worker: started in a process group of its own and never left behind.

use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::FunctionSpec;
use super::environment::{self, NOT_INHERITED};
use super::fault::Exit;

/// How long an orderly stop waits between SIGTERM and SIGKILL. Lambda grants internal extensions
/// the same.
const GRACE: Duration = Duration::from_millis(500);

/// A program that was just written may still be open for writing in a process that is being
/// forked; the kernel then says "text file busy" for a moment.
const BUSY_RETRIES: u32 = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(25);

pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
}

impl Process {
    /// Starts the function's command. The error says what to do about it.
    pub(super) async fn start(
        spec: &FunctionSpec,
        runtime_api: SocketAddr,
    ) -> Result<Self, String> {
        let Some((program, arguments)) = spec.command.split_first() else {
            return Err(format!("function `{}` has no command to run", spec.name));
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own: a signal reaches what the function started too, and the
            // terminal's Ctrl-C reaches only the gateway, which then stops its functions.
            .process_group(0)
            .kill_on_drop(true);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command.envs(environment::variables(spec, runtime_api, |name| std::env::var(name).ok()));
        let mut retries = BUSY_RETRIES;
        loop {
            match command.spawn() {
                Ok(child) => {
                    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
                    return Ok(Self { child, group });
                }
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && retries > 0 => {
                    retries -= 1;
                    tokio::time::sleep(BUSY_PAUSE).await;
                }
                Err(error) => return Err(explain(&spec.name, program, &error)),
            }
        }
    }

    /// The process's output, once.
    pub(super) fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits for the end of the process and ends what it left running. May be cancelled.
    pub(super) async fn wait(&mut self) -> Exit {
        let exit = Exit(self.child.wait().await.ok());
        self.signal(Signal::KILL);
        self.group = None;
        exit
    }

    /// Asks the process to end and insists half a second later.
    pub(super) async fn stop(&mut self) -> Exit {
        self.signal(Signal::TERM);
        match tokio::time::timeout(GRACE, self.wait()).await {
            Ok(exit) => exit,
            Err(_) => self.kill().await,
        }
    }

    /// Ends the process at once.
    pub(super) async fn kill(&mut self) -> Exit {
        self.signal(Signal::KILL);
        self.wait().await
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // Fails only if nothing of the group is left.
            let _ = kill_process_group(group, signal);
        }
    }
}

/// Covers a runtime that is dropped without `Functions::shutdown`.
impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn explain(function: &str, program: &str, error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no such program (or no interpreter as its first line names); \
             build the function first, or correct its command"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "it is not executable; `chmod +x` it, or correct the command".to_owned()
        }
        _ if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => {
            "it is no program for this machine; a script needs `#!` and its interpreter as first \
             line, a binary has to be built for this architecture"
                .to_owned()
        }
        _ => error.to_string(),
    };
    format!("function `{function}`: cannot run `{program}`: {why}")
}
