//! Every document of `testdata` against its findings.

use std::collections::HashSet;
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

/// What the gateway makes of them is a test of the gateway's.
#[test]
fn untidy_documents_are_read_with_the_expected_warnings() {
    check("untidy", |name, reading| {
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
        render(&reading.source, &lint::lint(reading), RenderFormat::Text)
    });
}

#[test]
fn every_rule_of_the_lint_has_a_document_that_breaks_it() {
    let mut codes: Vec<&str> = lint::rules().map(|rule| rule.code).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count, "codes are unique");
    // Quotas have a test of their own.
    let mut found: HashSet<_> =
        codes.iter().copied().filter(|code| code.starts_with("quota-")).collect();
    found.insert("document-size");
    for path in documents("lint") {
        let text = fs::read_to_string(&path).unwrap();
        let reading = parse("lint.yaml", &text, &Placeholders::none());
        found.extend(lint::lint(&reading).iter().map(|finding| finding.code));
    }
    let unbroken: Vec<_> = codes.iter().filter(|code| !found.contains(**code)).collect();
    assert!(unbroken.is_empty(), "{unbroken:?}");
    let unlisted: Vec<_> = found.iter().filter(|code| !codes.contains(code)).collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");
}

#[test]
fn validators_can_be_built_from_every_schema() {
    for path in ["positive", "lint", "untidy"].into_iter().flat_map(documents) {
        let text = fs::read_to_string(&path).unwrap();
        let Some(api) = parse("a", &text, &Placeholders::none()).api else { continue };
        for (id, schema) in api.schemas.iter() {
            let built = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft4)
                .build(&api.schemas.json_schema(id));
            assert!(built.is_ok(), "{}{}: {built:?}", path.display(), schema.origin.pointer);
        }
    }
}

#[test]
fn quotas_are_found_from_the_first_that_is_too_much() {
    let paths = |count: usize| -> String {
        (0..count)
            .map(|n| {
                format!("  /p{n}: {{ get: {{ responses: {{ '200': {{ description: ok }} }} }} }}\n")
            })
            .collect()
    };
    let schemes = |count: usize| -> String {
        (0..count).map(|n| format!("    s{n}: {{ type: apiKey, name: A, in: header, x-amazon-apigateway-authorizer: {{ type: token }} }}\n")).collect()
    };
    let template = |size: usize| {
        format!(
            "paths: {{ /a: {{ get: {{ x-amazon-apigateway-integration: {{ type: mock, requestTemplates: {{ a/b: '{}' }} }} }} }} }}",
            "x".repeat(size)
        )
    };
    let policy = |size: usize| format!("x-amazon-apigateway-policy: '{}'", "x".repeat(size - 2));
    let cases: [(&str, String, String); 5] = [
        ("document-size", String::new(), format!("# {}", "x".repeat(6 * 1024 * 1024))),
        ("quota-resources", format!("paths:\n{}", paths(299)), format!("paths:\n{}", paths(300))),
        (
            "quota-authorizers",
            format!("components:\n  securitySchemes:\n{}", schemes(10)),
            format!("components:\n  securitySchemes:\n{}", schemes(11)),
        ),
        ("quota-policy", policy(8192), policy(8193)),
        ("quota-template", template(300 * 1024), template(300 * 1024 + 1)),
    ];
    for (code, within, beyond) in cases {
        for (rest, expected) in [(within, false), (beyond, true)] {
            let text = format!("openapi: 3.0.3\n{rest}\n");
            let reading = parse("large.yaml", &text, &Placeholders::none());
            let found = lint::lint(&reading).iter().any(|finding| finding.code == code);
            assert_eq!(found, expected, "{code}");
        }
    }
}

fn check(folder: &str, examine: impl Fn(&str, &Reading) -> String) {
    let update = std::env::var_os("LYCHGATE_BLESS").is_some();
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
    assert!(wrong.is_empty(), "LYCHGATE_BLESS=1 accepts what is found\n{}", wrong.join("\n"));
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
