//! A small Lambda function on std alone: this very test binary, started once more.
//!
//! `STAND_IN` says how it starts, each event (`VERB` or `VERB:ARGUMENT`) what it does.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a function prints is its log")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use gateway::function::FunctionSpec;

/// What lets everybody pass.
const ALLOW: &str = r#"{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}"#;

/// A function that starts as `start` says.
pub(crate) fn spec(name: &str, start: &str) -> FunctionSpec {
    let program = std::env::current_exe().unwrap().to_string_lossy().into_owned();
    let arguments = ["--exact", "stand_in::is_a_function_if_told_so", "--nocapture"];
    let command = std::iter::once(program).chain(arguments.map(str::to_owned)).collect();
    let mut spec = FunctionSpec::new(name, command);
    spec.environment.push(("STAND_IN".to_owned(), start.to_owned()));
    spec.timeout = Duration::from_secs(20);
    spec
}

#[test]
fn is_a_function_if_told_so() {
    if let Ok(start) = std::env::var("STAND_IN") {
        run(&start);
    }
}

fn run(start: &str) {
    let mut api = Api::connect();
    match start.split_once(':').unwrap_or((start, "")) {
        ("exit", code) => std::process::exit(code.parse().unwrap()),
        ("report", document) => {
            api.post("/runtime/init/error", document.as_bytes(), &[]);
            std::process::exit(1);
        }
        ("hang", _) => std::thread::sleep(Duration::from_secs(3600)),
        ("slow", millis) => std::thread::sleep(Duration::from_millis(millis.parse().unwrap())),
        // Registers an extension first, as graceful shutdown does, and tells how that went.
        ("extend", events) => {
            let registration = format!("{{\"events\":[{events}]}}");
            api.post("/2020-01-01/extension/register", registration.as_bytes(), &[]);
            println!("registered: {}", api.status);
            Api::connect().send("GET", "/2020-01-01/extension/event/next", b"", &[]);
        }
        // Fails the first time only; the argument names a file that remembers.
        ("exit-once", file) if !std::path::Path::new(file).exists() => {
            std::fs::write(file, "").unwrap();
            std::process::exit(1);
        }
        _ => {}
    }
    println!("ready");
    let mut count = 0;
    loop {
        let (headers, event) = api.get("/runtime/invocation/next");
        let id = header(&headers, "lambda-runtime-aws-request-id").to_owned();
        let path = format!("/runtime/invocation/{id}");
        count += 1;
        let event = String::from_utf8(event).unwrap();
        let event = match start {
            "proxy" => "proxy".to_owned(),
            "mirror" => format!("mirror:{}", target(&event)),
            // A Lambda authorizer that knows one token.
            "guard" if event.contains(r#""authorizationToken":"good""#) => format!("echo:{ALLOW}"),
            "guard" => r#"error:{"errorMessage":"Unauthorized"}"#.to_owned(),
            _ => event,
        };
        perform(&mut api, &path, &headers, &event, count);
    }
}

fn perform(api: &mut Api, path: &str, headers: &str, event: &str, count: usize) {
    let response = format!("{path}/response");
    let (verb, argument) = event.split_once(':').unwrap_or((event, ""));
    let mut answer = |body: &[u8]| api.post(&response, body, &[]);
    match verb {
        "echo" => answer(argument.as_bytes()),
        "pid" => answer(format!("{} {count}", std::process::id()).as_bytes()),
        // For any event of a gateway.
        "proxy" => answer(format!(r#"{{"body":"{}"}}"#, std::process::id()).as_bytes()),
        "mirror" => {
            answer(format!(r#"{{"body":"{} {argument}"}}"#, std::process::id()).as_bytes());
        }
        "headers" => answer(headers.as_bytes()),
        "variable" => answer(std::env::var(argument).unwrap_or_default().as_bytes()),
        "sleep" => {
            println!("asleep for {argument}");
            std::thread::sleep(Duration::from_millis(argument.parse().unwrap()));
            answer(std::process::id().to_string().as_bytes());
        }
        "big" => answer(&vec![b'x'; argument.parse().unwrap()]),
        "print" => {
            println!("{argument}");
            eprintln!("{argument} again");
            answer(b"");
        }
        "flood" => {
            for line in 0..argument.parse().unwrap() {
                println!("{line:0>200}");
            }
            answer(b"done");
        }
        "exit" => std::process::exit(argument.parse().unwrap()),
        "abort" => std::process::abort(),
        "hang" => std::thread::sleep(Duration::from_secs(3600)),
        "answer-and-exit" => {
            api.send("POST", &response, argument.as_bytes(), &[]);
            std::process::exit(1);
        }
        "error" => api.post(&format!("{path}/error"), argument.as_bytes(), &[]),
        "stream" => {
            api.post(&response, b"part", &["Lambda-Runtime-Function-Response-Mode: streaming"]);
        }
        "chunks" => api.post_chunked(&response, argument.split(',')),
        "half" => {
            let head = format!(
                "POST /2018-06-01{response} HTTP/1.1\r\nHost: api\r\nContent-Length: 100\r\n\r\nhalf"
            );
            api.stream.get_mut().write_all(head.as_bytes()).unwrap();
            *api = Api::connect();
        }
        // Answers for another request, twice for its own, and reports what it was told.
        "confuse" => {
            api.post("/runtime/invocation/not-mine/response", b"", &[]);
            let other = api.status;
            api.post(&response, b"", &["Lambda-Runtime-Invocation-Id: not-mine"]);
            let attempt = api.status;
            api.post(&response, format!("{other} {attempt}").as_bytes(), &[]);
            api.post(&response, b"twice", &[]);
            assert_eq!(api.status, 403);
        }
        other => panic!("unknown event `{other}`"),
    }
}

/// The path in an event of a gateway.
fn target(event: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    event["path"].as_str().unwrap().to_owned()
}

/// A client of the Runtime API, one connection.
struct Api {
    stream: BufReader<TcpStream>,
    status: u16,
}

impl Api {
    fn connect() -> Self {
        let address = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), status: 0 }
    }

    fn get(&mut self, path: &str) -> (String, Vec<u8>) {
        self.send("GET", path, b"", &[]);
        self.receive()
    }

    fn post(&mut self, path: &str, body: &[u8], headers: &[&str]) {
        self.send("POST", path, body, headers);
        self.receive();
    }

    fn post_chunked<'a>(&mut self, path: &str, chunks: impl Iterator<Item = &'a str>) {
        let mut request = format!(
            "POST /2018-06-01{path} HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        for chunk in chunks {
            request += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
        }
        request += "0\r\n\r\n";
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        self.receive();
    }

    fn send(&mut self, method: &str, path: &str, body: &[u8], headers: &[&str]) {
        let mut request = format!(
            "{method} {} HTTP/1.1\r\nHost: api\r\nContent-Length: {}\r\n",
            versioned(path),
            body.len()
        );
        for header in headers {
            request += &format!("{header}\r\n");
        }
        request += "\r\n";
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes).unwrap();
    }

    fn receive(&mut self) -> (String, Vec<u8>) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head).unwrap_or(0) == 0 {
                // The gateway is gone.
                std::process::exit(1);
            }
        }
        let head = head.to_ascii_lowercase();
        self.status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = vec![0; header(&head, "content-length").parse().unwrap()];
        self.stream.read_exact(&mut body).unwrap();
        (head, body)
    }
}

/// Paths below the Runtime API, or whole ones.
fn versioned(path: &str) -> String {
    if path.starts_with("/20") { path.to_owned() } else { format!("/2018-06-01{path}") }
}

/// The value of a header in a lower-case head.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}
