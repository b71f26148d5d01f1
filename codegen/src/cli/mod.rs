//! What `lychgate` can be asked, and what it answers with.
//!
//! Every command writes to the writer it is given; only `main` knows the terminal.

mod check;
mod drift;
mod generate;
mod package;
mod routes;
mod stub;
mod workspace;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use openapi::{Diagnostic, RenderFormat, Severity, Source};

use workspace::Workspace;

/// Private REST APIs on AWS from one OpenAPI document.
///
/// Without DOCUMENT the commands read openapi/api.yaml of the workspace, from any of its folders.
/// Exit status: 0 all is well, 1 there are findings, 2 the command could not be carried out.
#[derive(Debug, Parser)]
#[command(name = "lychgate", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell everything that is wrong with the document, each finding with its place
    ///
    /// What API Gateway would refuse, warn about or drop, what the generators cannot take, and
    /// rules of the house. Any finding makes the exit status 1.
    Check {
        #[command(flatten)]
        document: Document,
        /// How to write the findings
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Write the files that are made from the document and checked in
    Generate {
        #[command(flatten)]
        document: Document,
        /// Write nothing; exit with 1 if a file is stale
        #[arg(long)]
        check: bool,
    },
    /// Write the first text of handlers that do not exist yet; never overwrites
    Stub {
        /// operationIds; every operation without a handler if none is given
        #[arg(value_name = "OPERATION")]
        operations: Vec<String>,
        /// The OpenAPI document
        #[arg(long, value_name = "DOCUMENT")]
        document: Option<PathBuf>,
    },
    /// Tell what differs between the document and a deployed API
    ///
    /// Terraform sends the API's body and never reads it back: this finds what was changed
    /// elsewhere. Any difference makes the exit status 1.
    Drift(drift::Options),
    /// Check the document, build its functions and write what Terraform deploys
    ///
    /// One zip per function, byte for byte the same for the same executable; the document as JSON
    /// with its placeholders; and a manifest of both.
    Package(package::Options),
    /// List the operations: method, path, function, validator, authorization
    Routes {
        #[command(flatten)]
        document: Document,
        /// How to write the list
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

#[derive(Args, Debug)]
struct Document {
    /// The OpenAPI document
    #[arg(value_name = "DOCUMENT")]
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Clean,
    /// There are findings, or files are stale.
    Findings,
    /// The command could not be carried out.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
        })
    }
}

/// Carries a command out.
pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Exit> {
    let workspace = Workspace::of_current_folder()?;
    match &arguments.command {
        Command::Check { document, format } => {
            check::run(&workspace.document(document.path.as_deref())?, *format, out)
        }
        Command::Generate { document, check } => {
            let document = workspace.document(document.path.as_deref())?;
            generate::run(&workspace, &document, *check, out)
        }
        Command::Stub { operations, document } => {
            let document = workspace.document(document.as_deref())?;
            stub::run(&workspace, &document, operations, out)
        }
        Command::Drift(options) => drift::run(&workspace, options, out),
        Command::Package(options) => package::run(&workspace, options, out),
        Command::Routes { document, format } => {
            routes::run(&workspace.document(document.path.as_deref())?, *format, out)
        }
    }
}

/// Findings as excerpts of the source, with colours if a person reads them.
fn write_findings(source: &Source, findings: &[Diagnostic], out: &mut dyn Write) -> Result<()> {
    let colored = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let format = if colored { RenderFormat::Colored } else { RenderFormat::Text };
    write!(out, "{}", openapi::render(source, findings, format))?;
    Ok(())
}

/// `2 errors, 1 warning`
fn count(findings: &[Diagnostic]) -> String {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let say = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let parts = [say(of(Severity::Error), "error"), say(of(Severity::Warning), "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// In the order of the text, nothing said twice.
fn sort(findings: &mut Vec<Diagnostic>) {
    findings.sort_by_key(|finding| finding.origin.as_ref().map(|origin| origin.position));
    let mut seen: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    findings.retain(|finding| {
        let new = !seen.contains(finding);
        if new {
            seen.push(finding.clone());
        }
        new
    });
}
