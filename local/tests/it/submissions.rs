//! Submissions by way of S3, as no client would send them: whatever a path says, what S3 keeps lies
//! below `submissions/`, byte for byte.

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::service::Service;

const BUCKET: &str = "local-submissions";
/// What API Gateway takes at most, in bytes.
const LARGEST: usize = 10_485_760;

/// An answer, its head as it came.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn problem(&self) -> Value {
        assert_eq!(self.header("Content-Type"), Some("application/json"), "{}", self.head);
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends bytes to `POST /proposals/` and what follows, which goes over the wire as it is.
async fn submit(service: &Service, target: &str, headers: &str, body: &[u8]) -> Answer {
    let url = service.cloud.base_url.strip_prefix("http://").unwrap();
    let (address, stage) = url.split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /{stage}/proposals/{target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         {headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Who is refused early may find the connection closed.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) =
        answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{target}: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

const BYTES: &str = "Content-Type: application/octet-stream\r\n";

/// Every key of every bucket, with its bucket, but for what functions make of submissions.
async fn keys(s3: &S3) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for bucket in s3.list_buckets().send().await.unwrap().buckets() {
        let bucket = bucket.name().unwrap();
        // Encoded, as XML cannot hold every key.
        let list = s3.list_object_versions().bucket(bucket).encoding_type(EncodingType::Url);
        let listed = list.send().await.unwrap();
        assert_eq!(listed.is_truncated(), Some(false));
        for version in listed.versions() {
            let key = version.key().unwrap().replace('+', " ");
            let key = percent_decode_str(&key).decode_utf8().unwrap();
            if bucket != BUCKET || !key.starts_with("status/") {
                keys.push((bucket.to_owned(), key.into_owned()));
            }
        }
    }
    keys.sort();
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_is_kept_byte_for_byte_and_named_by_its_version() {
    let service = Service::start().await;
    // Every byte there is, UTF-8 or not, to the last one that fits.
    let largest: Vec<u8> = (0..LARGEST).map(|it| (it * 7 % 251) as u8).collect();
    for body in [&[0xFF, 0x00, 0xFE][..], &largest, b""] {
        let answer = submit(&service, "p-1", BYTES, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (202, r#"{"received":true}"#));
        let version = answer.header("Submission").unwrap();
        let kept = service.s3.get_object().bucket(BUCKET).key("submissions/p-1");
        let kept = kept.version_id(version).send().await.unwrap();
        assert_eq!(kept.content_type(), Some("application/octet-stream"));
        assert!(kept.body.collect().await.unwrap().to_vec() == body);
    }
    let over = [&largest[..], b"!"].concat();
    let answer = submit(&service, "p-2", BYTES, &over).await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert!(service.object(BUCKET, "submissions/p-2").await.is_none());
    service.stop().await;
}

/// Text is text to API Gateway, also if it is none.
#[tokio::test(flavor = "multi_thread")]
async fn another_media_type_is_kept_with_the_submission() {
    let service = Service::start().await;
    for (id, headers, media_type, kept) in [
        ("json", "Content-Type: application/json\r\n", "application/json", "\u{fffd}{}"),
        ("none", "", "application/json", "\u{fffd}{}"),
        ("zip", "Content-Type: application/zip\r\n", "application/zip", "\u{fffd}{}"),
    ] {
        let answer = submit(&service, id, headers, b"\xFF{}").await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let key = format!("submissions/{id}");
        let head = service.s3.head_object().bucket(BUCKET).key(&key).send().await.unwrap();
        assert_eq!(head.content_type(), Some(media_type), "{id}");
        assert_eq!(service.text(BUCKET, &key).await.as_deref(), Some(kept), "{id}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_identifier_leaves_the_prefix() {
    let service = Service::start().await;
    let mut expected = Vec::new();
    for (target, key) in [
        // A slash of whatever kind stays behind the prefix.
        ("a%2Fb", "a/b"),
        ("%2Fx", "/x"),
        ("%2F%2Flocal-archives%2Fx", "//local-archives/x"),
        ("a%5C..%5Cb", "a\\..\\b"),
        // Decoded once.
        ("%252E%252E%252Fx", "%2E%2E%2Fx"),
        ("...", "..."),
        ("..%00", "..\0"),
        // No part of a URL.
        ("q%3FversionId=1", "q?versionId=1"),
        ("f%23fragment", "f#fragment"),
        ("u?acl&uploads&tagging&versionId=x", "u"),
        ("%7BproposalId%7D", "{proposalId}"),
        ("a%20b+c", "a b+c"),
        ("h%0D%0AX-Amz-Acl:%20public-read", "h\r\nX-Amz-Acl: public-read"),
        ("%C3%A9%E2%98%83", "é☃"),
    ] {
        let answer = submit(&service, target, BYTES, b"{}").await;
        assert_eq!(answer.status, 202, "{target}: {}", answer.body);
        expected.push((BUCKET.to_owned(), format!("submissions/{key}")));
    }
    expected.sort();
    assert_eq!(keys(&service.s3).await, expected);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_mean_another_object_is_refused() {
    let service = Service::start().await;
    let long = |bytes: usize| "%C3%A9".repeat(bytes / 2) + &"x".repeat(bytes % 2);
    let targets = [
        "..",
        "%2E%2E",
        ".%2e",
        ".",
        "..%2F..%2Flocal-archives%2Fx",
        "..%2Fstatus%2Fp-1.csv",
        "a%2F..%2F..%2Fb",
        "%2F..%2Fb",
        "a%2F%2E%2Fb",
        // No UTF-8.
        "%FF",
        "a%C3",
        // S3's keys end at 1,024 bytes, of which the prefix has 12.
        &long(1_013),
        &long(1_015),
        &long(2_000),
    ];
    for target in targets {
        let answer = submit(&service, target, BYTES, b"{}").await;
        assert_eq!(answer.status, 400, "{target}: {}", answer.body);
        assert_eq!(answer.problem()["requestId"].as_str(), answer.header("x-amzn-RequestId"));
    }
    assert_eq!(submit(&service, &long(1_012), BYTES, b"{}").await.status, 202);
    let kept = keys(&service.s3).await;
    assert_eq!(kept, [(BUCKET.to_owned(), format!("submissions/{}", "é".repeat(506)))]);
    service.stop().await;
}

/// What is none of `POST /proposals/{proposalId}` to begin with.
#[tokio::test(flavor = "multi_thread")]
async fn other_paths_are_other_operations_or_none() {
    let service = Service::start().await;
    for (target, status) in [
        ("a/b", 403),
        ("../local-archives/x", 403),
        ("a/../../b", 403),
        ("a\\b/c", 403),
        // The collection's, which wants JSON.
        ("", 415),
        ("?x", 415),
        ("/", 415),
    ] {
        let answer = submit(&service, target, BYTES, b"{}").await;
        assert_eq!(answer.status, status, "{target}: {}", answer.body);
    }
    let copied = "x-amz-copy-source: /local-submissions/other\r\nx-amz-acl: public-read\r\n";
    let answer = submit(&service, "p-1", &format!("{BYTES}{copied}"), b"own").await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(service.text(BUCKET, "submissions/p-1").await.as_deref(), Some("own"));
    assert_eq!(keys(&service.s3).await.len(), 1);
    service.stop().await;
}
