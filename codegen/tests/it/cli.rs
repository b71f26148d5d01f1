//! The command line, run as its users run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const DOCUMENT: &str = include_str!("../../../openapi/api.yaml");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn lychgate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("lychgate").unwrap();
    command.current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit status and standard output; standard error must be empty.
fn answer(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = lychgate(folder, arguments);
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    (output.status.code().unwrap(), text(&output.stdout))
}

/// A workspace with a document and an empty crate `handlers`.
fn workspace(document: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let files = [
        ("Cargo.toml", "[workspace]\n"),
        ("openapi/api.yaml", document),
        ("handlers/src/lib.rs", "//! The Lambda functions.\n"),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Our document with three faults.
fn broken() -> String {
    let broken = DOCUMENT
        .replacen("operationId: getUser", "operationId: createUser", 1)
        .replacen("#/components/parameters/Uid", "#/components/parameters/Uuid", 1)
        .replacen("httpMethod: POST", "httpMethod: GET", 1);
    assert_ne!(broken, DOCUMENT);
    broken
}

/// Line of the first occurrence, from 1.
fn line_of(text: &str, part: &str) -> u64 {
    let index = text.lines().position(|line| line.contains(part)).unwrap();
    u64::try_from(index + 1).unwrap()
}

mod check {
    use super::*;

    #[test]
    fn our_document_has_no_findings() {
        let (exit, out) = answer(&root(), &["check"]);
        assert_eq!(exit, 0, "{out}");
        assert!(out.starts_with("openapi/api.yaml: ") && out.ends_with("no findings\n"), "{out}");
    }

    #[test]
    fn the_document_is_found_from_a_folder_below() {
        let (exit, out) = answer(&root().join("handlers/src"), &["check"]);
        assert_eq!(exit, 0, "{out}");
    }

    #[test]
    fn every_finding_has_its_place_and_an_excerpt() {
        let document = broken();
        let folder = workspace(&document);
        let (exit, out) = answer(folder.path(), &["check"]);
        assert_eq!(exit, 1);
        for part in ["components/parameters/Uuid", "httpMethod: GET"] {
            let place = format!("openapi/api.yaml:{}:", line_of(&document, part));
            assert!(out.contains(&place), "no {place} in:\n{out}");
            assert!(out.contains(part), "no excerpt {part} in:\n{out}");
        }
        assert!(out.contains("`createUser`"), "{out}");
        let last = out.lines().last().unwrap();
        assert!(last.starts_with("openapi/api.yaml: ") && last.contains("errors"), "{last}");
    }

    #[test]
    fn json_says_the_same_to_programs() {
        let document = broken();
        let folder = workspace(&document);
        let (exit, out) = answer(folder.path(), &["check", "--format", "json"]);
        assert_eq!(exit, 1);
        let findings: Vec<Value> = serde_json::from_str(&out).unwrap();
        assert!(findings.len() >= 3, "{out}");
        assert!(findings.iter().all(|finding| finding["line"].as_u64() > Some(0)), "{out}");
        let at = line_of(&document, "httpMethod: GET");
        assert!(findings.iter().any(|finding| finding["line"] == at), "{out}");
        let (exit, out) = answer(&root(), &["check", "--format", "json"]);
        assert_eq!((exit, out.trim()), (0, "[]"));
    }

    #[test]
    fn broken_syntax_is_a_finding_with_a_place() {
        let folder = workspace("openapi: 3.0.3\ninfo: [\n");
        let (exit, out) = answer(folder.path(), &["check"]);
        assert_eq!(exit, 1);
        assert!(out.contains("openapi/api.yaml:"), "{out}");
    }

    #[test]
    fn a_document_can_be_named() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("mine.yaml"), DOCUMENT).unwrap();
        let (exit, out) = answer(folder.path(), &["check", "mine.yaml"]);
        assert_eq!(exit, 0, "{out}");
        assert!(out.starts_with("mine.yaml: "), "{out}");
    }
}

mod usage {
    use super::*;

