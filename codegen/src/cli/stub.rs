//! `lychgate stub`

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use codegen::operation::stub::{self, Change, StubError};
use openapi::{Api, Placeholders};

use super::workspace::Workspace;
use super::{Exit, count, write_findings};

/// Writes stubs for the operations asked for, or for every one that has no handler.
pub(super) fn run(
    workspace: &Workspace,
    document: &Path,
    operations: &[String],
    out: &mut dyn Write,
) -> Result<Exit> {
    let reading = openapi::read(document, &Placeholders::none());
    let Some(api) = &reading.api else {
        write_findings(&reading.source, &reading.diagnostics, out)?;
        writeln!(out, "{}: {}, no stubs", reading.source.name(), count(&reading.diagnostics))?;
        return Ok(Exit::Findings);
    };
    let handlers = workspace.path("handlers")?;
    let mut exit = Exit::Clean;
    if operations.is_empty() {
        let written = missing(api, &handlers, out)?;
        if written == 0 {
            writeln!(out, "every operation has its handler")?;
        }
    }
    for operation in operations {
        match write_stub(api, operation, &handlers, out) {
            Ok(()) => {}
            // What was asked for and cannot be: the others are still written.
            Err(error) => {
                writeln!(out, "{operation}: {error:#}")?;
                exit = Exit::Findings;
            }
        }
    }
    Ok(exit)
}

/// Stubs for all operations without a handler; their number.
fn missing(api: &Api, handlers: &Path, out: &mut dyn Write) -> Result<usize> {
    let mut written = 0;
    for operation in &api.operations {
        match stub::plan(api, &operation.id, handlers) {
            Ok(changes) => {
                apply(&changes, out)?;
                written += 1;
            }
            Err(StubError::Exists(_) | StubError::NoFunction(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(written)
}

fn write_stub(api: &Api, operation: &str, handlers: &Path, out: &mut dyn Write) -> Result<()> {
    apply(&stub::plan(api, operation, handlers)?, out)
}

fn apply(changes: &[Change], out: &mut dyn Write) -> Result<()> {
    stub::write(changes)?;
    for change in changes {
        match change {
            Change::Create { path, .. } => writeln!(out, "created  {}", path.display())?,
            Change::Extend { path, .. } => writeln!(out, "extended {}", path.display())?,
        }
    }
    Ok(())
}
