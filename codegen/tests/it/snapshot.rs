//! What the generator makes of the documents under `testdata`, held to files under `tests/output`.

use std::fs;
use std::path::{Path, PathBuf};

use openapi::{Api, Diagnostic, Placeholders, Severity};

/// A folder or file of this crate's tests.
pub(crate) fn folder(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(below)
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The model of a document that can be used.
pub(crate) fn read(path: &Path) -> Api {
    let reading = openapi::read(path, &Placeholders::none());
    reading.api.unwrap_or_else(|| panic!("{}: {:#?}", path.display(), reading.diagnostics))
}

/// Names, without the extension, of the files in a folder that have it; sorted.
pub(crate) fn stems(folder: &Path, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|found| found == extension));
    let mut stems: Vec<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    stems.sort();
    stems
}

/// Compares; with `LYCHGATE_BLESS` in the environment it writes instead.
pub(crate) fn is_as_checked_in(path: &Path, text: &str) -> bool {
    if fs::read_to_string(path).is_ok_and(|checked_in| checked_in == text) {
        return true;
    }
    let bless = std::env::var_os("LYCHGATE_BLESS").is_some();
    if bless {
        fs::write(path, text).unwrap();
    }
    bless
}

/// Fails with the command that repairs, unless nothing is stale.
pub(crate) fn assert_none_stale(stale: &[String]) {
    let stale = stale.join(", ");
    assert!(
        stale.is_empty(),
        "stale: {stale}; repair with: LYCHGATE_BLESS=1 cargo test -p codegen"
    );
}

/// A finding as the comment that stands above the code it came with.
pub(crate) fn comment(finding: &Diagnostic) -> String {
    let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
    let position = finding.origin.as_ref().map(|origin| origin.position).unwrap_or_default();
    format!("// {severity} {} at {position}: {}\n", finding.code, finding.message)
}
