//! The functions' executables, for Lambda's operating system.
//!
//! cargo-lambda with zig links against an older C library than the machine's, and can build for
//! Graviton anywhere. Without it the machine's own Cargo builds, and what comes out is refused if
//! Lambda could not start it. Paths of this machine do not get into executables, so that another
//! clone of the same commit builds the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::Architecture;
use crate::cli::workspace::Workspace;

/// The C library of `provided.al2023` (Amazon Linux 2023 release notes).
const NEWEST_GLIBC: (u32, u32) = (2, 34);

/// Builds the programs, and says where they are.
pub(super) fn build(
    workspace: &Workspace,
    programs: &BTreeSet<&str>,
    architecture: Architecture,
) -> Result<BTreeMap<String, PathBuf>> {
    if programs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let root = workspace.path("")?;
    let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
    let has_cargo_lambda =
        cargo().args(["lambda", "--version"]).output().is_ok_and(|it| it.status.success());
    let target = target_folder(&root)?;
    let mut command = cargo();
    if has_cargo_lambda {
        check_standard_library(architecture)?;
        let processor = if architecture == Architecture::Arm64 { "--arm64" } else { "--x86-64" };
        command.args(["lambda", "build", "--release", processor]);
    } else {
        ensure!(
            architecture.to_string() == native(),
            "to build for {architecture} on this machine, install cargo-lambda and zig (pip install cargo-lambda ziglang), and Rust's standard library for it (rustup target add {})",
            triple(architecture)
        );
        command.args(["build", "--release"]);
    }
    command.arg("--config").arg(without_paths(&root, &target)?);
    for name in programs {
        command.args(["--bin", name]);
    }
    let status =
        command.current_dir(&root).stdin(Stdio::null()).status().context("cannot run cargo")?;
    ensure!(status.success(), "the functions do not build ({status}): mend the errors above");

    checked(programs, |name| match has_cargo_lambda {
        true => target.join("lambda").join(name).join("bootstrap"),
        false => target.join("release").join(name),
    })
}

/// Programs that somebody else built, by their names in this folder.
pub(super) fn built(folder: &Path, programs: &BTreeSet<&str>) -> Result<BTreeMap<String, PathBuf>> {
    checked(programs, |name| folder.join(name))
}

/// Where the programs are, if Lambda could start them.
fn checked(
    programs: &BTreeSet<&str>,
    path: impl Fn(&str) -> PathBuf,
) -> Result<BTreeMap<String, PathBuf>> {
    programs
        .iter()
        .map(|name| {
            let program = path(name);
            let executable = fs::read(&program).with_context(|| {
                format!(
                    "there is no {}: a function's program has the name of its key, or of its `binary`",
                    program.display()
                )
            })?;
            check_glibc(name, &executable)?;
            Ok(((*name).to_owned(), program))
        })
        .collect()
}

/// The Cargo that runs this program, or the one on the path.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Lambda's name of this machine's processor.
const fn native() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { std::env::consts::ARCH }
}

/// Rust's name of what Lambda runs.
const fn triple(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => "x86_64-unknown-linux-gnu",
        Architecture::Arm64 => "aarch64-unknown-linux-gnu",
    }
}

/// Refuses to build for a processor whose standard library is missing: a compiler without it
/// reports hundreds of errors, none of which says so.
fn check_standard_library(architecture: Architecture) -> Result<()> {
    let triple = triple(architecture);
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", triple])
        .output()
        .context("cannot run rustc")?;
    let folder = String::from_utf8_lossy(&output.stdout);
    ensure!(
        Path::new(folder.trim()).is_dir(),
        "Rust's standard library for {triple} is not installed, so nothing can be built for {architecture}: rustup target add {triple}"
    );
    Ok(())
}

/// Cargo's configuration that replaces this machine's folders in what panics and logs say.
fn without_paths(root: &Path, target: &Path) -> Result<String> {
    let root = root.canonicalize().context("cannot find the workspace")?;
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    // The last that fits counts: the target folder may lie in the workspace.
    let folders = [(home, "cargo"), (Some(root), "lychgate"), (Some(target.to_owned()), "target")];
    let flags = folders.iter().filter_map(|(folder, name)| {
        Some(format!("--remap-path-prefix={}={name}", folder.as_ref()?.display()))
    });
    let flags = serde_json::to_string(&flags.collect::<Vec<_>>())?;
    Ok(format!("build.rustflags={flags}"))
}

fn target_folder(root: &PathBuf) -> Result<PathBuf> {
    let output = cargo()
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .context("cannot read what cargo says of the workspace")?;
    match metadata["target_directory"].as_str() {
        Some(folder) => Ok(folder.into()),
        None => bail!("cargo does not say where it builds"),
    }
}

/// Refuses an executable that asks for a newer C library than Lambda has.
fn check_glibc(name: &str, executable: &[u8]) -> Result<()> {
    let newest = glibc_versions(executable).max();
    match newest {
        Some(version) if version > NEWEST_GLIBC => bail!(
            "{name} needs glibc {}.{}, and Lambda has {}.{}: install cargo-lambda and zig (pip install cargo-lambda ziglang), which link against an older one",
            version.0,
            version.1,
            NEWEST_GLIBC.0,
            NEWEST_GLIBC.1
        ),
        _ => Ok(()),
    }
}

/// Symbol versions of the C library in an executable's string table: `GLIBC_2.34` between zeros.
fn glibc_versions(executable: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    executable.split(|&byte| byte == 0).filter_map(|text| {
        let version = std::str::from_utf8(text).ok()?.strip_prefix("GLIBC_")?;
        let mut parts = version.split('.').map(str::parse);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_of_this_machine_gets_into_a_program() {
        let config = without_paths(Path::new("."), Path::new("/somewhere/target")).unwrap();
        let flags = config.strip_prefix("build.rustflags=").unwrap();
        let flags: Vec<String> = serde_json::from_str(flags).unwrap();
        let here = Path::new(".").canonicalize().unwrap();
        assert_eq!(flags.len(), 3, "{flags:?}");
        assert_eq!(flags[1], format!("--remap-path-prefix={}=lychgate", here.display()));
        assert_eq!(flags[2], "--remap-path-prefix=/somewhere/target=target");
    }

    #[test]
    fn a_program_that_lambda_could_not_start_is_refused() {
        let fine = b"\x7fELF\0memcpy\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_PRIVATE\0";
        assert!(check_glibc("users", fine).is_ok());
        let error = check_glibc("users", b"\0GLIBC_2.9\0GLIBC_2.38\0").unwrap_err().to_string();
        assert!(error.starts_with("users needs glibc 2.38, and Lambda has 2.34"), "{error}");
    }
}
