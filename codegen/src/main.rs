//! The command line `lychgate`: check the document, generate from it, stub handlers, list routes,
//! package what Terraform deploys, find what drifted from it.

mod cli;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let result = cli::run(&arguments, &mut out).and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    match result {
        Ok(exit) => exit.into(),
        // Whoever reads the output has seen enough (`lychgate check | head`).
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody left to tell if this fails.
            _ = writeln!(err, "error: {error:#}");
            cli::Exit::Usage.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
