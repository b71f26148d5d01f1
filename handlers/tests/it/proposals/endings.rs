//! Whatever ends an attempt, and wherever: the next one keeps the proposal once, and leaves nothing
//! behind.

use std::sync::Arc;

use bytes::Bytes;
use handlers::objects::{InMemory, ObjectStore as _, Upload};
use handlers::proposals::ProposalRecord;
use handlers::store::MemoryStore;
use serde_json::{Value, json};

use super::faults::{FAULTS, Fault, Met, Script};
use super::{Scene, bytes, proposal, submission, to, with_json};
use crate::event::with_body;
use crate::interposed::Interposed;

impl Scene {
    /// A scene whose stores do as the script says.
    pub(super) fn scripted() -> (Self, Arc<Script>) {
        let script = Arc::new(Script::default());
        let objects = Arc::new(InMemory::default());
        let reached = Interposed { listener: Arc::clone(&script), inner: Arc::clone(&objects) };
        let inner = Arc::<MemoryStore<ProposalRecord>>::default();
        let records = Interposed { listener: Arc::clone(&script), inner };
        (Self::of(objects, Arc::new(reached), Arc::new(records)), script)
    }

    /// Asserts that there is what the record says, and nothing else.
    async fn assert_tidy(&self, met: Option<Met>, fault: Fault, what: &str) {
        let record = self.record("p-1").await;
        let kept = record.and_then(|record| record.document).map(|document| document.key);
        assert_eq!(self.objects.keys("documents"), Vec::from_iter(kept), "{what}");
        // Nobody noted the id of an upload that began then: the bucket's lifecycle ends it.
        let is_untold = met.is_some_and(|met| match fault {
            Fault::Lose | Fault::KillAfter => met.step == "begin",
            Fault::KillBefore => met.before == Some("begin"),
            Fault::Refuse => false,
        });
        assert_eq!(self.objects.open_uploads(), usize::from(is_untold), "{what}");
    }
}

/// Has every step of an attempt go wrong in every way; `attempt` and then `again` are each given a
/// scene that `prepare` has made ready.
async fn at_every_step(
    prepare: impl AsyncFn(&Scene),
    attempt: impl AsyncFn(&Scene),
    again: impl AsyncFn(&Scene, &str),
) {
    for fault in FAULTS {
        for step in 1.. {
            let (scene, script) = Scene::scripted();
            prepare(&scene).await;
            script.set(Some((step, fault)));
            script.run(attempt(&scene)).await;
            let Some(met) = script.met() else {
                assert!(step > 3, "the attempt has few steps");
                break;
            };
            let what = format!("{fault:?} at step {step}, {}", met.step);
            script.set(None);
            again(&scene, &what).await;
            scene.assert_tidy(Some(met), fault, &what).await;
        }
    }
}

async fn nothing(_: &Scene) {}

async fn accepted(scene: &Scene, what: &str, document: &[u8]) {
    let got = scene.get("p-1").await;
    assert_eq!(got.body["status"], "accepted", "{what}: {:?}", got.body);
    assert!(scene.documents() == [document], "{what}");
}

