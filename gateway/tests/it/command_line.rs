//! The program: arguments, findings, exit codes, signals.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

use crate::harness::{Client, document, proxy_document};

fn gateway() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.env_remove("RUST_LOG").env("NO_COLOR", "1");
    command
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn outcome(document: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let file = file(document);
    let mut command = gateway();
    let Output { status, stderr, stdout } =
        command.arg("--document").arg(file.path()).args(arguments).output().unwrap();
    assert!(stdout.is_empty(), "stdout stays empty");
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A gateway that runs until it is dropped, and the address it listens on.
pub(crate) struct Running {
    child: Child,
    address: String,
}

impl Running {
    pub(crate) fn start(document: &str, arguments: &[&str]) -> Self {
        Self::start_in(&[], document, arguments)
    }

    /// Starts it with variables in its environment; an empty value takes one away.
    pub(crate) fn start_in(
        environment: &[(&str, &str)],
        document: &str,
        arguments: &[&str],
    ) -> Self {
        let file = file(document);
        let mut command = gateway();
        for (name, value) in environment {
            if value.is_empty() {
                command.env_remove(name);
            } else {
                command.env(name, value);
            }
        }
        let mut child = command
            .arg("--document")
            .arg(file.path())
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("the gateway listens").unwrap();
            if let Some((_, url)) = line.split_once("listening on http://") {
                break url.split('/').next().unwrap().to_owned();
            }
        };
        // Somebody has to read what it says, or it would stall.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Client {
        Client::connect(&self.address).await
    }

    pub(crate) fn get(&self, target: &str) -> String {
        self.get_with(target, "")
    }

    /// Sends header lines too; each ends in CRLF.
    pub(crate) fn get_with(&self, target: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: h\r\n{headers}Connection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended unless the test failed.
        let _ = self.child.kill();
    }
}

