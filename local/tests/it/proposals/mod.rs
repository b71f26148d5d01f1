//! Proposals through the front door: submitted by the client, kept by a function or by way of S3.

mod bad_input;
mod chaos;
mod routes;

use client::models;
use client::proposals::{Metadata, Payload, Source, Submitted};
use serde_json::json;

use crate::service::Service;

/// Has failures come again at once, and the intake's time-out be short enough to wait for.
const HASTY: &[(&str, &str)] = &[
    ("RETRY_SECONDS: \"20\"", "RETRY_SECONDS: \"0\""),
    ("      memory: 1024\n      timeout: 900\n", "      memory: 1024\n      timeout: 8\n"),
    ("    proposalSubmissions:\n", "    proposalSubmissions:\n      visibilityTimeout: 8\n"),
];
const QUEUE: &str = "proposalSubmissions";
const SUBMISSIONS: &str = "local-submissions";
const DOCUMENTS: &str = "local-documents";

fn metadata(title: &str) -> Metadata {
    Metadata {
        client_id: "c-7".try_into().unwrap(),
        title: title.try_into().unwrap(),
        file_name: "plan.pdf".try_into().unwrap(),
        media_type: "application/pdf".try_into().unwrap(),
    }
}

fn payload_of(document: &[u8]) -> Payload {
    Payload::document(metadata("Pension 2027"), Source::bytes(document.to_vec()))
}

/// Bytes that no two places have in common.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| next()).collect();
    bytes.truncate(length);
    bytes
}

/// The JSON of a proposal with a small document.
fn small(id: &str) -> serde_json::Value {
    json!({
        "proposalId": id, "clientId": "c-7", "title": "Pension 2027",
        "document": {"fileName": "plan.pdf", "mediaType": "application/pdf", "content": "dGVzdA=="},
    })
}

impl Service {
    async fn submit(&self, id: &str, payload: Payload) -> Submitted {
        self.client.proposals().submit(id, payload).await.unwrap()
    }

    /// Submits by way of S3, whatever it is; answers the submission's name.
    async fn post(&self, id: &str, body: impl Into<String>) -> String {
        let post = self.client.submit_proposal().proposal_id(id).body(body.into());
        let answer = post.send().await.unwrap();
        assert_eq!(answer.status(), 202);
        answer.headers()["submission"].to_str().unwrap().to_owned()
    }

    async fn proposal(&self, id: &str) -> Option<models::Proposal> {
        match self.client.get_proposal().proposal_id(id).send().await {
            Ok(record) => Some(record.into_inner()),
            Err(error) if error.status().unwrap() == 404 => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The record once its status is this one.
    async fn becomes(&self, id: &str, status: models::ProposalStatus) -> models::Proposal {
        self.wait(&format!("{id} is {status}"), async || {
            self.proposal(id).await.filter(|record| record.status == status)
        })
        .await
    }

    /// What the status object says, once it says anything.
    async fn said_of(&self, id: &str) -> String {
        let key = format!("status/{id}.csv");
        self.wait(&key, async || self.text(SUBMISSIONS, &key).await).await
    }

    /// The document, by the link of its record.
    async fn document(&self, id: &str) -> reqwest::Response {
        let asked = self.client.get_proposal().proposal_id(id).document(true).send().await;
        let link = asked.unwrap().into_inner().document.unwrap().link.unwrap();
        let answer = reqwest::get(link).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer
    }

    /// How many objects a bucket has.
    async fn objects(&self, bucket: &str) -> usize {
        let listed = self.s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().len()
    }

    /// As many documents as there are records, no upload under way, and an empty queue.
    async fn is_tidy(&self, records: usize) {
        self.messages(QUEUE, 0).await;
        assert_eq!(self.objects(DOCUMENTS).await, records);
        assert_eq!(self.uploads(DOCUMENTS).await, 0);
        let listed = self.client.list_proposals().client_id("c-7").send().await.unwrap();
        assert_eq!(listed.proposals.len(), records);
    }
}
