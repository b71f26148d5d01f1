//! Generates the traits, requests, responses and dispatch of every function from the document.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

#[allow(clippy::print_stderr, reason = "Cargo shows a failed build script's standard error")]
fn main() -> ExitCode {
    // Asked at run time: a path compiled in would outlive a move of the workspace.
    let Some(crate_directory) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        eprintln!("CARGO_MANIFEST_DIR is not set; build with Cargo");
        return ExitCode::FAILURE;
    };
    let document = Path::new(&crate_directory).with_file_name("openapi").join("api.yaml");
    match codegen::build(&document) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            if let Some(cause) = error.source() {
                eprintln!("{cause}");
            }
            ExitCode::FAILURE
        }
    }
}
