//! Proposals by each of their three ways: through the function, by way of S3, in parts.

use std::time::{Duration, Instant};

use client::{Client, ResponseValue, models};
use models::ProposalStatus;
use serde_json::json;

use crate::{parse, show};

/// Longest a submission may take to become a proposal.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn walk(client: &Client) {
    by_the_function(client).await;
    by_way_of_s3(client).await;
    in_parts(client).await;
}

async fn by_the_function(client: &Client) {
    let id = "walk-1";
    let create = |text: &str| {
        let proposal: models::NewProposal = parse(payload(id, text));
        client.create_proposal().body(proposal).send()
    };
    show("createProposal", &create("first").await);
    show("createProposal again", &create("first").await);
    show("createProposal other", &create("second").await);
    let got = client.get_proposal().proposal_id(id).send().await;
    show("getProposal", &got);
    show("getProposal unknown", &client.get_proposal().proposal_id("nobody").send().await);
    show("listProposals", &client.list_proposals().client_id("walker").send().await);
    let change: models::ProposalChange =
        parse(json!({ "clientId": "walker", "title": "Pension 2028" }));
    let replace = |etag: &str| {
        let replace = client.replace_proposal().proposal_id(id).body(change.clone());
        replace.if_match(etag.to_owned()).send()
    };
    show("replaceProposal stale", &replace("\"stale\"").await);
    let etag = got.ok().and_then(|got| Some(got.headers().get("etag")?.to_str().ok()?.to_owned()));
    if let Some(etag) = etag {
        show("replaceProposal", &replace(&etag).await);
    }
    show("deleteProposal", &client.delete_proposal().proposal_id(id).send().await);
    show("getProposal deleted", &client.get_proposal().proposal_id(id).send().await);
}

async fn by_way_of_s3(client: &Client) {
    for (id, body) in [("walk-2", payload("walk-2", "by S3").to_string()), ("walk-3", "{".into())] {
        let submit = client.submit_proposal().proposal_id(id).body(body);
        let submitted = submit.send().await;
        show("submitProposal by S3", &submitted);
        if submitted.is_ok() {
            settle(client, id, "by S3").await;
            let deleted = client.delete_proposal().proposal_id(id).send().await;
            show("deleteProposal by S3", &deleted);
        }
    }
}

async fn in_parts(client: &Client) {
    let id = "walk-4";
    let payload = payload(id, "in parts").to_string();
    let upload: models::NewUpload = parse(json!({ "size": payload.len() }));
    let begun = client.begin_upload().proposal_id(id).body(upload).send().await;
    show("beginUpload", &begun);
    show("completeUpload too early", &client.complete_upload().proposal_id(id).send().await);
    let link = begun.ok().and_then(|begun| begun.into_inner().parts.into_iter().next()?.url);
    if let Some(link) = link {
        let put = reqwest::Client::new().put(link).body(payload).send().await;
        println!("PUT part: {}", put.map_or(0, |answer| answer.status().as_u16()));
    }
    show("getUpload", &client.get_upload().proposal_id(id).send().await);
    show("completeUpload", &client.complete_upload().proposal_id(id).send().await);
    settle(client, id, "in parts").await;
    show("deleteProposal in parts", &client.delete_proposal().proposal_id(id).send().await);
}

/// Waits until it is decided what became of a submission, and shows that.
async fn settle(client: &Client, id: &str, way: &str) {
    let started = Instant::now();
    loop {
        let got = client.get_proposal().proposal_id(id).send().await;
        let decided = got.as_ref().is_ok_and(|got: &ResponseValue<models::Proposal>| {
            matches!(got.status, ProposalStatus::Accepted | ProposalStatus::Failed)
        });
        if decided || started.elapsed() > PATIENCE {
            return show(&format!("getProposal {way}"), &got);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What a proposal is made of, on every way.
fn payload(id: &str, text: &str) -> serde_json::Value {
    json!({
        "proposalId": id, "clientId": "walker", "title": "Pension 2027",
        "document": {
            "fileName": "plan.txt", "mediaType": "text/plain",
            "content": models::value::Base64::from(text.as_bytes().to_vec()),
        }
    })
}
