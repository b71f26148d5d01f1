//! What the API answers.

use std::sync::Arc;

use serde_json::json;

use super::{Scene, proposal, to, with_json};
use crate::dynamodb;
use crate::event::{with_body, with_header, with_query};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

async fn scenes() -> [Scene; 2] {
    let records = dynamodb::indexed("proposals", &[("byClient", "clientId")]).await;
    [Scene::in_memory(), Scene::with_records(Arc::new(records))]
}

#[tokio::test]
async fn a_proposal_is_created_read_replaced_and_deleted() {
    for scene in scenes().await {
        let created = scene.create(&proposal("p-1", b"test")).await;
        assert_eq!(created.status, 201, "{:?}", created.body);
        assert_eq!(created.location.as_deref(), Some("/dev/proposals/p-1"));
        assert_eq!(created.body["status"], "accepted");
        let document = json!({
            "fileName": "plan.pdf", "mediaType": "application/pdf", "size": 4, "sha256": SHA256,
        });
        assert_eq!(created.body["document"], document);
        let got = scene.get("p-1").await;
        assert_eq!((got.status, &got.body), (200, &created.body));
        assert_eq!(got.e_tag, created.e_tag);
        assert_eq!(scene.documents(), [b"test".to_vec()]);

        let change = json!({"clientId": "c-8", "title": "Other"});
        let changed = scene.replace("p-1", &got.e_tag.unwrap(), &change).await;
        assert_eq!(changed.status, 200, "{:?}", changed.body);
        assert_eq!(
            (&changed.body["title"], &changed.body["document"]),
            (&json!("Other"), &document)
        );
        assert_ne!(changed.e_tag, created.e_tag);

        let mut change = proposal("p-1", b"other");
        change.as_object_mut().unwrap().remove("proposalId");
        let changed = scene.replace("p-1", &changed.e_tag.unwrap(), &change).await;
        assert_eq!((changed.status, &changed.body["document"]["size"]), (200, &json!(5)));
        assert_eq!(scene.documents(), [b"other".to_vec()]);
        assert_eq!(scene.get("p-1").await.e_tag, changed.e_tag);

        assert_eq!(scene.delete("p-1").await.status, 204);
        assert_eq!(scene.delete("p-1").await.status, 404);
        assert_eq!(scene.get("p-1").await.status, 404);
        assert!(scene.documents().is_empty());
        let again = scene.create(&proposal("p-1", b"test")).await;
        assert_ne!(again.e_tag, created.e_tag, "an ETag comes back");
    }
}