#[tokio::test]
async fn a_small_submission_is_kept_once_whatever_ends_its_reader() {
    at_every_step(
        async |scene| drop(scene.submit("p-1", proposal("p-1", b"test").to_string()).await),
        async |scene| drop(scene.deliver(&scene.message("p-1").await, 1).await),
        async |scene, what| {
            scene.deliver(&scene.message("p-1").await, 2).await.unwrap();
            accepted(scene, what, b"test").await;
            assert!(scene.told("p-1").unwrap().starts_with("S,"), "{what}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_large_submission_is_kept_once_whatever_ends_its_reader() {
    // Two parts.
    let document = bytes((8 << 20) + 7);
    let payload = Bytes::from(proposal("p-1", &document).to_string());
    at_every_step(
        async |scene| drop(scene.submit("p-1", payload.clone()).await),
        async |scene| drop(scene.deliver(&scene.message("p-1").await, 1).await),
        async |scene, what| {
            scene.deliver(&scene.message("p-1").await, 2).await.unwrap();
            accepted(scene, what, &document).await;
            assert!(scene.told("p-1").unwrap().starts_with("S,"), "{what}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_bad_submission_fails_once_whatever_ends_its_reader() {
    at_every_step(
        async |scene| drop(scene.submit("p-1", "hello").await),
        async |scene| drop(scene.deliver(&scene.message("p-1").await, 1).await),
        async |scene, what| {
            scene.deliver(&scene.message("p-1").await, 2).await.unwrap();
            assert_eq!(scene.get("p-1").await.body["status"], "failed", "{what}");
            assert!(scene.told("p-1").unwrap().starts_with("F,"), "{what}");
        },
    )
    .await;
}

#[tokio::test]
async fn what_was_submitted_to_an_accepted_proposal_changes_nothing_whatever_ends_its_reader() {
    at_every_step(
        async |scene| {
            scene.create(&proposal("p-1", b"test")).await;
            scene.submit("p-1", proposal("p-1", b"other").to_string()).await;
        },
        async |scene| drop(scene.deliver(&scene.message("p-1").await, 1).await),
        async |scene, what| {
            scene.deliver(&scene.message("p-1").await, 2).await.unwrap();
            accepted(scene, what, b"test").await;
            assert!(scene.told("p-1").unwrap().starts_with("F,"), "{what}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_retry_of_create_keeps_the_proposal_whatever_ended_the_first_try() {
    at_every_step(
        nothing,
        async |scene| drop(scene.create(&proposal("p-1", b"test")).await),
        async |scene, what| {
            assert_eq!(scene.create(&proposal("p-1", b"test")).await.status, 201, "{what}");
            accepted(scene, what, b"test").await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_retry_of_replace_finds_the_old_or_the_new_whatever_ended_the_first_try() {
    let mut change = proposal("p-1", b"new");
    change.as_object_mut().unwrap().remove("proposalId");
    at_every_step(
        async |scene| drop(scene.create(&proposal("p-1", b"old")).await),
        async |scene| drop(scene.replace("p-1", "*", &change).await),
        async |scene, what| {
            let before = scene.get("p-1").await;
            let size = &before.body["document"]["size"];
            assert!(*size == json!(3), "{what}: {size}");
            let now = scene.replace("p-1", &before.e_tag.unwrap(), &change).await;
            assert_eq!(now.status, 200, "{what}: {:?}", now.body);
            accepted(scene, what, b"new").await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_retry_of_delete_ends_it_whatever_ended_the_first_try() {
    at_every_step(
        async |scene| {
            scene.begin_upload().await;
            scene.submit("p-1", "hello").await;
            scene.deliver(&scene.message("p-1").await, 1).await.unwrap();
        },
        async |scene| drop(scene.delete("p-1").await),
        async |scene, what| {
            let status = scene.delete("p-1").await.status;
            assert!([204, 404].contains(&status), "{what}: {status}");
            assert_eq!(scene.get("p-1").await.status, 404, "{what}");
            assert_eq!(scene.objects.keys("submissions"), ["status/p-1.csv"], "{what}");
        },
    )
    .await;
    at_every_step(
        async |scene| drop(scene.create(&proposal("p-1", b"test")).await),
        async |scene| drop(scene.delete("p-1").await),
        async |scene, what| {
            // Nobody is told of a document that is gone.
            if let Some(record) = scene.record("p-1").await
                && record.document.is_some()
            {
                assert_eq!(scene.documents().len(), 1, "{what}");
            }
            let status = scene.delete("p-1").await.status;
            assert!([204, 404].contains(&status), "{what}: {status}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_retry_of_completion_answers_the_same_whatever_ended_the_first_try() {
    let payload = proposal("p-1", b"test").to_string();
    let size = payload.len();
    at_every_step(
        async |scene| {
            scene.begin_upload_of(size).await;
            let id = scene.record("p-1").await.unwrap().upload.unwrap().id;
            let upload = Upload { address: submission("p-1"), id };
            let part = Bytes::from(payload.clone());
            scene.objects.upload_part(&upload, 1, part).await.unwrap();
        },
        async |scene| drop(scene.complete_upload().await),
        async |scene, what| {
            let first = scene.complete_upload().await;
            assert_eq!(first["submission"], json!(scene.version("p-1").await), "{what}");
            scene.deliver(&scene.message("p-1").await, 1).await.unwrap();
            assert_eq!(scene.complete_upload().await, first, "{what}");
            accepted(scene, what, b"test").await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_retry_of_begin_goes_on_whatever_ended_the_first_try() {
    at_every_step(
        nothing,
        async |scene| drop(scene.begin_upload().await),
        async |scene, what| {
            assert_eq!(scene.begin_upload().await["partCount"], json!(1), "{what}");
            assert_eq!(scene.create(&proposal("p-1", b"test")).await.status, 201, "{what}");
        },
    )
    .await;
}

#[tokio::test]
async fn two_readers_and_a_writer_at_a_time_keep_one_document() {
    // Large ones have more steps, and take their time.
    let sizes = (0..40).map(|delay| (delay, 9)).chain([(10, 9 << 20), (20, 9 << 20)]);
    for (delay, size) in sizes {
        let (scene, _) = Scene::scripted();
        let payload = proposal("p-1", &bytes(size)).to_string();
        let first = scene.submit("p-1", payload.clone()).await;
        let second = scene.submit("p-1", payload).await;
        let later = async |steps: u32| {
            for _ in 0..steps {
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(
            async { drop(scene.deliver(&first, 1).await) },
            async {
                later(delay / 3).await;
                drop(crate::event::deliver_as("m-2", &scene.intake, &second, 1).await);
            },
            async {
                later(delay).await;
                drop(scene.create(&proposal("p-1", b"test")).await);
            },
        );
        let _ = scene.deliver(&second, 2).await;
        assert_eq!(scene.get("p-1").await.body["status"], "accepted", "{delay}");
        assert_eq!(scene.documents().len(), 1, "{delay}");
        scene.assert_tidy(None, Fault::Refuse, &delay.to_string()).await;
    }
}

impl Scene {
    async fn begin_upload(&self) -> Value {
        self.begin_upload_of(7).await
    }

    async fn begin_upload_of(&self, size: usize) -> Value {
        let event = to("POST", "/proposals/{proposalId}/uploads", "p-1");
        self.call(with_json(with_body(event, &json!({ "size": size })))).await.body
    }

    async fn complete_upload(&self) -> Value {
        self.call(to("POST", "/proposals/{proposalId}/uploads/completion", "p-1")).await.body
    }
}
