//! `lychgate package`: what Terraform deploys.
//!
//! Terraform only reads what is written here: a zip per function, the checked document as a
//! template, and a manifest that says what both were made from.

mod archive;
mod build;
mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use openapi::Placeholders;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::workspace::Workspace;
use super::{Exit, Format, check};

/// Where Terraform looks (`packages` in terraform/variables.tf), from the workspace's root.
const OUTPUT: &str = "target/lambda";

#[derive(Args, Debug)]
pub(super) struct Options {
    /// The OpenAPI document
    #[arg(value_name = "DOCUMENT")]
    document: Option<PathBuf>,
    /// Where to write; target/lambda of the workspace unless given
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// The processor to build for
    #[arg(long, value_enum, default_value_t)]
    architecture: Architecture,
    /// Build no function: write the document and the manifest only
    #[arg(long)]
    document_only: bool,
    /// Build no function: take the programs from this folder, as they are
    #[arg(long, value_name = "FOLDER", conflicts_with = "document_only")]
    programs: Option<PathBuf>,
}

/// Lambda's names of processors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Architecture {
    /// Intel and AMD
    #[default]
    #[value(name = "x86_64")]
    X86_64,
    /// Graviton
    #[value(name = "arm64")]
    Arm64,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        })
    }
}

/// What was packaged, and from what.
#[derive(Debug, Serialize)]
struct Manifest {
    /// Of the document's bytes, in hexadecimal. Terraform refuses another document.
    document_sha256: String,
    architecture: String,
    /// SHA-256 of each zip, in hexadecimal, by function.
    functions: BTreeMap<String, String>,
}

/// Checks the document, builds its functions and writes what Terraform reads.
pub(super) fn run(workspace: &Workspace, options: &Options, out: &mut dyn Write) -> Result<Exit> {
    let path = workspace.document(options.document.as_deref())?;
    let (bytes, reading) = (read(&path)?, openapi::read(&path, &Placeholders::none()));
    if check::report(&reading, Format::Text, out)? != Exit::Clean {
        writeln!(out, "nothing is packaged from a document with findings")?;
        return Ok(Exit::Findings);
    }
    let output = match &options.output {
        Some(folder) => folder.clone(),
        None => workspace.path(OUTPUT)?,
    };
    fs::create_dir_all(&output).with_context(|| format!("cannot make {}", output.display()))?;

    let (Some(document), Some(api)) = (&reading.document, &reading.api) else {
        return Ok(Exit::Findings);
    };
    let mut manifest = Manifest {
        document_sha256: hexadecimal(&bytes),
        architecture: options.architecture.to_string(),
        functions: BTreeMap::new(),
    };
    if !options.document_only {
        let functions = &api.lychgate.functions;
        let programs = functions.values().map(|function| function.binary.as_str()).collect();
        let programs = match &options.programs {
            Some(folder) => build::built(folder, &programs)?,
            None => build::build(workspace, &programs, options.architecture)?,
        };
        for (program, path) in programs {
            let zip = archive::zip(&read(&path)?).context("cannot zip")?;
            for (key, _) in functions.iter().filter(|(_, function)| function.binary == program) {
                write(&output.join(format!("{key}.zip")), &zip)?;
                writeln!(out, "{key}.zip: {} KiB", zip.len().div_ceil(1024))?;
                manifest.functions.insert(key.clone(), hexadecimal(&zip));
            }
        }
    }
    let template = template::deployed(document, api)?;
    write(&output.join("openapi.json"), &serde_json::to_vec_pretty(&template)?)?;
    // Last: it says that all the rest is there.
    write(&output.join("manifest.json"), &serde_json::to_vec_pretty(&manifest)?)?;
    writeln!(out, "{}: ready for terraform", output.display())?;
    Ok(Exit::Clean)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