#[tokio::test]
async fn a_retry_gets_the_same_and_another_document_409() {
    let scene = Scene::in_memory();
    let first = scene.create(&proposal("p 1/ü".replace('/', "-").as_str(), b"test")).await;
    assert_eq!(first.location.as_deref(), Some("/dev/proposals/p%201-%C3%BC"));
    let retry = scene.create(&proposal("p 1-ü", b"test")).await;
    assert_eq!((retry.status, &retry.body, &retry.e_tag), (201, &first.body, &first.e_tag));
    for other in [proposal("p 1-ü", b"tes"), json!({"title": "Other"}), json!({"clientId": "c-8"})]
    {
        let mut body = proposal("p 1-ü", b"test");
        for (name, value) in other.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = scene.create(&body).await;
        assert_eq!(answer.status, 409);
        assert_eq!(answer.body["detail"], "Proposal p 1-ü exists.");
    }
    assert_eq!(scene.documents().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_proposal_is_listed() {
    let scene = Scene::in_memory();
    let with = |pointer: &str, value: &str| {
        let mut body = proposal("p-1", b"test");
        body["document"]["sha256"] = json!(SHA256);
        *body.pointer_mut(pointer).unwrap() = json!(value);
        body
    };
    assert_eq!(scene.create(&with("/title", "Fine")).await.status, 201);
    for (body, words) in [
        (with("/document/content", "dGVzd"), "body /document/content is not base64"),
        (with("/document/sha256", &"0".repeat(64)), "body /document/sha256 is not that"),
        (with("/document/sha256", "ABC"), "body /document/sha256 does not match"),
        (with("/proposalId", ".."), "body /proposalId is .."),
        (with("/proposalId", "a/b"), "body /proposalId does not match"),
        (with("/proposalId", "a\u{1}"), "body /proposalId does not match"),
        (with("/proposalId", &"x".repeat(201)), "body /proposalId is longer"),
        (with("/document/fileName", "../plan"), "body /document/fileName does not match"),
        (with("/document/mediaType", "text"), "body /document/mediaType does not match"),
    ] {
        let answer = scene.create(&body).await;
        assert_eq!(answer.status, 422, "{words}");
        let violations = answer.violations();
        assert!(violations.iter().any(|it| it.starts_with(words)), "{words}: {violations:?}");
    }
    assert_eq!(scene.documents().len(), 1);
}

#[tokio::test]
async fn only_what_the_caller_has_seen_is_changed() {
    let scene = Scene::in_memory();
    let change = json!({"clientId": "c-7", "title": "Other"});
    assert_eq!(scene.replace("p-1", "*", &change).await.status, 404);
    let created = scene.create(&proposal("p-1", b"test")).await;
    for (e_tag, status) in [("\"1\"", 412), ("W/\"1\"", 412), ("1", 422), ("", 422)] {
        assert_eq!(scene.replace("p-1", e_tag, &change).await.status, status, "{e_tag}");
    }
    let seen = created.e_tag.unwrap();
    assert_eq!(scene.replace("p-1", &seen, &change).await.status, 200);
    let stale = scene.replace("p-1", &seen, &change).await;
    assert_eq!(stale.status, 412);
    assert_eq!(stale.body["detail"], "Proposal p-1 has changed since.");
    assert_eq!(scene.replace("p-1", "*", &change).await.status, 200);

    let event = with_body(to("PUT", "/proposals/{proposalId}", "p-1"), &change);
    assert_eq!(scene.call(with_json(event)).await.status, 422, "If-Match is missing");
    let mut bad = proposal("p-1", b"test");
    bad.as_object_mut().unwrap().remove("proposalId");
    bad["document"]["content"] = json!("=");
    let answer = scene.replace("p-1", "1", &bad).await;
    assert_eq!((answer.status, answer.violations().len()), (422, 2), "{:?}", answer.violations());

    scene.submit("p-2", "no JSON").await;
    let message = scene.message("p-2").await;
    scene.deliver(&message, 1).await.unwrap();
    assert_eq!(scene.replace("p-2", "*", &change).await.status, 409);
}

#[tokio::test]
async fn of_two_changes_at_a_time_one_wins() {
    let scene = Scene::in_memory();
    let seen = scene.create(&proposal("p-1", b"test")).await.e_tag.unwrap();
    let changes = ["one", "two", "three"].map(|text| {
        let mut change = proposal("p-1", text.as_bytes());
        change.as_object_mut().unwrap().remove("proposalId");
        change
    });
    let [a, b, c] = &changes;
    let answers = tokio::join!(
        scene.replace("p-1", &seen, a),
        scene.replace("p-1", &seen, b),
        scene.replace("p-1", &seen, c),
    );
    let mut statuses = [answers.0.status, answers.1.status, answers.2.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412]);
    assert_eq!(scene.documents().len(), 1);
}

#[tokio::test]
async fn pages_hold_every_proposal_once() {
    for scene in scenes().await {
        assert!(scene.list(None, "10").await.is_empty());
        for (number, client) in ["a", "b", "a", "a", "c", "a", "a"].into_iter().enumerate() {
            let mut body = proposal(&format!("p-{number}"), b"test");
            body["clientId"] = json!(client);
            assert_eq!(scene.create(&body).await.status, 201);
        }
        for limit in ["1", "2", "5", "100"] {
            assert_eq!(scene.list(None, limit).await.len(), 7);
            let of_client = scene.list(Some("a"), limit).await;
            let ids: Vec<_> =
                of_client.iter().map(|it| it["proposalId"].as_str().unwrap()).collect();
            assert_eq!(ids, ["p-0", "p-2", "p-3", "p-5", "p-6"]);
        }
        assert!(scene.list(Some("d"), "10").await.is_empty());
        let page =
            |query: &[(&str, &str)]| scene.call(with_query(to("GET", "/proposals", ""), query));
        let token = page(&[("clientId", "a"), ("limit", "1")]).await.body["nextToken"].clone();
        let token = token.as_str().unwrap();
        for query in [
            &[("nextToken", "AAAA")][..],
            &[("nextToken", token)],
            &[("nextToken", token), ("clientId", "b")],
        ] {
            let answer = page(query).await;
            assert_eq!(answer.status, 422);
            assert!(answer.violations()[0].starts_with("query /nextToken is not one"));
        }
    }
}

#[tokio::test]
async fn a_link_is_there_if_asked_for() {
    let scene = Scene::in_memory();
    scene.create(&proposal("p-1", b"test")).await;
    let get =
        |id: &str| with_query(to("GET", "/proposals/{proposalId}", id), &[("document", "true")]);
    let link = scene.call(get("p-1")).await.body["document"]["link"].clone();
    let link = link.as_str().unwrap();
    assert!(link.starts_with("memory:s3://documents/documents/"), "{link}");
    assert!(link.contains("application/pdf, attachment; filename=\"plan.pdf\""), "{link}");
    assert!(link.ends_with("for 300 s"), "{link}");
    assert_eq!(scene.get("p-1").await.body["document"].get("link"), None);
}

#[tokio::test]
async fn what_no_path_can_have_is_422_everywhere() {
    let scene = Scene::in_memory();
    for id in [".", ".."] {
        for (method, resource) in [
            ("GET", "/proposals/{proposalId}"),
            ("DELETE", "/proposals/{proposalId}"),
            ("GET", "/proposals/{proposalId}/uploads"),
            ("POST", "/proposals/{proposalId}/uploads/completion"),
        ] {
            assert_eq!(
                scene.call(to(method, resource, id)).await.status,
                422,
                "{method} {resource}"
            );
        }
        let change = json!({"clientId": "c-7", "title": "Other"});
        assert_eq!(scene.replace(id, "*", &change).await.status, 422);
        let upload =
            with_body(to("POST", "/proposals/{proposalId}/uploads", id), &json!({"size": 1}));
        assert_eq!(scene.call(with_json(upload)).await.status, 422);
    }
    assert_eq!(scene.get("a/b").await.status, 422);
    let event = with_header(to("GET", "/proposals/{proposalId}", "p-1"), "Accept", "*/*");
    assert_eq!(scene.call(event).await.status, 404);
}
