//! `lychgate check`

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use openapi::{Placeholders, Reading, RenderFormat};

use super::{Exit, Format, count, sort, write_findings};

/// Writes every finding about the document.
pub(super) fn run(document: &Path, format: Format, out: &mut dyn Write) -> Result<Exit> {
    report(&openapi::read(document, &Placeholders::none()), format, out)
}

/// Writes every finding about a document that has been read.
pub(super) fn report(reading: &Reading, format: Format, out: &mut dyn Write) -> Result<Exit> {
    let mut findings = openapi::lint(reading);
    if let Some(api) = &reading.api {
        findings.extend(codegen::findings(api));
    }
    findings.extend(reading.diagnostics.iter().cloned());
    sort(&mut findings);
    match format {
        Format::Json => {
            let json = openapi::render(&reading.source, &findings, RenderFormat::Json);
            writeln!(out, "{}", json.trim_end())?;
        }
        Format::Text => {
            write_findings(&reading.source, &findings, out)?;
            let name = reading.source.name();
            match &reading.api {
                Some(api) if findings.is_empty() => {
                    writeln!(out, "{name}: {} operations, no findings", api.operations.len())?;
                }
                _ => writeln!(out, "{name}: {}", count(&findings))?,
            }
        }
    }
    Ok(if findings.is_empty() { Exit::Clean } else { Exit::Findings })
}
