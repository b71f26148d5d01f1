//! A Lambda function on the standard library alone that lets everybody sign up, but for `no@`.

use std::io::{Read, Write};
use std::net::TcpStream;

fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    for name in ["POOL", "CLIENT", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] {
        println!("{name}={}", std::env::var(name).unwrap());
    }
    loop {
        let answer = call(&api, "GET /2018-06-01/runtime/invocation/next", "");
        let (head, event) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        let id = head.split("lambda-runtime-aws-request-id: ").nth(1).unwrap();
        let id = id.split("\r\n").next().unwrap();
        let (result, answer) = if event.contains("no@example.com") {
            ("error", r#"{"errorType":"No","errorMessage":"not you"}"#.to_owned())
        } else {
            ("response", event.replace(r#""autoConfirmUser":false"#, r#""autoConfirmUser":true"#))
        };
        call(&api, &format!("POST /2018-06-01/runtime/invocation/{id}/{result}"), &answer);
    }
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
