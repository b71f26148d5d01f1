//! The functions' executables, for Lambda's operating system.
//!
//! cargo-lambda with zig links against an older C library than the machine's, and can build for
//! Graviton anywhere. Without it the machine's own Cargo builds, and what comes out is refused if
//! Lambda could not start it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
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
    let mut command = cargo();
    if has_cargo_lambda {
        command.args(["lambda", "build", "--release"]);
        if architecture == Architecture::Arm64 {
            command.arg("--arm64");
        } else {
            command.arg("--x86-64");
        }
    } else {
        ensure!(
            architecture.to_string() == native(),
            "to build for {architecture} on this machine, install cargo-lambda and zig: pip install cargo-lambda ziglang"
        );
        command.args(["build", "--release"]);
    }
    for name in programs {
        command.args(["--bin", name]);
    }
    let status =
        command.current_dir(&root).stdin(Stdio::null()).status().context("cannot run cargo")?;
    ensure!(status.success(), "the functions do not build ({status}): mend the errors above");

    let target = target_folder(&root)?;
    programs
        .iter()
        .map(|name| {
            let program = match has_cargo_lambda {
                true => target.join("lambda").join(name).join("bootstrap"),
                false => target.join("release").join(name),
            };
            check_glibc(
                name,
                &fs::read(&program).with_context(|| {
                    format!(
                        "cargo built no {}: a function's program has the name of its key, or of its `binary`",
                        program.display()
                    )
                })?,
            )?;
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
    fn a_program_that_lambda_could_not_start_is_refused() {
        let fine = b"\x7fELF\0memcpy\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_PRIVATE\0";
        assert!(check_glibc("users", fine).is_ok());
        let error = check_glibc("users", b"\0GLIBC_2.9\0GLIBC_2.38\0").unwrap_err().to_string();
        assert!(error.starts_with("users needs glibc 2.38, and Lambda has 2.34"), "{error}");
    }
}
