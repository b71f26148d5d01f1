//! `lychgate generate`

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use openapi::{Diagnostic, Placeholders};

use super::workspace::Workspace;
use super::{Exit, count, write_findings};

/// The command that repairs what `--check` finds.
const REPAIR: &str = "cargo run -p codegen -- generate";

/// Writes the generated files, or tells which of them are stale.
pub(super) fn run(
    workspace: &Workspace,
    document: &Path,
    check: bool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let reading = openapi::read(document, &Placeholders::none());
    let generated = match &reading.api {
        Some(api) => codegen::generate(api),
        None => Err(reading.diagnostics),
    };
    let files = match generated {
        Ok(files) => files,
        Err(mut findings) => {
            // Warnings are for `lychgate check`.
            findings.retain(Diagnostic::is_error);
            write_findings(&reading.source, &findings, out)?;
            writeln!(out, "{}: {}, nothing generated", reading.source.name(), count(&findings))?;
            return Ok(Exit::Findings);
        }
    };
    let mut stale = false;
    for file in &files {
        let path = workspace.path(file.path)?;
        let present = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        if present.as_deref() == Some(file.text.as_str()) {
            writeln!(out, "{} is up to date", file.path)?;
        } else if check {
            stale = true;
            writeln!(
                out,
                "{} is stale: {}",
                file.path,
                difference(present.as_deref(), &file.text)
            )?;
        } else {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make {}", folder.display()))?;
            }
            fs::write(&path, &file.text)
                .with_context(|| format!("cannot write {}", path.display()))?;
            writeln!(out, "{} written", file.path)?;
        }
    }
    if stale {
        writeln!(out, "repair with: {REPAIR}")?;
        return Ok(Exit::Findings);
    }
    Ok(Exit::Clean)
}

/// Where the text that is there first differs from the one that should be.
fn difference(present: Option<&str>, expected: &str) -> String {
    let Some(present) = present else { return "it does not exist".to_owned() };
    let same = present.lines().zip(expected.lines()).take_while(|(left, right)| left == right);
    format!("line {} is the first that differs", same.count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(difference(Some("a\nb\n"), "a\nc\n"), "line 2 is the first that differs");
        assert_eq!(difference(Some("a\n"), "a\nb\n"), "line 2 is the first that differs");
        assert_eq!(difference(None, ""), "it does not exist");
    }
}
