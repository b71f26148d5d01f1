//! What cannot run is refused in clear words, with exit code 1 and nothing half-started.

use std::net::TcpListener;

use crate::scratch::{DOCUMENT, ONE, Scratch};

#[test]
fn help_and_unknown_flags_have_their_usual_codes() {
    let scratch = Scratch::new(ONE);
    assert_eq!(scratch.refused(&["--help"]).0, Some(0));
    let (code, message) = scratch.refused(&["--port", "1"]);
    assert_eq!(code, Some(2));
    assert!(message.contains("unexpected argument '--port'"), "{message}");
}

#[test]
fn a_taken_port_is_refused_before_anything_is_built() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let scratch = Scratch::new(ONE);
    let (code, message) = scratch.refused(&["--listen", &address.to_string()]);
    assert_eq!(code, Some(1));
    assert!(
        message.contains(&format!("port {} of 127.0.0.1 is taken", address.port())),
        "{message}"
    );
    assert!(message.contains("--listen"), "{message}");
    assert!(!scratch.path("target").exists() && !scratch.path(".lychgate").exists());
}

#[test]
fn a_broken_document_is_refused_with_every_place_before_anything_starts() {
    let scratch = Scratch::new(ONE);
    let broken =
        DOCUMENT.replace("timeout: 60", "timeout: 901").replace("partitionKey:", "partionKey:");
    scratch.write("openapi/api.yaml", &broken);
    let (code, message) = scratch.refused(&["--ephemeral"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("openapi/api.yaml:8:"), "{message}");
    assert!(message.contains("openapi/api.yaml:12:"), "{message}");
    assert!(!scratch.path("target").exists() && !scratch.path(".lychgate").exists());
}

#[test]
fn a_missing_document_is_named() {
    let (code, message) = Scratch::new(ONE).refused(&["--document", "nowhere.yaml"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("nowhere.yaml"), "{message}");
}

#[test]
fn a_function_that_does_not_build_shows_the_compilers_words_and_a_last_line() {
    let (code, message) = Scratch::new("fn main() { none() }").refused(&["--ephemeral"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("cannot find function `none`"), "{message}");
    let last = message.trim_end().lines().last().unwrap();
    assert!(last.starts_with("error: the functions do not build"), "{message}");
}

#[test]
fn a_function_that_does_not_start_is_named_with_what_it_did() {
    let exits = "fn main() { std::process::exit(3) }";
    let (code, message) = Scratch::new(exits).refused(&["--ephemeral"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("function `local-users` does not start"), "{message}");
    assert!(message.contains("exit status 3"), "{message}");
}

#[test]
fn a_data_directory_is_not_shared() {
    let scratch = Scratch::new(ONE);
    let first = scratch.start(&[]);
    first.ready();
    let (code, message) = scratch.refused(&[]);
    assert_eq!(code, Some(1));
    assert!(message.contains(".lychgate is in use"), "{message}");
    assert!(message.contains("--ephemeral"), "{message}");
}

#[test]
fn a_damaged_data_file_is_named() {
    let scratch = Scratch::new(ONE);
    scratch.write(".lychgate/dynamodb.sqlite", &"no database ".repeat(1000));
    let (code, message) = scratch.refused(&[]);
    assert_eq!(code, Some(1));
    assert!(message.contains(".lychgate/dynamodb.sqlite"), "{message}");
    assert!(message.contains("--data-dir"), "{message}");
    assert!(!scratch.path("target").exists(), "nothing was built");
}

#[test]
fn a_table_with_another_key_is_refused_where_it_is_declared() {
    let scratch = Scratch::new(ONE);
    let first = scratch.start(&[]);
    first.ready();
    first.signal(rustix::process::Signal::INT);
    assert_eq!(first.end(), Some(0));
    scratch.write("openapi/api.yaml", &DOCUMENT.replace("name: uid", "name: id"));
    let (code, message) = scratch.refused(&[]);
    assert_eq!(code, Some(1));
    assert!(message.contains("openapi/api.yaml:12:"), "{message}");
    assert!(message.contains("under the key uid (S), not id (S)"), "{message}");
}

/// An operation that the gateway does not execute.
const HTTP_PROXY: &str = r#"
  /other:
    get:
      operationId: getOther
      responses: { "200": { description: Other. } }
      x-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: "http://example.com/", responseTransferMode: STREAM }
"#;

#[test]
fn what_the_gateway_does_not_execute_is_refused_unless_allowed_and_then_said() {
    let scratch = Scratch::new(ONE);
    scratch.write("openapi/api.yaml", &format!("{}{HTTP_PROXY}", DOCUMENT.trim_end()));
    let (code, message) = scratch.refused(&["--ephemeral"]);
    assert_eq!(code, Some(1));
    assert!(message.contains("http_proxy integration of GET /other"), "{message}");
    assert!(message.contains("openapi/api.yaml:28:"), "{message}");
    assert!(!scratch.path("target").exists(), "nothing was built");

    let local = scratch.start(&["--ephemeral", "--allow-unsupported"]);
    local.until("http_proxy integration of GET /other");
    local.ready();
    local.signal(rustix::process::Signal::INT);
    assert_eq!(local.end(), Some(0));
}

#[test]
fn what_the_gateway_leaves_out_of_the_root_is_said_with_its_place() {
    let scratch = Scratch::new(ONE);
    let cors = "x-amazon-apigateway-cors: { allowOrigins: ['*'] }";
    scratch.write("openapi/api.yaml", &format!("{}\n{cors}\n", DOCUMENT.trim_end()));
    let local = scratch.start(&["--ephemeral"]);
    local.until("has no effect on a REST API");
    local.until("openapi/api.yaml:24:1");
    local.ready();
}

#[test]
fn a_value_for_a_placeholder_the_document_does_not_have_is_said() {
    let scratch = Scratch::new(ONE);
    let local = scratch.start(&["--ephemeral", "--set", "regoin=eu-central-1"]);
    local.until("--set regoin");
    local.ready();
}
