//! Building the functions: a nested `cargo build`, its progress and its errors shown as they are.
//!
//! It names the programs and no package, at the workspace's root, as `cargo run` does: Cargo then
//! unifies features alike for both and builds every shared crate once.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use indexmap::IndexMap;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::workspace;

/// Why there are no (new) executables.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo did not run.
    #[error("cannot run cargo to build the functions")]
    Cargo(#[source] std::io::Error),
    /// The compiler's errors stand above, on standard error.
    #[error("the functions do not build ({status}): mend the errors above")]
    Failed {
        /// How Cargo ended.
        status: ExitStatus,
    },
    /// Cargo was content but reported no such executable.
    #[error(
        "cargo built no program named `{0}`; a function's program has the name of its key in x-lychgate.functions, or of its `binary`"
    )]
    Missing(String),
}

/// What a build left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Executables {
    /// By program name.
    pub paths: IndexMap<String, PathBuf>,
    /// At least one of them is new; otherwise all are those of the build before.
    pub changed: bool,
}

/// Builds the programs of the workspace at `root`, in the profile this program was built in, into
/// its own target folder unless another is given. Dropping the future ends Cargo and the compilers
/// it started.
pub async fn build(
    root: &Path,
    target: Option<&Path>,
    programs: &[String],
) -> Result<Executables, BuildError> {
    if programs.is_empty() {
        return Ok(Executables::default());
    }
    let mut cargo = Command::from(workspace::cargo());
    cargo.arg("build").arg("--message-format=json-render-diagnostics").current_dir(root);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if let Some(target) = target {
        cargo.arg("--target-dir").arg(target);
    }
    for program in programs {
        cargo.arg("--bin").arg(program);
    }
    let (mut child, group) = spawn(cargo.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let executables = read_artifacts(&mut child, programs).await?;
    let status = child.wait().await.map_err(BuildError::Cargo)?;
    group.has_ended();
    if !status.success() {
        return Err(BuildError::Failed { status });
    }
    match programs.iter().find(|program| !executables.paths.contains_key(*program)) {
        Some(missing) => Err(BuildError::Missing(missing.clone())),
        None => Ok(executables),
    }
}

fn spawn(cargo: &mut Command) -> Result<(Child, Group), BuildError> {
    // A group of its own, so that the end of this program can take the compilers along.
    let child = cargo.process_group(0).kill_on_drop(true).spawn().map_err(BuildError::Cargo)?;
    let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    Ok((child, Group { leader }))
}

/// Cargo with the compilers it starts.
struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// There is nothing left to end, and the number may soon be another's.
    fn has_ended(mut self) {
        self.leader = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            let _ = kill_process_group(leader, Signal::TERM);
        }
    }
}

async fn read_artifacts(child: &mut Child, programs: &[String]) -> Result<Executables, BuildError> {
    let mut executables = Executables::default();
    let Some(stdout) = child.stdout.take() else { return Ok(executables) };
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await.map_err(BuildError::Cargo)? {
        if let Some((name, path, fresh)) = executable_of(&line)
            && programs.contains(&name)
        {
            executables.changed |= !fresh;
            executables.paths.insert(name, path);
        }
    }
    Ok(executables)
}

/// One line of `--message-format=json`; every other message lacks one of these members.
#[derive(Deserialize)]
struct Artifact {
    target: Target,
    executable: PathBuf,
    fresh: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Name, path and freshness of a program's executable, if the line announces one.
fn executable_of(line: &str) -> Option<(String, PathBuf, bool)> {
    let artifact: Artifact = serde_json::from_str(line).ok()?;
    let is_program = artifact.target.kind.iter().any(|kind| kind == "bin");
    is_program.then_some((artifact.target.name, artifact.executable, artifact.fresh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_what_cargo_announces() {
        let line = r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"users"},
            "executable":"/somewhere/debug/users","fresh":true}"#;
        let expected = ("users".to_owned(), PathBuf::from("/somewhere/debug/users"), true);
        assert_eq!(executable_of(line), Some(expected));
    }

    #[test]
    fn libraries_messages_and_noise_are_no_executables() {
        for line in [
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"users"},"executable":null,"fresh":true}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "warning: something",
            "",
        ] {
            assert_eq!(executable_of(line), None, "{line}");
        }
    }

    /// A workspace of one program with this source.
    fn package(source: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let manifest = "[package]\nname = \"users\"\nedition = \"2024\"\n[workspace]\n\
            [profile.dev]\ndebug = false\n";
        std::fs::write(directory.path().join("Cargo.toml"), manifest).unwrap();
        std::fs::create_dir(directory.path().join("src")).unwrap();
        std::fs::write(directory.path().join("src/main.rs"), source).unwrap();
        directory
    }

    #[tokio::test]
    async fn a_program_is_built_once_and_found() {
        let package = package("fn main() {}\n");
        let programs = ["users".to_owned()];
        let target = package.path().join("target");
        let first = build(package.path(), Some(&target), &programs).await.unwrap();
        assert!(first.changed && first.paths["users"].is_file(), "{first:?}");
        let second = build(package.path(), Some(&target), &programs).await.unwrap();
        assert!(!second.changed, "{second:?}");
        assert_eq!(second.paths, first.paths);
    }

    #[tokio::test]
    async fn a_program_that_does_not_compile_is_an_error() {
        let package = package("fn main() { none() }\n");
        let target = package.path().join("target");
        let programs = ["users".to_owned()];
        let error = build(package.path(), Some(&target), &programs).await.unwrap_err();
        assert!(matches!(error, BuildError::Failed { .. }), "{error}");
    }
}
