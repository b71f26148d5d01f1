//! Objects whose parts are sent by presigned links, and what names their versions afterwards.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::scene::{Scene, VERSIONED, noise, put, refusal};

const KEY: &str = "submissions/p 1+ü";
const PART: usize = 5 << 20;

/// An upload whose parts others send.
struct Upload<'a> {
    scene: &'a Scene,
    id: String,
}

impl<'a> Upload<'a> {
    async fn begin(scene: &'a Scene) -> Self {
        let create = scene.client.create_multipart_upload().bucket(VERSIONED).key(KEY);
        let created = create.content_type("application/octet-stream").send().await.unwrap();
        Self { scene, id: created.upload_id.unwrap() }
    }

    async fn link(&self, part: i32) -> String {
        let expiry = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
        let part = self.scene.client.upload_part().bucket(VERSIONED).key(KEY).part_number(part);
        part.upload_id(&self.id).presigned(expiry).await.unwrap().uri().to_owned()
    }

    /// Completes the upload with all parts that have arrived; answers the version.
    async fn complete(&self) -> String {
        let list = self.scene.client.list_parts().bucket(VERSIONED).key(KEY).upload_id(&self.id);
        let parts = list.send().await.unwrap().parts.unwrap().into_iter().map(|part| {
            let number = part.part_number.unwrap();
            CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build()
        });
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let complete = self.scene.client.complete_multipart_upload().bucket(VERSIONED).key(KEY);
        let complete = complete.upload_id(&self.id).multipart_upload(parts).send().await.unwrap();
        complete.version_id.unwrap()
    }
}

#[tokio::test]
async fn parts_sent_by_links_become_a_version_of_their_own() {
    let mut scene = Scene::new();
    let bytes = noise(2 * PART + 7, 1);
    let http = reqwest::Client::new();
    let send = async |link: &str, body: &[u8]| {
        http.put(link).body(body.to_vec()).send().await.unwrap().status().as_u16()
    };
    let upload = Upload::begin(&scene).await;
    // In any order, and one of them anew.
    assert_eq!(send(&upload.link(3).await, &bytes[2 * PART..]).await, 200);
    let second = upload.link(2).await;
    assert_eq!(send(&second, &noise(PART, 2)).await, 200);
    assert_eq!(send(&second, &bytes[PART..2 * PART]).await, 200);
    assert_eq!(send(&upload.link(1).await, &bytes[..PART]).await, 200);
    assert_eq!(send(&second.replace("partNumber=2", "partNumber=4"), b"x").await, 403);

    let version = upload.complete().await;
    let get = || scene.client.get_object().bucket(VERSIONED).key(KEY).version_id(&version);
    let got = get().send().await.unwrap();
    assert_eq!(got.version_id(), Some(version.as_str()));
    assert!(got.body.collect().await.unwrap().to_vec() == bytes);
    assert_eq!(send(&upload.link(1).await, b"too late").await, 404);

    let head = scene.client.head_object().bucket(VERSIONED).key(KEY).send().await.unwrap();
    assert_eq!(head.version_id(), Some(version.as_str()));
    put(&scene.client, VERSIONED, KEY, "newer").await;
    let head = || scene.client.head_object().bucket(VERSIONED).key(KEY);
    let older = head().version_id(&version).send().await.unwrap();
    assert_eq!(older.content_length(), Some(i64::try_from(bytes.len()).unwrap()));
    assert_ne!(head().send().await.unwrap().version_id(), Some(version.as_str()));

    let event = scene.events.recv().await.unwrap();
    assert_eq!(event.name.as_str(), "ObjectCreated:CompleteMultipartUpload");
    assert_eq!((event.key.as_str(), event.version_id), (KEY, Some(version)));
    assert_eq!(event.size, Some(bytes.len() as u64));
    let newer = scene.events.recv().await.unwrap();
    assert!(newer.sequencer > event.sequencer);
}

#[tokio::test]
async fn heads_know_what_hides_an_object() {
    let scene = Scene::new();
    put(&scene.client, VERSIONED, KEY, "x").await;
    let delete = scene.client.delete_object().bucket(VERSIONED).key(KEY).send().await.unwrap();
    let marker = delete.version_id.unwrap();
    let head = || scene.client.head_object().bucket(VERSIONED).key(KEY);
    let hidden = head().send().await.unwrap_err();
    let answer = hidden.raw_response().unwrap();
    assert_eq!(answer.status().as_u16(), 404);
    assert_eq!(answer.headers().get("x-amz-delete-marker"), Some("true"));
    assert_eq!(answer.headers().get("x-amz-version-id"), Some(marker.as_str()));
    let of_marker = head().version_id(&marker).send().await.unwrap_err();
    assert_eq!(of_marker.raw_response().unwrap().status().as_u16(), 405);
}

#[tokio::test]
async fn keys_end_at_1024_bytes() {
    let scene = Scene::new();
    let key = |bytes: usize| "é".repeat(bytes / 2) + &"x".repeat(bytes % 2);
    put(&scene.client, VERSIONED, &key(1_024), "x").await;
    let put = scene.client.put_object().bucket(VERSIONED).key(key(1_025)).send().await;
    assert_eq!(refusal(put), "400 KeyTooLongError");
    let create = scene.client.create_multipart_upload().bucket(VERSIONED).key(key(1_025));
    assert_eq!(refusal(create.send().await), "400 KeyTooLongError");
}
