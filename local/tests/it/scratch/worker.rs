//! A Lambda function on the standard library alone that is called by queues and buckets. What it is
//! told to do stands in the bodies of its messages; what it was told, it prints.

use std::io::{Read, Write};
use std::net::TcpStream;

fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    for name in ["JOBS", "PICTURES", "KEY", "FILES", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SSM"] {
        println!("{name}={}", std::env::var(name).unwrap());
    }
    loop {
        let answer = call(&api, "GET /2018-06-01/runtime/invocation/next", "");
        let (head, event) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        let id = head.split("lambda-runtime-aws-request-id: ").nth(1).unwrap();
        let id = id.split("\r\n").next().unwrap();
        println!("told {event}");
        let is_first = event.contains(r#""ApproximateReceiveCount":"1""#);
        if event.contains("die once") && is_first {
            std::process::exit(1);
        }
        if event.contains("take long") && is_first {
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
        let (result, answer) = if event.contains("raise") {
            ("error", r#"{"errorType":"Sad","errorMessage":"it was told to"}"#.to_owned())
        } else {
            ("response", failures(event))
        };
        call(&api, &format!("POST /2018-06-01/runtime/invocation/{id}/{result}"), &answer);
    }
}

/// Messages whose body is `fail` have failed.
fn failures(event: &str) -> String {
    let failed: Vec<_> = event
        .split(r#""messageId":""#)
        .skip(1)
        .filter(|record| record.contains(r#""body":"fail""#))
        .map(|record| format!(r#"{{"itemIdentifier":"{}"}}"#, record.split('"').next().unwrap()))
        .collect();
    format!(r#"{{"batchItemFailures":[{}]}}"#, failed.join(","))
}

fn call(api: &str, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(api).unwrap();
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
