//! What is checked in is what the document gives.

use crate::snapshot::{read, root};

#[test]
fn generated_files_are_as_checked_in() {
    let root = root();
    let files = codegen::generate(&read(&root.join("openapi/api.yaml"))).unwrap();
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
fn the_generator_finds_nothing_wrong_with_our_own_document() {
    assert_eq!(codegen::findings(&read(&root().join("openapi/api.yaml"))), []);
}