fn mock() -> String {
    document(json!({ "/a": { "get": {
        "responses": { "200": { "description": "" } },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "responses": { "default": { "statusCode": "200", "responseTemplates": {
                "application/json": "$stageVariables.color ${name}" } } }
        }
    } } }))
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for arguments in [
        &["--document"][..],
        &["--frob"],
        &["--document", "a", "--stage", "no/slash"],
        &["--document", "a", "--set", "novalue"],
        &["--document", "a", "--function", "f="],
        &["--document", "a", "--function", "f=sh 'unclosed"],
    ] {
        let output = gateway().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_document_that_cannot_be_executed_is_shown_with_its_places() {
    let (code, said) = outcome("{\n  \"openapi\": \"3.1.0\"\n}\n", &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains(".json:2:"), "{said}");

    let http = json!({ "type": "http_proxy", "httpMethod": "GET", "uri": "http://a.example/", "responseTransferMode": "STREAM" });
    let operation = json!({
        "responses": { "200": { "description": "" } }, "x-amazon-apigateway-integration": http });
    let (code, said) = outcome(&document(json!({ "/a": { "get": operation } })), &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("STREAM answer of the http_proxy integration of GET /a is not executed"),
        "{said}"
    );
    assert!(said.contains("--allow-unsupported"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = gateway().args(["--document", "not-there.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("not-there.yaml"));
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = outcome(&mock(), &["--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("{address} is taken by another program")), "{said}");
    let (code, said) = outcome(&mock(), &["--listen", "nonsense"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("nonsense is not HOST:PORT"), "{said}");
}

#[cfg(unix)]
#[test]
fn it_serves_until_a_signal_ends_it() {
    for signal in ["-TERM", "-INT"] {
        let arguments = ["--stage", "s1", "--stage-variable", "color=red", "--set", "name=x"];
        let gateway = Running::start(&mock(), &arguments);
        let answer = gateway.get("/s1/a");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nred x"), "{answer}");
        assert_eq!(gateway.end(signal), Some(0), "{signal}");
    }
}

#[cfg(unix)]
#[test]
fn a_declared_placeholder_has_its_default_unless_it_is_set() {
    let mut text: serde_json::Value = serde_json::from_str(&mock()).unwrap();
    text["x-lychgate"] =
        json!({ "placeholders": { "name": { "description": "A name.", "default": "y" } } });
    for (arguments, body) in [(&[][..], " y"), (&["--set", "name=x"][..], " x")] {
        let gateway = Running::start(&text.to_string(), arguments);
        let answer = gateway.get("/dev/a");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        assert_eq!(gateway.end("-TERM"), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn a_function_that_does_not_start_is_a_bad_gateway_and_the_gateway_ends_cleanly() {
    let gateway = Running::start(&proxy_document(), &["--function", "f=sh -c 'exit 3'"]);
    assert!(gateway.get("/dev/a").starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    assert_eq!(gateway.end("-TERM"), Some(0));
}

#[cfg(unix)]
#[test]
fn a_stage_variable_may_name_the_function() {
    let text = proxy_document().replace(":function:f/", ":function:${stageVariables.f}/");
    let arguments = ["--stage-variable", "f=users", "--function", "users=sh -c 'exit 3'"];
    let gateway = Running::start(&text, &arguments);
    // The function is found, and fails; an unknown one would be a 500.
    assert!(gateway.get("/dev/a").starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    assert_eq!(gateway.end("-TERM"), Some(0));
}

#[test]
fn a_warning_about_the_root_has_its_place() {
    let mut text: serde_json::Value = serde_json::from_str(&mock()).unwrap();
    text["x-amazon-apigateway-cors"] = json!({ "allowOrigins": ["*"] });
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = serde_json::to_string_pretty(&text).unwrap();
    let line = text.lines().position(|line| line.contains("apigateway-cors")).unwrap() + 1;
    let (_, said) = outcome(&text, &["--listen", &address]);
    assert!(said.contains("has no effect on a REST API"), "{said}");
    assert!(said.contains(&format!(".json:{line}:")), "{said}");
}

#[cfg(unix)]
#[test]
fn unsupported_parts_are_let_through_on_demand() {
    let mut text: serde_json::Value = serde_json::from_str(&mock()).unwrap();
    let uri = "arn:aws:apigateway:eu-west-1:nowhere:action/Nothing";
    text["paths"]["/b"] = json!({ "get": {
        "responses": { "200": { "description": "" } },
        "x-amazon-apigateway-integration": { "type": "aws", "httpMethod": "POST", "uri": uri } } });
    assert_eq!(outcome(&text.to_string(), &[]).0, Some(1));
    let gateway = Running::start(&text.to_string(), &["--allow-unsupported"]);
    assert!(gateway.get("/dev/a").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(gateway.get("/dev/b").starts_with("HTTP/1.1 500 "));
    assert_eq!(gateway.end("-TERM"), Some(0));
}

fn keyed() -> String {
    let mut text: serde_json::Value = serde_json::from_str(&mock()).unwrap();
    let key = json!({ "type": "apiKey", "name": "x-api-key", "in": "header" });
    text["components"] = json!({ "securitySchemes": { "k": key } });
    text["paths"]["/a"]["get"]["security"] = json!([{ "k": [] }]);
    text.to_string()
}

#[cfg(unix)]
#[test]
fn a_keyed_document_starts_with_keys_from_a_file_or_without_any() {
    let mut plans = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    plans.write_all(b"usagePlans: [{ name: basic, keys: [{ name: ada, value: ada-0123456789-0123456789 }] }]").unwrap();
    let with_key = "/dev/a HTTP/1.1\r\nx-api-key: ada-0123456789-0123456789\r\nx:";
    let gateway = Running::start(&keyed(), &["--usage-plans", &plans.path().display().to_string()]);
    assert!(gateway.get(with_key).starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(gateway.get("/dev/a").starts_with("HTTP/1.1 403 Forbidden\r\n"));
    assert_eq!(gateway.end("-TERM"), Some(0));

    let gateway = Running::start(&keyed(), &[]);
    assert!(gateway.get(with_key).starts_with("HTTP/1.1 403 Forbidden\r\n"));
    assert_eq!(gateway.end("-TERM"), Some(0));
}

#[test]
fn a_broken_file_of_usage_plans_is_refused_with_the_place() {
    let mut plans = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    plans.write_all(b"usagePlans:\n  - { name: a, keys: [{ name: k, value: sesame }] }\n").unwrap();
    let path = plans.path().display().to_string();
    let (code, said) = outcome(&keyed(), &["--usage-plans", &path]);
    assert_eq!(code, Some(1));
    assert!(said.contains("API Key value should be at least 20 characters"), "{said}");
    assert!(said.contains(&format!("{path}:2:")), "{said}");
    assert!(!said.contains("sesame"), "{said}");
}

#[cfg(unix)]
#[test]
fn logs_go_where_the_options_say() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("access.log");
    let path = file.display().to_string();
    let format = "$context.requestId $context.resourcePath $context.status";
    let gateway = Running::start(&mock(), &["--access-log", format, "--access-log-file", &path]);
    gateway.get("/dev/a");
    assert_eq!(gateway.end("-TERM"), Some(0));
    let lines = std::fs::read_to_string(&file).unwrap();
    assert!(lines.ends_with(" /a 200\n") && lines.lines().count() == 1, "{lines}");

    let (code, said) = outcome(&mock(), &["--access-log", "$context.status"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("must include $context.requestId"), "{said}");
    let unwritable = folder.path().join("no/such/folder").display().to_string();
    let (code, said) = outcome(&mock(), &["--access-log", "clf", "--access-log-file", &unwritable]);
    assert_eq!(code, Some(1));
    assert!(said.contains("--access-log-file: cannot write to"), "{said}");
}
