//! Deletions through the front door.

use client::models;
use serde_json::json;

use crate::service::{Service, refusal, value};

#[tokio::test(flavor = "multi_thread")]
async fn each_object_is_answered_for() {
    let service = Service::start().await;
    let count = 1_500;
    let keys: Vec<_> = (0..count).map(|n| format!("many/{n} ü+&.txt")).collect();
    for keys in keys.chunks(50) {
        let puts = keys.iter().map(|key| service.put("local-sources", key, vec![1]));
        futures_util::future::join_all(puts).await;
    }
    let mut objects: Vec<_> =
        keys.iter().map(|key| json!({"bucket": "local-sources", "key": key})).collect();
    objects.push(json!({"bucket": "local-sources", "key": "gone"}));
    let body: models::NewDeletion = value(json!({ "objects": objects }));
    let answer = service.client.delete_objects().body(body.clone()).send().await.unwrap();
    let outcomes: Vec<_> = answer.objects.iter().map(|object| object.outcome.as_str()).collect();
    assert_eq!(outcomes.len(), count + 1);
    assert!(outcomes[..count].iter().all(|outcome| *outcome == "deleted"));
    assert_eq!(outcomes[count], "missing");
    assert_eq!(service.object("local-sources", &keys[0]).await, None);

    let again = service.client.delete_objects().body(body).send().await.unwrap();
    assert!(again.objects.iter().all(|object| object.outcome.as_str() == "missing"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_ten_thousand_objects_are_refused() {
    let service = Service::start().await;
    let objects = vec![json!({"bucket": "local-sources", "key": "k"}); 10_001];
    let http = reqwest::Client::new();
    let url = format!("{}/deletions", service.cloud.base_url);
    let answer = http.post(url).json(&json!({ "objects": objects })).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    let empty = serde_json::from_value::<models::NewDeletion>(json!({"objects": []}));
    assert!(empty.is_err(), "the client's own types refuse it");
    let long = json!({"objects": [{"bucket": "local-sources", "key": "ü".repeat(1024)}]});
    let answer = service.client.delete_objects().body(value::<models::NewDeletion>(long));
    assert_eq!(refusal(answer.send().await).0, 422);
    service.stop().await;
}
