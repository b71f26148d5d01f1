//! What is checked in is what the document gives.

use std::path::Path;

use openapi::Placeholders;

#[test]
fn generated_files_are_as_checked_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let reading = openapi::read(&root.join("openapi/api.yaml"), &Placeholders::none());
    let files = codegen::generate(&reading.api.unwrap()).unwrap();
    let is_stale = |file: &&codegen::source::SourceFile| {
        std::fs::read_to_string(root.join(file.path)).ok().as_deref() != Some(&file.text)
    };
    let stale: Vec<_> = files.iter().filter(is_stale).map(|file| file.path).collect();
    assert!(
        stale.is_empty(),
        "stale: {}; repair with: cargo run -p codegen -- generate",
        stale.join(", ")
    );
}

#[test]
fn nothing_of_our_own_document_is_left_out_of_the_client() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let reading = openapi::read(&root.join("openapi/api.yaml"), &Placeholders::none());
    assert_eq!(codegen::findings(&reading.api.unwrap()), []);
}
