//! Generates the traits, requests, responses and dispatch of every function from the document.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

#[allow(clippy::print_stderr, reason = "Cargo shows a failed build script's standard error")]
fn main() -> ExitCode {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("openapi").join("api.yaml");
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
