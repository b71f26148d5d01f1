//! Every document of `testdata` against its findings.

use std::fs;
use std::path::{Path, PathBuf};

use openapi::{Placeholders, Reading, RenderFormat, lint, parse, render};

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testdata");

#[test]
fn positive_documents_are_read_with_the_expected_warnings() {
    check("positive", |name, reading| {
        assert!(reading.api.is_some(), "{name} must be read:\n{}", printed(reading));
        printed(reading)
    });
}

#[test]
fn negative_documents_are_refused_with_every_finding() {
    check("negative", |name, reading| {
        assert!(reading.api.is_none(), "{name} must be refused");
        assert!(reading.has_errors(), "{name} needs an error");
        printed(reading)
    });
}

#[test]
fn lint_finds_what_is_expected() {
    check("lint", |name, reading| {
        assert!(!reading.has_errors(), "{name} must be read:\n{}", printed(reading));
        render(&reading.source, &lint(reading), RenderFormat::Text)
    });
}

fn check(folder: &str, examine: impl Fn(&str, &Reading) -> String) {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    for path in documents(folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let reading = parse(name, &text, &Placeholders::none());
        let found = examine(name, &reading);
        let expected_path = path.with_file_name(format!("{name}.stderr"));
        if update {
            fs::write(&expected_path, &found).unwrap();
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if found != expected {
            wrong.push(format!("--- {name}: expected\n{expected}\n--- found\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "UPDATE_EXPECTED=1 accepts what is found\n{}", wrong.join("\n"));
}

fn documents(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(TESTDATA).join(folder)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "stderr"));
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn printed(reading: &Reading) -> String {
    render(&reading.source, &reading.diagnostics, RenderFormat::Text)
}
