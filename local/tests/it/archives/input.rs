//! What asks for archives that cannot be, and zips that are odd and nevertheless zips.

use client::models;
use serde_json::{Value, json};

use super::{everything, new, reader, request};
use crate::faulty::Faulty;
use crate::service::{Service, refusal, zip};

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_told_at_once_is_told_at_once() {
    let service = Service::start().await;
    let good = zip(&[("a.txt", b"a"), ("A.txt", b"A")]);
    service.put("local-sources", "in/good.zip", good.clone()).await;
    service.put("local-sources", "in/cut.zip", good[..good.len() - 9].to_vec()).await;
    let post = async |request: Value| {
        refusal(service.client.create_archive().body(new(request)).send().await)
    };
    let sources = [("crm", "in/good.zip"), ("crm", "in/cut.zip"), ("erp", "in/gone.zip")];
    let mut all = request(&sources, everything("crm"));
    all["destination"] = json!({"bucket": "local-nowhere", "key": "final.zip"});
    let (status, violations) = post(all).await;
    assert_eq!(status, 422);
    for words in [
        "/destination/bucket the bucket local-nowhere does not exist",
        "/sources/1",
        "/sources/2 s3://local-sources/in/gone.zip does not exist",
    ] {
        assert!(violations.iter().any(|it| it.starts_with(words)), "{words} in {violations:?}");
    }

    let content =
        json!({"folders": [{"name": "..", "entries": [{"system": "nobody", "match": "x"}]}]});
    let (status, violations) = post(request(&sources[..1], content)).await;
    assert_eq!(status, 422);
    assert!(violations.iter().all(|it| it.starts_with("/content/folders/0")), "{violations:?}");
    assert!(!violations.is_empty());
    assert_eq!(service.uploads("local-archives").await, 0);
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_is_told_by_place_at_once() {
    let s3 = Faulty::start().await;
    let service = Service::behind(&s3, "ARCHIVES_TABLE", &[]).await;
    service.put("local-sources", "in/a.zip", zip(&[("a.txt", b"a")])).await;
    for (place, target, words) in [
        ("/sources/0", "/local-sources/in/", "access to s3://local-sources/in/a.zip is denied"),
        ("/destination", "/local-archives/out/", "s3://local-archives/out/final.zip is denied"),
    ] {
        let denied = s3.refuse(403, "AccessDenied", move |call| call.target.starts_with(target));
        let body = new(request(&[("crm", "in/a.zip")], everything("crm")));
        let (status, violations) = refusal(service.client.create_archive().body(body).send().await);
        drop(denied);
        assert_eq!((status, violations.len()), (422, 1), "{violations:?}");
        assert!(violations[0].starts_with(place), "{violations:?}");
        assert!(violations[0].contains(words), "{violations:?}");
    }
    service.stop().await;
}

/// Status, and `pointer detail` of every violation, of a request that no client of ours would make.
async fn posted(service: &Service, body: &Value) -> (u16, Vec<String>) {
    let url = format!("{}/archives", service.cloud.base_url);
    let answer = reqwest::Client::new().post(url).json(body).send().await.unwrap();
    let (status, problem) = (answer.status().as_u16(), answer.json::<models::Problem>().await);
    let violations = problem.unwrap().errors.unwrap_or_default();
    (status, violations.iter().map(|it| format!("{} {}", it.pointer, it.detail)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_that_cannot_be_are_refused_by_place() {
    let service = Service::start().await;
    let both = zip(&[("letter.txt", b"a"), ("Letter.txt", b"b")]);
    service.put("local-sources", "in/a.zip", both).await;
    service.put("local-sources", "in/climbing.zip", zip(&[("../a.txt", b"a")])).await;
    service.put("local-sources", "in/text.zip", b"no zip at all".to_vec()).await;
    let good = || request(&[("crm", "in/a.zip")], json!({"folders": [{"name": "a"}]}));
    let folder = |name: &str| request(&[("crm", "in/a.zip")], json!({"folders": [{"name": name}]}));
    let sources = |count: usize| {
        let mut body = good();
        body["sources"] = json!(vec![good()["sources"][0].clone(); count]);
        body
    };
    let nested = |levels: usize| {
        let inner = json!({"name": "f"});
        let outer = (1..levels).fold(inner, |inner, _| json!({"name": "f", "folders": [inner]}));
        request(&[("crm", "in/a.zip")], json!({"folders": [outer]}))
    };
    let mut onto_itself = good();
    onto_itself["destination"] = json!({"bucket": "local-sources", "key": "in/a.zip"});
    for (body, pointer, words) in [
        (sources(0), "/sources ", ""),
        (sources(10_000), "/sources ", ""),
        (nested(33), "/content/folders/0/folders/0", "nested deeper than 32 folders"),
        (folder("a\u{7}b"), "/content/folders/0/name ", "control character"),
        (folder("/etc"), "/content/folders/0/name ", "slash"),
        (folder(".."), "/content/folders/0/name ", "\"..\""),
        (onto_itself, "/destination ", "is /sources/0 too"),
        (request(&[("crm", "in/a.zip")], everything("crm")), "/content/entries/0 ", "only by case"),
        (
            request(&[("crm", "in/climbing.zip")], everything("crm")),
            "/content/entries/0/match ",
            "..",
        ),
        (request(&[("crm", "in/text.zip")], everything("crm")), "/sources/0 ", "zip"),
    ] {
        let (status, violations) = posted(&service, &body).await;
        assert_eq!(status, 422, "{pointer} {words} {violations:?}");
        let found = violations.iter().any(|it| it.starts_with(pointer) && it.contains(words));
        assert!(found, "{pointer} {words} {violations:?}");
    }
    assert_eq!(posted(&service, &nested(100)).await.0, 400, "deeper than JSON is read");
    service.messages("archiveJobs", 0).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_zips_empty_entries_and_zips_behind_programs_are_taken() {
    let service = Service::start().await;
    let program = [&b"#!/bin/sh\nexit 0\n"[..], &zip(&[("empty.txt", b""), ("a.txt", b"a")])];
    service.put("local-sources", "in/program.zip", program.concat()).await;
    service.put("local-sources", "in/empty.zip", zip(&[])).await;
    let sources = [("crm", "in/program.zip"), ("crm", "in/empty.zip")];
    let job = service.archive(request(&sources, everything("crm"))).await;
    assert_eq!(job.status, models::JobStatus::Succeeded, "{job:?}");
    let result = service.result().await;
    let expected: [(&str, &[u8]); 2] = [("a.txt", b"a"), ("empty.txt", b"")];
    assert!(result.iter().map(|(name, data)| (&**name, &**data)).eq(expected), "{result:?}");
    let bytes = service.object("local-archives", "out/final.zip").await.unwrap();
    reader::tools_agree(&bytes);
    service.stop().await;
}
