//! What is wrong with a submission is told, and nothing vanishes.

use client::models::ProposalStatus;
use client::proposals::SubmitError;
use serde_json::{Value, json};

use super::{HASTY, QUEUE, SUBMISSIONS, noise, payload_of, small};
use crate::faulty::Faulty;
use crate::service::Service;

/// A proposal with one member changed, by JSON pointer.
fn with(id: &str, pointer: &str, value: impl Into<Value>) -> String {
    let mut proposal = small(id);
    *proposal.pointer_mut(pointer).unwrap() = value.into();
    proposal.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_is_wrong_fails_with_a_reason_and_never_vanishes() {
    let service = Service::start().await;
    let mut wrong_sum = small("wrong-sum");
    wrong_sum["document"]["sha256"] = "0".repeat(64).into();
    let cases = [
        ("no-json", "hello".to_owned(), "not JSON"),
        ("empty", String::new(), "The body"),
        ("cut", small("cut").to_string()[..60].to_owned(), "ends too early"),
        ("padding", with("padding", "/document/content", "dGVzdA"), "/document/content"),
        ("alphabet", with("alphabet", "/document/content", "dGV*dA=="), "/document/content"),
        ("wrong-sum", wrong_sum.to_string(), "/document/sha256"),
        ("wrong-id", small("another").to_string(), "/proposalId"),
        ("no-title", with("no-title", "/title", ""), "/title"),
    ];
    for (id, body, words) in cases {
        let submission = service.post(id, body).await;
        let record = service.becomes(id, ProposalStatus::Failed).await;
        assert_eq!(record.submission, Some(submission));
        let reason = record.reason.unwrap();
        assert!(reason.contains(words), "{id}: {reason}");
        let said = service.said_of(id).await;
        assert!(said.starts_with("F,") && said.contains(words), "{id}: {said}");
    }
    // What failed is no obstacle to a better one.
    service.post("padding", small("padding").to_string()).await;
    service.becomes("padding", ProposalStatus::Accepted).await;
    service
        .wait("the status object tells of it", async || {
            service.said_of("padding").await.starts_with("S,").then_some(())
        })
        .await;
    service.messages(QUEUE, 0).await;
    service.messages(&format!("{QUEUE}-dead-letters"), 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_content_type_fails_with_a_reason() {
    let service = Service::start().await;
    let post = service.client.submit_proposal().proposal_id("p-1").content_type("text/csv");
    post.body(small("p-1").to_string()).send().await.unwrap();
    let reason = service.becomes("p-1", ProposalStatus::Failed).await.reason.unwrap();
    assert!(reason.contains("Content-Type"), "{reason}");
    assert!(service.said_of("p-1").await.starts_with("F,"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_identifies_nothing_is_told_of_in_its_status_object() {
    let service = Service::start().await;
    for name in ["a/b", "../status/p-1", &"x".repeat(201)] {
        let key = format!("submissions/{name}");
        service.put(SUBMISSIONS, &key, small("p-1").to_string().into()).await;
        let said = service.said_of(name).await;
        assert!(said.starts_with("F,") && said.contains("identifier"), "{name}: {said}");
    }
    service.is_tidy(0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_may_be_of_any_script() {
    let service = Service::start().await;
    for id in ["größe 1+1", "提案", "a&b=c?d#e%41", "100 %"] {
        service.post(id, small(id).to_string()).await;
        let record = service.becomes(id, ProposalStatus::Accepted).await;
        assert_eq!(record.proposal_id.as_str(), id);
        assert_eq!(service.document(id).await.bytes().await.unwrap(), "test");
        assert!(service.said_of(id).await.starts_with("S,"));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_that_is_deleted_while_its_upload_runs_stays_deleted() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "PROPOSALS_TABLE", HASTY).await;
    let held = s3.hold(|call| call.operation == "UploadPart");
    let client = service.client.clone();
    let submitting = tokio::spawn(async move {
        client.proposals().submit("p-1", payload_of(&noise(9_000_000, 1))).await
    });
    held.reached().await;
    service.client.delete_proposal().proposal_id("p-1").send().await.unwrap();
    assert_eq!(held.release().await, 404);
    let error = submitting.await.unwrap().unwrap_err();
    assert!(matches!(error, SubmitError::Withdrawn), "{error}");
    assert_eq!(service.proposal("p-1").await, None);
    assert_eq!(service.uploads(SUBMISSIONS).await, 0);
    service.is_tidy(0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_tells_refusals_as_the_api_words_them() {
    let service = Service::start().await;
    let payload = json!({"proposalId": "p-1"}).to_string();
    let payload = client::proposals::Payload::encoded(client::proposals::Source::bytes(payload));
    let error = service.client.proposals().submit("p-1", payload).await.unwrap_err();
    assert!(matches!(&error, SubmitError::Refused { status, .. } if *status == 422), "{error}");
    assert!(error.to_string().contains("/document: is missing"), "{error}");
    service.stop().await;
}
