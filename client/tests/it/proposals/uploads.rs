//! Parts that fail, links that expire, and uploads that are gone on with.

use client::proposals::{GATEWAY_LIMIT, Metadata, Payload, Source, SubmitError};
use client::{Retry, models};

use super::api::{Api, Fault};
use super::{AT_ONCE, arrived, client, document, encoded, large, metadata, payload_of};

#[tokio::test]
async fn a_part_that_fails_is_sent_again_and_an_expired_link_asked_for_anew() {
    let api = Api::start().await;
    let document = large();
    api.fail("PUT /parts/2", &[Fault::Status(503), Fault::Status(500)]);
    api.fail("PUT /parts/4", &[Fault::Cut, Fault::Cut]);
    api.fail("PUT /parts/5", &[Fault::Status(403)]);
    let client = client(&api);
    let submit = client.proposals().submit("p-1", payload_of(&document)).retry_parts(AT_ONCE);
    submit.await.unwrap().wait().await.unwrap();
    assert!(arrived(&api) == document);
    assert_eq!(api.count("PUT /parts/2"), 3);
    assert_eq!(api.count("PUT /parts/4"), 3);
    assert_eq!(api.count("PUT /parts/5"), 2);
    // Whether the last part has arrived, the expired link, the second page of parts.
    assert_eq!(api.count("GET /proposals/p-1/uploads"), 3);
    assert!(api.state().most_arriving <= 4);
}

#[tokio::test]
async fn a_part_that_never_arrives_is_named_and_its_link_is_not_told() {
    let api = Api::start().await;
    api.fail("PUT /parts/3", &[Fault::Status(403); 3]);
    let client = client(&api);
    let submit = client.proposals().submit("p-1", payload_of(&large())).retry_parts(AT_ONCE);
    let error = submit.await.unwrap_err();
    assert!(matches!(error, SubmitError::Part { number: 3, .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("Signature"), "{error:?}");
    api.fail("PUT /parts/3", &[Fault::Cut; 3]);
    let submit = client.proposals().submit("p-1", payload_of(&large())).retry_parts(AT_ONCE);
    let error = submit.await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Signature"), "{error:?}");
}

#[tokio::test]
async fn an_upload_that_was_interrupted_is_gone_on_with() {
    let api = Api::start().await;
    let document = large();
    api.fail("PUT /parts/9", &[Fault::Status(500)]);
    let client = client(&api);
    let first = client.proposals().submit("p-1", payload_of(&document)).retry_parts(Retry::NEVER);
    first.await.unwrap_err();
    let before: Vec<i64> = api.state().upload.as_ref().unwrap().parts.keys().copied().collect();
    assert!(before.len() >= 5, "{before:?}");
    api.state().requests.clear();

    let second = client.proposals().submit("p-1", payload_of(&document)).await.unwrap();
    assert!(arrived(&api) == document);
    for number in before {
        assert_eq!(api.count(&format!("PUT /parts/{number}")), 0);
    }
    assert_eq!(api.count("DELETE /proposals/p-1"), 0);
    second.wait().await.unwrap();
}

#[tokio::test]
async fn parts_of_another_title_never_become_this_proposal() {
    let api = Api::start().await;
    let document = large();
    let client = client(&api);
    // Everything arrives, and the upload is not completed.
    api.fail("POST /proposals/p-1/uploads/completion", &[Fault::Status(500)]);
    client.proposals().submit("p-1", payload_of(&document)).await.unwrap_err();
    let title: models::ProposalTitle = "Pension 2028".try_into().unwrap();
    let changed = Metadata { title: title.clone(), ..metadata() };
    let payload = Payload::document(changed, Source::bytes(document.clone()));
    let proposal = client.proposals().submit("p-1", payload).await.unwrap().wait().await.unwrap();
    assert_eq!(proposal.title, Some(title));
    assert_eq!(api.count("DELETE /proposals/p-1"), 1);
    assert!(arrived(&api) == document);
}

#[tokio::test]
async fn parts_without_a_seal_are_sent_from_the_beginning() {
    let api = Api::start().await;
    let json = |title: &str| Payload::encoded(Source::bytes(encoded(title, GATEWAY_LIMIT + 1)));
    api.fail("PUT /parts/10", &[Fault::Status(500)]);
    let client = client(&api);
    client.proposals().submit("p-1", json("old")).retry_parts(Retry::NEVER).await.unwrap_err();
    let proposal = client.proposals().submit("p-1", json("new")).await.unwrap().wait().await;
    assert_eq!(proposal.unwrap().title.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_proposal_that_is_deleted_while_it_is_uploaded_is_withdrawn() {
    let api = Api::start().await;
    api.fail("PUT /parts/2", &[Fault::Status(404)]);
    // As if it were deleted, which the API then knows.
    api.fail("GET /proposals/p-1/uploads", &[Fault::Status(404)]);
    let client = client(&api);
    let submit = client.proposals().submit("p-1", payload_of(&large())).retry_parts(AT_ONCE);
    assert!(matches!(submit.await.unwrap_err(), SubmitError::Withdrawn));
    api.fail("POST /proposals/p-1/uploads/completion", &[Fault::Status(404)]);
    let error = client.proposals().submit("p-1", payload_of(&large())).await.unwrap_err();
    assert!(matches!(error, SubmitError::Withdrawn), "{error}");
}

#[tokio::test]
async fn what_was_accepted_before_is_no_conflict_and_not_sent_again() {
    let api = Api::start().await;
    let client = client(&api);
    client.proposals().submit("p-1", payload_of(&large())).await.unwrap();
    let parts = api.parts();
    let again = client.proposals().submit("p-1", payload_of(&large())).await.unwrap();
    assert_eq!(again.wait().await.unwrap().proposal_id.as_str(), "p-1");
    assert_eq!(api.parts(), parts);
    let error = client.proposals().submit("p-1", payload_of(&document(9 << 20))).await;
    let error = error.unwrap_err();
    assert!(matches!(&error, SubmitError::Conflict { proposal: Some(_), .. }), "{error}");
}

#[tokio::test]
async fn an_upload_of_another_size_is_a_conflict() {
    let api = Api::start().await;
    api.fail("PUT /parts/2", &[Fault::Status(500)]);
    let client = client(&api);
    let submit = client.proposals().submit("p-1", payload_of(&large())).retry_parts(Retry::NEVER);
    submit.await.unwrap_err();
    let error = client.proposals().submit("p-1", payload_of(&document(9 << 20))).await.unwrap_err();
    assert!(matches!(error, SubmitError::Conflict { proposal: None, .. }), "{error}");
}