    fn refusal(folder: &Path, arguments: &[&str]) -> String {
        let output = lychgate(folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        text(&output.stderr)
    }

    #[test]
    fn an_unknown_flag_is_refused() {
        let message = refusal(&root(), &["check", "--formt", "json"]);
        assert!(message.contains("'--formt'") && message.contains("'--format'"), "{message}");
    }

    #[test]
    fn a_missing_document_is_named() {
        let message = refusal(&root(), &["check", "no/such.yaml"]);
        assert!(message.starts_with("error: cannot read the document no/such.yaml: "), "{message}");
        let message = refusal(&root(), &["routes", "openapi"]);
        assert!(message.contains("openapi is not a file"), "{message}");
    }

    #[test]
    fn outside_of_a_workspace_the_document_must_be_named() {
        let folder = TempDir::new().unwrap();
        let message = refusal(folder.path(), &["check"]);
        assert!(message.contains("name the document"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let binary = assert_cmd::cargo::cargo_bin("lychgate");
        let script = format!("{{ '{}' routes; echo $? >&2; }} | true", binary.display());
        let mut shell = std::process::Command::new("sh");
        let output = shell.current_dir(root()).args(["-c", &script]).output().unwrap();
        assert_eq!(text(&output.stderr).trim(), "0");
    }
}

mod generate {
    use super::*;

    const FILES: [&str; 2] = ["models/src/types.rs", "client/src/generated.rs"];

    #[test]
    fn files_are_written_and_then_up_to_date() {
        let folder = workspace(DOCUMENT);
        let (exit, out) = answer(folder.path(), &["generate", "--check"]);
        assert_eq!(exit, 1);
        assert!(out.contains("client/src/generated.rs is stale: it does not exist"), "{out}");
        assert!(out.ends_with("repair with: cargo run -p codegen -- generate\n"), "{out}");
        assert!(FILES.iter().all(|file| !folder.path().join(file).exists()));

        let (exit, out) = answer(&folder.path().join("openapi"), &["generate"]);
        assert_eq!(exit, 0, "{out}");
        assert!(FILES.iter().all(|file| folder.path().join(file).exists()));

        let (exit, out) = answer(folder.path(), &["generate", "--check"]);
        assert_eq!((exit, out.matches("is up to date").count()), (0, 2), "{out}");
    }

    #[test]
    fn a_stale_file_is_told_with_its_first_difference() {
        let folder = workspace(DOCUMENT);
        assert_eq!(answer(folder.path(), &["generate"]).0, 0);
        let path = folder.path().join(FILES[1]);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen('\n', "\n// by hand\n", 1)).unwrap();
        let (exit, out) = answer(folder.path(), &["generate", "--check"]);
        assert_eq!(exit, 1);
        assert!(out.contains("client/src/generated.rs is stale: line 2 is the first"), "{out}");
    }

    #[test]
    fn a_broken_document_generates_nothing() {
        let folder = workspace(&broken());
        let (exit, out) = answer(folder.path(), &["generate"]);
        assert_eq!(exit, 1);
        assert!(out.contains("nothing generated"), "{out}");
        assert!(FILES.iter().all(|file| !folder.path().join(file).exists()));
    }
}

mod stub {
    use super::*;

    #[test]
    fn every_missing_handler_is_written_once() {
        let folder = workspace(DOCUMENT);
        let (exit, out) = answer(folder.path(), &["stub"]);
        assert_eq!(exit, 0, "{out}");
        let handler = folder.path().join("handlers/src/users/create_user.rs");
        assert!(handler.exists(), "{out}");

        fs::write(&handler, "// by hand\n").unwrap();
        let (exit, out) = answer(folder.path(), &["stub"]);
        assert_eq!((exit, out.as_str()), (0, "every operation has its handler\n"));
        assert_eq!(fs::read_to_string(&handler).unwrap(), "// by hand\n");
    }

    #[test]
    fn an_operation_can_be_named_and_is_never_overwritten() {
        let folder = workspace(DOCUMENT);
        let (exit, out) = answer(folder.path(), &["stub", "getUser"]);
        assert_eq!(exit, 0, "{out}");
        let users = folder.path().join("handlers/src/users");
        assert!(users.join("get_user.rs").exists() && !users.join("create_user.rs").exists());

        let (exit, out) = answer(folder.path(), &["stub", "getUser", "noSuch", "createUser"]);
        assert_eq!(exit, 1);
        assert!(out.contains("getUser: ") && out.contains("a stub never overwrites"), "{out}");
        assert!(out.contains("the document has no operation `noSuch`"), "{out}");
        assert!(users.join("create_user.rs").exists());
    }
}

mod routes {
    use super::*;

    const ROUTES: &str = r#"{
        "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
        "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true}},
        "components": {"securitySchemes": {
            "Sigv4": {"type": "apiKey", "in": "header", "name": "Authorization",
                "x-amazon-apigateway-authtype": "awsSigv4"},
            "Key": {"type": "apiKey", "in": "header", "name": "x-api-key"}
        }},
        "paths": {
            "/ping": {
                "get": {"operationId": "ping", "security": [{"Key": []}, {"Sigv4": []}],
                    "responses": {"200": {"description": "pong"}},
                    "x-amazon-apigateway-integration": {"type": "mock"}},
                "put": {"operationId": "putObject", "responses": {"200": {"description": "kept"}},
                    "x-amazon-apigateway-integration": {"type": "aws", "httpMethod": "PUT",
                        "uri": "arn:aws:apigateway:eu-west-1:s3:path/bucket/key"}}
            },
            "/users/{uid}/friends": {
                "x-amazon-apigateway-any-method": {"operationId": "anyFriend",
                    "x-amazon-apigateway-request-validator": "all",
                    "responses": {"200": {"description": "done"}},
                    "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST",
                        "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:${users_function}/invocations"}}
            }
        }
    }"#;

    fn routes(arguments: &[&str]) -> String {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("api.json"), ROUTES).unwrap();
        let (exit, out) = answer(folder.path(), &[&["routes", "api.json"], arguments].concat());
        assert_eq!(exit, 0, "{out}");
        out
    }

    #[test]
    fn the_table_is_aligned() {
        let table = [
            "METHOD  PATH                  OPERATION  FUNCTION  VALIDATOR  AUTH\n",
            "GET     /ping                 ping       mock      -          Key or AWS_IAM\n",
            "PUT     /ping                 putObject  s3 (aws)  -          open\n",
            "ANY     /users/{uid}/friends  anyFriend  users     all        open\n",
        ];
        assert_eq!(routes(&[]), table.concat());
    }

    #[test]
    fn json_has_the_same_columns() {
        let routes: Value = serde_json::from_str(&routes(&["--format", "json"])).unwrap();
        let ping = serde_json::json!({
            "method": "GET", "path": "/ping", "operationId": "ping", "function": "mock",
            "validator": "-", "auth": "Key or AWS_IAM"
        });
        assert_eq!(routes[0], ping);
        assert_eq!(routes.as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn our_document_has_routes() {
        let (exit, out) = answer(&root(), &["routes"]);
        assert_eq!(exit, 0, "{out}");
        assert!(out.lines().count() > 1, "{out}");
    }

    #[test]
    fn a_broken_document_has_findings_instead() {
        let folder = workspace(&broken());
        let (exit, out) = answer(folder.path(), &["routes"]);
        assert_eq!(exit, 1);
        assert!(out.contains("no routes"), "{out}");
    }
}
