//! One proposal, whichever way it came.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::{Context, Poll};

use client::models;
use client::proposals::{GATEWAY_LIMIT, Payload, Route, Source};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, ReadBuf};

use super::{DOCUMENTS, metadata, noise, payload_of};
use crate::service::Service;

const MIB: u64 = 1 << 20;

/// A payload of exactly so many bytes, and the document in it.
fn payload(id: &str, length: u64) -> (Payload, Vec<u8>) {
    let bare = models::NewProposal {
        proposal_id: id.try_into().unwrap(),
        client_id: metadata("t").client_id,
        title: "Pension 2027".try_into().unwrap(),
        document: models::NewDocument {
            file_name: metadata("t").file_name,
            media_type: metadata("t").media_type,
            content: String::new(),
            sha256: Some("0".repeat(64).try_into().unwrap()),
        },
    };
    let room = length - serde_json::to_vec(&bare).unwrap().len() as u64;
    // What base64 cannot fill, the title does.
    let title = format!("Pension 2027{}", "!".repeat(usize::try_from(room % 4).unwrap()));
    let document = noise(usize::try_from(room / 4 * 3).unwrap(), length);
    (Payload::document(metadata(&title), Source::bytes(document.clone())), document)
}

/// Submits a payload, and looks whether the document comes back.
async fn comes_back(service: &Service, id: &str, length: u64, route: Route) -> models::Proposal {
    let (payload, document) = payload(id, length);
    let submitted = service.submit(id, payload).await;
    assert_eq!((submitted.length(), submitted.route()), (length, route));
    let proposal = submitted.wait().await.unwrap();
    assert_eq!(proposal.submission.as_deref(), submitted.submission());
    assert_eq!(proposal.submission.is_some(), route != Route::Function);
    let known = proposal.document.clone().unwrap();
    assert_eq!(known.size, i64::try_from(document.len()).unwrap());
    assert_eq!(known.sha256.as_str(), submitted.sha256().unwrap());
    let answer = service.document(id).await;
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert!(answer.bytes().await.unwrap() == document, "{id}");
    proposal
}

/// What records of the same content have in common: names of members, and most of their values.
fn shape(proposal: &models::Proposal) -> BTreeSet<String> {
    let mut record = serde_json::to_value(proposal).unwrap();
    let record = record.as_object_mut().unwrap();
    for differs in ["proposalId", "submission", "title", "createdAt", "updatedAt"] {
        record.shift_remove(differs);
    }
    let document = record["document"].as_object_mut().unwrap();
    for differs in ["size", "sha256"] {
        assert!(document.shift_remove(differs).is_some());
    }
    record.iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_of_any_size_become_the_same_record_and_come_back_byte_for_byte() {
    let service = Service::start().await;
    let mut shapes = BTreeSet::new();
    let sizes = [
        ("1-KB", 1000, Route::Function),
        ("4.9-MB", 49 * MIB / 10, Route::Function),
        ("5.1-MB", 51 * MIB / 10, Route::Gateway),
        ("9.9-MB", 99 * MIB / 10, Route::Gateway),
        ("10-MB", GATEWAY_LIMIT, Route::Gateway),
        ("10-MB-1", GATEWAY_LIMIT + 1, Route::Upload),
    ];
    for (id, length, route) in sizes {
        shapes.insert(shape(&comes_back(&service, id, length, route).await));
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    service.is_tidy(sizes.len()).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a hundred megabytes without optimisation"]
async fn a_hundred_megabytes_come_back_byte_for_byte() {
    let service = Service::start().await;
    comes_back(&service, "100-MB", 100 * MIB, Route::Upload).await;
    service.is_tidy(1).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_no_other_proposal() {
    let service = Service::start().await;
    for (id, size) in [("small", 1000), ("middle", 4_500_000), ("large", 9_000_000)] {
        let document = noise(size, 1);
        let first = service.submit(id, payload_of(&document)).await.wait().await.unwrap();
        let second = service.submit(id, payload_of(&document)).await.wait().await.unwrap();
        assert_eq!(first, second);
        let other = service.client.proposals().submit(id, payload_of(&noise(size, 2))).await;
        let error = match other {
            Ok(submitted) => submitted.wait().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(error, client::proposals::SubmitError::Conflict { .. }), "{error}");
        assert_eq!(service.proposal(id).await, Some(first));
    }
    service.is_tidy(3).await;
    service.stop().await;
}

/// So many bytes, the same each time, that no memory holds.
struct Stream {
    block: Vec<u8>,
    left: u64,
    digest: std::sync::Arc<std::sync::Mutex<Sha256>>,
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let count = buffer.remaining().min(this.block.len());
        let count = count.min(usize::try_from(this.left).unwrap());
        let bytes = &this.block[..count];
        this.digest.lock().unwrap().update(bytes);
        buffer.put_slice(bytes);
        this.left -= count as u64;
        Poll::Ready(Ok(()))
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "two gibibytes"]
async fn two_gibibytes_come_back_byte_for_byte() {
    let service = Service::start().await;
    let size = 2048 * MIB / 4 * 3;
    let digest = std::sync::Arc::default();
    let stream =
        Stream { block: noise(65_521, 3), left: size, digest: std::sync::Arc::clone(&digest) };
    let payload = Payload::document(metadata("Pension 2027"), Source::reader(size, stream));
    let submitted = service.submit("2-GiB", payload).await;
    assert!(submitted.length() > 2048 * MIB);
    let proposal = submitted.wait().await.unwrap();
    assert_eq!(proposal.document.unwrap().size, i64::try_from(size).unwrap());
    let sent = digest.lock().unwrap().clone().finalize();
    let (mut answer, mut received) = (service.document("2-GiB").await, Sha256::new());
    while let Some(chunk) = answer.chunk().await.unwrap() {
        received.update(chunk);
    }
    assert_eq!(received.finalize(), sent);
    assert_eq!(service.objects(DOCUMENTS).await, 1);
    service.stop().await;
}
