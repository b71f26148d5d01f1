//! The client generator is total: every document in `testdata/client` gives code that compiles or
//! findings with a position, never a panic.
//!
//! The code is checked in under `tests/output/client`, findings as comments on top; the tests of
//! crate `client` compile it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use codegen::types::Types;
use openapi::{Diagnostic, Placeholders, Severity};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::snapshot::{assert_none_stale, comment, folder, is_as_checked_in, stems};

/// The documents and what is generated from them agree with what is checked in.
#[test]
fn outputs_are_as_checked_in() {
    let mut stale = Vec::new();
    let mut modules = String::from(concat!(
        "//! Clients of the documents in `codegen/tests/it/testdata/client`.\n//!\n",
        "//! @generated; the test that repairs it is `codegen/tests/it/client.rs`.\n\n",
    ));
    for name in documents() {
        let output = generate(&name);
        let path = output_folder().join(format!("{name}.rs"));
        if !is_as_checked_in(&path, &output) {
            stale.push(name.clone());
        }
        modules.push_str(&format!("pub mod {name};\n"));
    }
    if !is_as_checked_in(&output_folder().join("mod.rs"), &modules) {
        stale.push("mod".to_owned());
    }
    assert_none_stale(&stale);
}

/// Whoever adds a document adds what comes of it, and whoever takes one away takes that along.
#[test]
fn every_output_has_its_document() {
    let documents: BTreeSet<_> = documents().into_iter().collect();
    let outputs = stems(&output_folder(), "rs").into_iter().filter(|name| name != "mod");
    let orphans: Vec<_> = outputs.filter(|name| !documents.contains(name)).collect();
    assert!(orphans.is_empty(), "no document for {}", orphans.join(", "));
}

/// A finding without a place does not help anybody.
#[test]
fn every_finding_has_a_position_and_none_blames_the_generator() {
    for name in documents() {
        let (_, findings) = emit(&name);
        for finding in findings {
            assert_ne!(finding.code, "client-generator", "{name}: {}", finding.message);
            assert!(finding.origin.is_some(), "{name}: {}", finding.message);
        }
    }
}

/// Documents are untidy: with any line missing the generator still gives Rust or findings.
#[test]
fn a_missing_line_never_stops_the_generator() {
    for (number, name) in documents().iter().enumerate() {
        let text = fs::read_to_string(document_folder().join(format!("{name}.yaml"))).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // Every other line, now the odd and now the even ones: all take long.
        for missing in (number % 2..lines.len()).step_by(2) {
            let without = [&lines[..missing], &lines[missing + 1..]].concat().join("\n");
            let reading = openapi::parse("missing.yaml", &without, &Placeholders::none());
            let Some(api) = reading.api else { continue };
            let mut findings = Vec::new();
            let types = Types::plan(&api, &mut findings);
            let client = codegen::client::emit(&api, &types, &mut findings);
            assert!(syn::parse2::<syn::File>(client).is_ok(), "{name} without line {missing}");
            let stopped = findings.iter().find(|finding| finding.code == "client-generator");
            assert_eq!(stopped, None, "{name} without line {missing}");
        }
    }
}

/// The file for one document: findings as comments, types, client.
fn generate(name: &str) -> String {
    let (tokens, findings) = emit(name);
    let mut text = codegen::source::format(tokens).unwrap();
    let comments: String = findings.iter().map(comment).collect();
    let (header, code) = text.split_once('\n').unwrap();
    text = format!("{header}\n{comments}{code}");
    text
}

/// Types and client of one document, and what the client generator finds. If the document cannot
/// be used at all, the reader's errors and no code.
fn emit(name: &str) -> (TokenStream, Vec<Diagnostic>) {
    let path = document_folder().join(format!("{name}.yaml"));
    let reading = openapi::read(&path, &Placeholders::none());
    let Some(api) = reading.api else {
        let errors = reading.diagnostics.into_iter().filter(|d| d.severity == Severity::Error);
        return (TokenStream::new(), errors.collect());
    };
    let types = Types::plan(&api, &mut Vec::new());
    let mut findings = Vec::new();
    let client = codegen::client::emit(&api, &types, &mut findings);
    let types = types.emit();
    let names = defined(&types);
    let types = relocate(types, &names, name);
    let client = relocate(client, &names, name);
    let tokens = quote! {
        /// Types of the document.
        pub mod types { #types }
        #client
    };
    (tokens, findings)
}

/// Names of the types that `tokens` define.
fn defined(tokens: &TokenStream) -> BTreeSet<String> {
    let file: syn::File = syn::parse2(tokens.clone()).unwrap();
    let names = file.items.iter().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item.ident.to_string()),
        syn::Item::Enum(item) => Some(item.ident.to_string()),
        syn::Item::Type(item) => Some(item.ident.to_string()),
        _ => None,
    });
    names.collect()
}

/// Generated code names its types by `::models::Name`; here they stand beside it.
fn relocate(tokens: TokenStream, names: &BTreeSet<String>, module: &str) -> TokenStream {
    let module = Ident::new(module, proc_macro2::Span::call_site());
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out = TokenStream::new();
    let mut rest = trees.as_slice();
    while let Some((tree, behind)) = rest.split_first() {
        // `: : models : : Name`
        if let [a, b, models, c, d, TokenTree::Ident(name), after @ ..] = rest
            && [a, b, c, d].iter().all(|tree| tree.to_string() == ":")
            && models.to_string() == "models"
            && names.contains(&name.to_string())
        {
            out.extend(quote!(crate::outputs::#module::types::#name));
            rest = after;
            continue;
        }
        match tree {
            TokenTree::Group(group) => {
                let inner = relocate(group.stream(), names, &module.to_string());
                TokenTree::Group(Group::new(group.delimiter(), inner)).to_tokens(&mut out);
            }
            other => other.to_tokens(&mut out),
        }
        rest = behind;
    }
    out
}

fn documents() -> Vec<String> {
    stems(&document_folder(), "yaml")
}

fn document_folder() -> PathBuf {
    folder("it/testdata/client")
}

fn output_folder() -> PathBuf {
    folder("output/client")
}
