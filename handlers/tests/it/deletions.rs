//! The function `deletions` through its dispatch.

use std::sync::Arc;

use handlers::deletions::DeletionsFunction;
use handlers::generated::deletions::dispatch;
use handlers::objects::{InMemory, ObjectAddress};
use serde_json::{Value, json};

use crate::event::{Answer, parts, posted};

async fn delete(objects: &Arc<InMemory>, addresses: &[Value]) -> Answer {
    let function = DeletionsFunction::new(objects.clone());
    let (event, context) = parts(posted("/deletions", &json!({ "objects": addresses })));
    dispatch(&function, &event, &context).await.into()
}

fn object(bucket: &str, key: &str) -> Value {
    json!({"bucket": bucket, "key": key})
}

fn place(objects: &InMemory, key: &str) {
    objects.place(&ObjectAddress::new("sources", key), bytes::Bytes::from_static(b"x"));
}

#[tokio::test]
async fn each_object_has_its_outcome_in_the_order_asked() {
    let objects = Arc::new(InMemory::default());
    place(&objects, "a");
    place(&objects, "ë/1 ?");
    objects.deny("secret");
    let asked = [
        object("secret", "a"),
        object("sources", "ë/1 ?"),
        object("sources", "nothing"),
        object("sources", "a"),
        object("sources", "a"),
    ];
    let answer = delete(&objects, &asked).await;
    assert_eq!(answer.status, 200);
    let outcomes = ["denied", "deleted", "missing", "deleted", "deleted"];
    let expected: Vec<_> = asked
        .iter()
        .zip(outcomes)
        .map(|(object, outcome)| json!({"bucket": object["bucket"], "key": object["key"], "outcome": outcome}))
        .collect();
    assert_eq!(answer.body, json!({ "objects": expected }));
    assert!(objects.body(&ObjectAddress::new("sources", "a")).is_none());

    let again = delete(&objects, &asked[3..]).await;
    assert_eq!(again.body["objects"][0]["outcome"], "missing");
}

#[tokio::test]
async fn thousands_are_deleted_at_once_and_more_are_refused() {
    let objects = Arc::new(InMemory::default());
    let asked: Vec<_> = (0..10_000).map(|n| object("sources", &format!("many/{n}"))).collect();
    for n in 0..10_000 {
        place(&objects, &format!("many/{n}"));
    }
    let answer = delete(&objects, &asked).await;
    let outcomes = answer.body["objects"].as_array().unwrap();
    assert_eq!(outcomes.len(), 10_000);
    assert!(outcomes.iter().all(|it| it["outcome"] == "deleted"));
    assert!(objects.body(&ObjectAddress::new("sources", "many/9999")).is_none());

    let more: Vec<_> = (0..10_001).map(|n| object("sources", &n.to_string())).collect();
    assert_eq!(delete(&objects, &more).await.status, 422);
    assert_eq!(delete(&objects, &[]).await.status, 422);
}

#[tokio::test]
async fn what_no_answer_could_hold_is_refused_before_anything_is_deleted() {
    let objects = Arc::new(InMemory::default());
    place(&objects, "a");
    let mut asked = vec![object("sources", "a")];
    asked.extend((0..6_200).map(|n| object("sources", &format!("{n:01000}"))));
    let answer = delete(&objects, &asked).await;
    assert_eq!(answer.status, 422);
    assert!(answer.violations()[0].contains("several requests"), "{:?}", answer.violations());
    assert!(objects.body(&ObjectAddress::new("sources", "a")).is_some());
}
