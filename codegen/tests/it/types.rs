//! Types: small nasty documents, their checked-in output, and how that output behaves.
//!
//! Each document in `testdata/types` has its output in `tests/output/types`, which is compiled
//! here as a module.

use std::path::Path;

use codegen::types::Types;
use models::validation::{Constrained, DecodeError, decode};
use openapi::Placeholders;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::snapshot::{assert_none_stale, folder, is_as_checked_in, read, root, stems};

mod all_of;
mod constraints;
mod enums;
mod formats;
mod names;
mod objects;
mod recursion;
mod unions;

/// The output for a document: findings as comments, then the types.
fn output(path: &Path) -> String {
    let mut findings = Vec::new();
    let types = Types::plan(&read(path), &mut findings);
    let text = codegen::source::format(types.emit()).unwrap();
    let findings: String = findings
        .iter()
        .map(|found| {
            let pointer = found.origin.as_ref().map_or("", |origin| &origin.pointer);
            format!("// {pointer}: {}\n", found.message)
        })
        .collect();
    format!("{text}\n{findings}")
}

#[test]
fn outputs_are_as_checked_in() {
    let mut stale = Vec::new();
    for name in stems(&folder("it/testdata/types"), "yaml") {
        let text = output(&folder("it/testdata/types").join(format!("{name}.yaml")));
        if !is_as_checked_in(&folder("output/types").join(format!("{name}.rs")), &text) {
            stale.push(name);
        }
    }
    assert_none_stale(&stale);
}

/// Every violation, as text.
fn broken<T: DeserializeOwned + Constrained + std::fmt::Debug>(json: &str) -> Vec<String> {
    match decode::<T>(json.as_bytes()) {
        Err(DecodeError::Broken(broken)) => broken.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

/// Decodes, and holds that what is written again is the same text.
fn round_trip<T: DeserializeOwned + Serialize + Constrained>(json: &str) -> T {
    let value = decode::<T>(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(serde_json::to_string(&value).unwrap(), json);
    value
}

/// Documents written to try other parts, and whatever they hold, give Rust or findings.
#[test]
fn every_document_that_can_be_read_gives_rust() {
    let mut waiting = vec![folder("it/testdata"), root().join("openapi/tests")];
    let mut planned = 0;
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let extension = path.extension().and_then(std::ffi::OsStr::to_str);
        if !matches!(extension, Some("yaml" | "json")) {
            continue;
        }
        if let Some(api) = openapi::read(&path, &Placeholders::default()).api {
            let types = Types::plan(&api, &mut Vec::new());
            codegen::source::format(types.emit()).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            planned += 1;
        }
    }
    assert!(planned > 8, "only {planned} documents were read");
}
