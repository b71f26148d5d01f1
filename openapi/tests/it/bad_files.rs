//! Files that hold no text at all, or do not exist.

use std::fs;

use openapi::{Placeholders, Reading, RenderFormat, read, render};

fn read_bytes(name: &str, bytes: &[u8]) -> Reading {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    read(&path, &Placeholders::none())
}

fn only_finding(reading: &Reading) -> (&'static str, String) {
    assert!(reading.api.is_none() && reading.document.is_none());
    assert_eq!(reading.diagnostics.len(), 1, "{:?}", reading.diagnostics);
    let found = &reading.diagnostics[0];
    let position = found.origin.as_ref().map(|origin| origin.position.to_string());
    render(&reading.source, &reading.diagnostics, RenderFormat::Text);
    (found.code, position.unwrap_or_default())
}

#[test]
fn missing_file_is_one_finding_without_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let reading = read(&folder.path().join("none.yaml"), &Placeholders::none());
    assert_eq!(only_finding(&reading), ("unreadable-file", String::new()));
    let text = render(&reading.source, &reading.diagnostics, RenderFormat::Text);
    assert!(text.contains("none.yaml"), "{text}");
}

#[test]
fn folder_is_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let reading = read(folder.path(), &Placeholders::none());
    assert_eq!(only_finding(&reading).0, "unreadable-file");
}

#[test]
fn wrong_encoding_is_found_where_it_starts() {
    let reading = read_bytes("latin1.yaml", b"openapi: 3.0.3\ninfo: { title: caf\xe9 }\n");
    assert_eq!(only_finding(&reading), ("not-utf8", "2:19".to_owned()));
}

#[test]
fn utf16_is_named() {
    let reading = read_bytes("wide.yaml", b"\xff\xfeo\0p\0e\0n\0");
    assert_eq!(only_finding(&reading).0, "not-utf8");
    assert!(reading.diagnostics[0].message.contains("UTF-16"));
}

#[test]
fn binary_garbage_is_a_finding() {
    let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    assert_eq!(only_finding(&read_bytes("garbage.yaml", &bytes)).0, "not-utf8");
    assert_eq!(only_finding(&read_bytes("zeros.yaml", &[0; 64])).0, "syntax");
    assert_eq!(only_finding(&read_bytes("zeros.json", &[0; 64])).0, "syntax");
}
