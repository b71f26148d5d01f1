//! What `wait` makes of the record.

use std::time::Duration;

use client::proposals::{SubmitError, Submitted};

use super::api::{Api, Ending, Fault, record};
use super::{client, document, encoded, large, payload_of};

async fn submitted(api: &Api, document: &[u8]) -> Submitted {
    client(api).proposals().submit("p-1", payload_of(document)).await.unwrap()
}

#[tokio::test]
async fn a_submission_that_fails_says_why() {
    let api = Api::start().await;
    let submitted = submitted(&api, &document(5_000_000)).await;
    api.state().ending = Ending::Failed;
    let error = submitted.wait().await.unwrap_err();
    assert!(matches!(&error, SubmitError::Failed { reason } if reason == "it is no PDF"));
}

#[tokio::test]
async fn the_failure_of_an_earlier_submission_is_no_answer() {
    let api = Api::start().await;
    let submitted = submitted(&api, &document(5_000_000)).await;
    {
        let mut state = api.state();
        state.ending = Ending::Failed;
        state.record.as_mut().unwrap()["submission"] = "s-0".into();
    }
    let error = submitted.wait_for(Duration::from_millis(120)).await.unwrap_err();
    assert!(matches!(error, SubmitError::Timeout), "{error}");
}

#[tokio::test]
async fn a_record_that_is_not_there_yet_is_waited_for() {
    let api = Api::start().await;
    let submitted = submitted(&api, &document(5_000_000)).await;
    api.fail("GET /proposals/p-1", &[Fault::Status(404), Fault::Status(404), Fault::Status(503)]);
    submitted.wait().await.unwrap();
    assert!(api.count("GET /proposals/p-1") >= 4);
}

#[tokio::test]
async fn a_record_that_was_there_and_is_gone_was_deleted() {
    let api = Api::start().await;
    let through_s3 = submitted(&api, &document(5_000_000)).await;
    api.state().ending = Ending::Deleted;
    assert!(matches!(through_s3.wait().await.unwrap_err(), SubmitError::Withdrawn));
    api.state().record = None;
    let in_parts = submitted(&api, &large()).await;
    api.fail("GET /proposals/p-1", &[Fault::Status(404)]);
    assert!(matches!(in_parts.wait().await.unwrap_err(), SubmitError::Withdrawn));
}

#[tokio::test]
async fn what_another_submission_made_is_mine_if_the_document_is() {
    let api = Api::start().await;
    let submitted = submitted(&api, &document(5_000_000)).await;
    api.state().record.as_mut().unwrap()["submission"] = "s-0".into();
    submitted.wait().await.unwrap();
    api.state().record = record(&encoded("t", 200), Some("s-0"));
    let error = submitted.wait().await.unwrap_err();
    let SubmitError::Conflict { proposal: Some(proposal), .. } = error else { panic!("{error}") };
    assert_eq!(proposal.submission.as_deref(), Some("s-0"));
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let api = Api::start().await;
    let submitted = submitted(&api, &document(5_000_000)).await;
    api.state().ending = Ending::Never;
    let error = submitted.wait_for(Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(error, SubmitError::Timeout), "{error}");
}
