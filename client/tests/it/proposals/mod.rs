//! Proposals of all sizes against a server that has faults on request.

mod api;
mod proxy;
mod uploads;
mod waiting;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::proposals::{
    FUNCTION_LIMIT, GATEWAY_LIMIT, Metadata, Payload, Progress, Route, Source, SubmitError,
};
use client::{Client, Retry, Settings, models};
use tokio::io::AsyncReadExt as _;

use self::api::{Api, Fault};

const AT_ONCE: Retry = Retry { times: 2, base: Duration::ZERO, longest: Duration::ZERO };

fn client(api: &Api) -> Client {
    let settings = Settings::new(format!("{}/dev", api.url)).retry(AT_ONCE);
    settings.bearer("token").api_id("a1b2c3").build().unwrap()
}

fn metadata() -> Metadata {
    Metadata {
        client_id: "c-7".try_into().unwrap(),
        title: "Pension 2027".try_into().unwrap(),
        file_name: "plan.pdf".try_into().unwrap(),
        media_type: "application/pdf".try_into().unwrap(),
    }
}

/// Bytes that differ from place to place.
fn document(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 256) as u8).collect()
}

fn payload_of(document: &[u8]) -> Payload {
    Payload::document(metadata(), Source::bytes(document.to_vec()))
}

/// The document that the server has.
fn arrived(api: &Api) -> Vec<u8> {
    let proposal: models::NewProposal = serde_json::from_slice(&api.state().payload).unwrap();
    STANDARD.decode(proposal.document.content).unwrap()
}

/// A payload as somebody else encodes it; space behind a value is JSON as well.
fn encoded(title: &str, length: u64) -> Vec<u8> {
    let mut json = format!(
        r#"{{"proposalId":"p-1","clientId":"c-7","title":"{title}","document":{{"fileName":"a","mediaType":"a/b","content":"dGVzdA=="}}}}"#
    )
    .into_bytes();
    json.resize(usize::try_from(length).unwrap(), b' ');
    json
}

/// A document whose payload has more bytes than one request takes.
fn large() -> Vec<u8> {
    document(8 << 20)
}

#[tokio::test]
async fn a_document_arrives_as_it_is_on_every_route() {
    for (size, route) in
        [(1000, Route::Function), (5_000_000, Route::Gateway), (12_000_000, Route::Upload)]
    {
        let api = Api::start().await;
        let document = document(size);
        let (told, progress) = std::sync::mpsc::channel();
        let submitted = client(&api)
            .proposals()
            .submit("p-1", payload_of(&document))
            .progress(move |progress| told.send(progress).unwrap())
            .await
            .unwrap();
        assert_eq!(submitted.route(), route);
        assert_eq!(submitted.submission().is_some(), route != Route::Function);
        assert!(arrived(&api) == document, "{size}");
        let proposal = submitted.wait().await.unwrap();
        assert_eq!(proposal.status, models::ProposalStatus::Accepted);
        assert_eq!(proposal.title, Some(metadata().title));
        assert_eq!(proposal.document.unwrap().sha256.as_str(), submitted.sha256().unwrap());
        let total = submitted.length();
        let done: Vec<_> = progress.try_iter().collect();
        assert!(done.contains(&Progress { done: total, total }), "{done:?}");
    }
}

#[tokio::test]
async fn the_length_of_the_payload_decides_to_the_byte() {
    for (length, request) in [
        (FUNCTION_LIMIT - 1, "POST /proposals"),
        (FUNCTION_LIMIT, "POST /proposals/p-1"),
        (GATEWAY_LIMIT, "POST /proposals/p-1"),
        (GATEWAY_LIMIT + 1, "POST /proposals/p-1/uploads"),
    ] {
        let payload = encoded("t", length);
        assert_eq!(
            first_request(Payload::encoded(Source::bytes(payload.clone())), &payload).await,
            request
        );
    }
}

#[tokio::test]
async fn a_payload_of_unknown_length_takes_the_same_route() {
    for (length, request) in [
        (1000, "POST /proposals"),
        (FUNCTION_LIMIT, "POST /proposals/p-1"),
        (GATEWAY_LIMIT + 1, "POST /proposals/p-1/uploads"),
    ] {
        let payload = encoded("t", length);
        let unmeasured = Payload::unmeasured(std::io::Cursor::new(payload.clone()));
        assert_eq!(first_request(unmeasured, &payload).await, request);
    }
}

/// The first request that is made of a payload, which arrives as it is.
async fn first_request(payload: Payload, bytes: &[u8]) -> String {
    let api = Api::start().await;
    let submitted = client(&api).proposals().submit("p-1", payload).await.unwrap();
    assert_eq!((submitted.length(), submitted.sha256()), (bytes.len() as u64, None));
    assert!(api.state().payload == bytes);
    submitted.wait().await.unwrap();
    api.state().requests.swap_remove(0)
}

#[tokio::test]
async fn a_file_is_submitted_as_it_is_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"plan").unwrap();
    let api = Api::start().await;
    let payload = Payload::document(metadata(), Source::file(file.path()).await.unwrap());
    client(&api).proposals().submit("p-1", payload).await.unwrap();
    assert_eq!(arrived(&api), b"plan");
    assert!(Source::file("/nowhere/plan.pdf").await.is_err());
}

#[tokio::test]
async fn posts_are_sent_again_since_what_they_submit_has_its_name() {
    let api = Api::start().await;
    let client = client(&api);
    for (document, requests) in
        [(document(10), "POST /proposals"), (document(5_000_000), "POST /proposals/p-1")]
    {
        api.state().record = None;
        api.fail(requests, &[Fault::Status(503), Fault::Cut]);
        client.proposals().submit("p-1", payload_of(&document)).await.unwrap();
        assert!(arrived(&api) == document);
    }
    api.fail("POST /proposals", &[Fault::Status(503); 3]);
    let error = client.proposals().submit("p-1", payload_of(b"x")).await.unwrap_err();
    assert!(matches!(&error, SubmitError::Call(error) if error.status().unwrap() == 503));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let api = Api::start().await;
    let client = client(&api);
    let payload = Payload::encoded(Source::bytes("no JSON"));
    let error = client.proposals().submit("p-1", payload).await.unwrap_err();
    assert!(matches!(error, SubmitError::Refused { status, .. } if status == 400), "{error}");
    api.fail("POST /proposals", &[Fault::Status(409)]);
    let error = client.proposals().submit("p-1", payload_of(b"x")).await.unwrap_err();
    assert!(matches!(error, SubmitError::Conflict { proposal: None, .. }), "{error}");
    let asked = api.state().requests.len();
    for id in ["", "..", "a/b", "a\nb"] {
        let error = client.proposals().submit(id, payload_of(b"x")).await.unwrap_err();
        assert!(matches!(error, SubmitError::InvalidArgument(_)), "{error}");
    }
    assert_eq!(api.state().requests.len(), asked);
}

#[tokio::test]
async fn a_source_that_is_not_as_long_as_was_said_is_an_error_and_no_proposal() {
    for size in [10, 5_000_000, 12_000_000] {
        for said in [size - 1, size + 1] {
            let api = Api::start().await;
            let source = || Source::reader(said, tokio::io::repeat(7).take(size));
            for payload in [Payload::document(metadata(), source()), Payload::encoded(source())] {
                let error = client(&api).proposals().submit("p-1", payload).await.unwrap_err();
                assert!(matches!(error, SubmitError::Payload(_)), "{error}");
                assert!(api.state().payload.is_empty());
                assert_eq!(api.count("POST /proposals/p-1/uploads/completion"), 0);
                api.state().upload = None;
            }
        }
    }
}
