//! Objects in parts.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
    ObjectAttributes, Part,
};

use super::scene::{BUCKET, Scene, noise, refusal};

const MIB: usize = 1 << 20;

/// An upload under way.
struct Upload<'a> {
    scene: &'a Scene,
    key: &'a str,
    id: String,
}

impl<'a> Upload<'a> {
    async fn begin(scene: &'a Scene, key: &'a str) -> Self {
        let create = scene.client.create_multipart_upload().bucket(BUCKET).key(key);
        let created =
            create.content_type("application/zip").metadata("n", "1").send().await.unwrap();
        Self { scene, key, id: created.upload_id.unwrap() }
    }

    async fn part(&self, number: i32, body: Vec<u8>) -> CompletedPart {
        let part = self.scene.client.upload_part().bucket(BUCKET).key(self.key);
        let part = part.upload_id(&self.id).part_number(number).body(ByteStream::from(body));
        let e_tag = part.send().await.unwrap().e_tag;
        CompletedPart::builder().part_number(number).set_e_tag(e_tag).build()
    }

    async fn copy(&self, number: i32, source: &str, range: Option<&str>) -> CompletedPart {
        let copy = self.scene.client.upload_part_copy().bucket(BUCKET).key(self.key);
        let copy = copy.upload_id(&self.id).part_number(number).copy_source(source);
        let copied = copy.set_copy_source_range(range.map(str::to_owned)).send().await.unwrap();
        let e_tag = copied.copy_part_result.unwrap().e_tag;
        CompletedPart::builder().part_number(number).set_e_tag(e_tag).build()
    }

    /// The object's ETag, or the refusal.
    async fn complete(&self, parts: Vec<CompletedPart>) -> Result<String, String> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.scene.client.complete_multipart_upload().bucket(BUCKET).key(self.key);
        match complete.upload_id(&self.id).multipart_upload(parts).send().await {
            Ok(completed) => Ok(completed.e_tag.unwrap()),
            refused => Err(refusal(refused)),
        }
    }

    async fn part_numbers(&self) -> Vec<i32> {
        let list = self.scene.client.list_parts().bucket(BUCKET).key(self.key).upload_id(&self.id);
        let listed = list.send().await.unwrap();
        listed.parts().iter().filter_map(Part::part_number).collect()
    }
}

#[tokio::test]
async fn parts_in_any_order_and_with_any_numbers_become_one_object() {
    let mut scene = Scene::new();
    let upload = Upload::begin(&scene, "k").await;
    let (first, second, last) = (noise(6 * MIB, 1), noise(5 * MIB, 2), noise(10, 3));
    let p9 = upload.part(9_999, last.clone()).await;
    let p2 = upload.part(2, first.clone()).await;
    let p5 = upload.part(5, noise(100, 9)).await;
    let replaced = upload.part(5, second.clone()).await;
    upload.part(7, noise(100, 8)).await;
    assert_ne!(p5.e_tag(), replaced.e_tag());
    assert_eq!(upload.part_numbers().await, [2, 5, 7, 9_999]);
    let etag = upload.complete(vec![p2, replaced, p9]).await.unwrap();
    assert!(etag.ends_with("-3\""), "{etag}");
    let whole = [first, second.clone(), last].concat();
    assert!(scene.get("k").await == whole);

    let head = scene.client.head_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(head.content_type(), Some("application/zip"));
    assert_eq!(head.metadata().unwrap().get("n").unwrap(), "1");
    assert_eq!(head.content_length(), i64::try_from(whole.len()).ok());
    let get = scene.client.get_object().bucket(BUCKET).key("k");
    let across = get.range(format!("bytes={}-{}", 6 * MIB - 3, 6 * MIB + 2)).send().await.unwrap();
    let across = across.body.collect().await.unwrap().to_vec();
    assert_eq!(across, whole[6 * MIB - 3..=6 * MIB + 2]);
    let get = scene.client.get_object().bucket(BUCKET).key("k").part_number(5);
    let part = get.send().await.unwrap();
    assert_eq!(part.parts_count(), Some(3));
    assert!(part.body.collect().await.unwrap().to_vec() == second);
    assert_eq!(scene.told(), ["ObjectCreated:CompleteMultipartUpload k"]);
}

#[tokio::test]
async fn what_cannot_be_completed_stays_open() {
    let scene = Scene::new();
    let upload = Upload::begin(&scene, "k").await;
    let small = upload.part(1, noise(100, 1)).await;
    let last = upload.part(2, noise(100, 2)).await;
    let parts = vec![small.clone(), last.clone()];
    assert_eq!(upload.complete(parts).await.unwrap_err(), "400 EntityTooSmall");
    let disordered = vec![last.clone(), small.clone()];
    assert_eq!(upload.complete(disordered).await.unwrap_err(), "400 InvalidPartOrder");
    let twice = vec![last.clone(), last.clone()];
    assert_eq!(upload.complete(twice).await.unwrap_err(), "400 InvalidPartOrder");
    let other = CompletedPart::builder().part_number(2).e_tag("\"0\"").build();
    assert_eq!(upload.complete(vec![other]).await.unwrap_err(), "400 InvalidPart");
    let missing = CompletedPart::builder().part_number(3).set_e_tag(last.e_tag.clone()).build();
    assert_eq!(upload.complete(vec![missing]).await.unwrap_err(), "400 InvalidPart");
    assert_eq!(upload.complete(Vec::new()).await.unwrap_err(), "400 MalformedXML");
    assert_eq!(upload.part_numbers().await, [1, 2]);
    assert_eq!(upload.complete(vec![last]).await.unwrap().len(), 2 + 32 + 2);
    assert_eq!(scene.get("k").await, noise(100, 2));
}

#[tokio::test]
async fn an_upload_does_not_replace_what_it_may_not() {
    let scene = Scene::new();
    scene.put("k", "first").await;
    let upload = Upload::begin(&scene, "k").await;
    let part = upload.part(1, b"second".to_vec()).await;
    let parts = CompletedMultipartUpload::builder().parts(part.clone()).build();
    let complete = scene.client.complete_multipart_upload().bucket(BUCKET).key("k");
    let complete = complete.upload_id(&upload.id).multipart_upload(parts).if_none_match("*");
    assert_eq!(refusal(complete.send().await), "412 PreconditionFailed");
    assert_eq!(scene.get("k").await, b"first");
    upload.complete(vec![part]).await.unwrap();
    assert_eq!(scene.get("k").await, b"second");
}

#[tokio::test]
async fn a_completed_or_aborted_upload_is_no_more() {
    let scene = Scene::new();
    let completed = Upload::begin(&scene, "k").await;
    let part = completed.part(1, b"x".to_vec()).await;
    completed.complete(vec![part.clone()]).await.unwrap();
    assert_eq!(completed.complete(vec![part]).await.unwrap_err(), "404 NoSuchUpload");

    let aborted = Upload::begin(&scene, "k").await;
    aborted.part(1, noise(MIB, 1)).await;
    let abort = || scene.client.abort_multipart_upload().bucket(BUCKET).key("k");
    abort().upload_id(&aborted.id).send().await.unwrap();
    let part = scene.client.upload_part().bucket(BUCKET).key("k").upload_id(&aborted.id);
    let part = part.part_number(2).body(ByteStream::from(noise(3 * MIB, 1))).send().await;
    assert_eq!(refusal(part), "404 NoSuchUpload");
    assert_eq!(refusal(abort().upload_id(&aborted.id).send().await), "404 NoSuchUpload");
    assert_eq!(scene.get("k").await, b"x");
    let listed = scene.client.list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
    assert!(listed.uploads().is_empty());
}

#[tokio::test]
async fn uploads_are_listed_in_order_and_page_by_page() {
    let scene = Scene::new();
    let mut expected = Vec::new();
    for key in ["b", "a", "c/d", "a"] {
        expected.push((key.to_owned(), Upload::begin(&scene, key).await.id));
    }
    // By key; of one key in the order they began.
    expected.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut listed = Vec::new();
    let (mut key, mut id) = (None, None);
    loop {
        let list = scene.client.list_multipart_uploads().bucket(BUCKET).max_uploads(1);
        let page = list.set_key_marker(key).set_upload_id_marker(id).send().await.unwrap();
        for upload in page.uploads() {
            listed.push((upload.key().unwrap().to_owned(), upload.upload_id().unwrap().to_owned()));
        }
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, id) = (page.next_key_marker, page.next_upload_id_marker);
    }
    assert_eq!(listed, expected);
    let list = scene.client.list_multipart_uploads().bucket(BUCKET).prefix("c/");
    assert_eq!(list.send().await.unwrap().uploads().len(), 1);
}

#[tokio::test]
async fn parts_are_listed_page_by_page() {
    let scene = Scene::new();
    let upload = Upload::begin(&scene, "k").await;
    for number in [3, 1, 2] {
        upload.part(number, noise(10, 1)).await;
    }
    let list = || scene.client.list_parts().bucket(BUCKET).key("k").upload_id(&upload.id);
    let first = list().max_parts(2).send().await.unwrap();
    assert_eq!(first.is_truncated(), Some(true));
    assert_eq!(first.parts()[0].size(), Some(10));
    assert!(first.parts()[0].e_tag().is_some());
    let marker = first.next_part_number_marker.unwrap();
    let second = list().part_number_marker(marker).send().await.unwrap();
    assert_eq!(second.is_truncated(), Some(false));
    assert_eq!(second.parts()[0].part_number(), Some(3));
}

#[tokio::test]
async fn parts_are_copied_from_objects_whole_and_by_range() {
    let scene = Scene::new();
    let source = noise(12 * MIB, 5);
    let etag = scene.put("a source", source.clone()).await;
    let upload = Upload::begin(&scene, "k").await;
    let from = format!("{BUCKET}/a%20source");
    let first = upload.copy(1, &from, Some("bytes=1-6291456")).await;
    let second = upload.copy(2, &from, None).await;
    assert_eq!(second.e_tag(), Some(etag.as_str()));
    let third = upload.copy(3, &from, Some("bytes=0-0")).await;
    upload.complete(vec![first, second, third]).await.unwrap();
    // What was copied does not go with its source.
    scene.client.delete_object().bucket(BUCKET).key("a source").send().await.unwrap();
    let expected = [&source[1..=6_291_456], &source, &source[..1]].concat();
    assert!(scene.get("k").await == expected);

    // And from an object in parts, across their bounds.
    let upload = Upload::begin(&scene, "again").await;
    let part = upload.copy(1, &format!("{BUCKET}/k"), Some("bytes=6291450-6291470")).await;
    upload.complete(vec![part]).await.unwrap();
    assert_eq!(scene.get("again").await, expected[6_291_450..=6_291_470]);
}

#[tokio::test]
async fn a_part_is_not_copied_from_another_version_or_from_outside() {
    let scene = Scene::new();
    scene.put("source", "0123456789").await;
    let upload = Upload::begin(&scene, "k").await;
    let copy = || {
        let copy = scene.client.upload_part_copy().bucket(BUCKET).key("k").upload_id(&upload.id);
        copy.part_number(1).copy_source(format!("{BUCKET}/source"))
    };
    let changed = copy().copy_source_if_match("\"other\"").send().await;
    assert_eq!(refusal(changed), "412 PreconditionFailed");
    let outside = copy().copy_source_range("bytes=0-10").send().await;
    assert_eq!(refusal(outside), "416 InvalidRange");
    let open = copy().copy_source_range("bytes=0-").send().await;
    assert_eq!(refusal(open), "400 InvalidArgument");
    let missing = copy().copy_source(format!("{BUCKET}/none")).send().await;
    assert_eq!(refusal(missing), "404 NoSuchKey");
    let missing = copy().copy_source("local-other/none").send().await;
    assert_eq!(refusal(missing), "404 NoSuchBucket");
    assert_eq!(refusal(copy().part_number(10_001).send().await), "400 InvalidArgument");
    assert!(upload.part_numbers().await.is_empty());
}

#[tokio::test]
async fn the_checksum_of_an_object_in_parts_is_composed_or_whole() {
    for (algorithm, kind) in [
        (ChecksumAlgorithm::Sha256, ChecksumType::Composite),
        (ChecksumAlgorithm::Crc32, ChecksumType::Composite),
        (ChecksumAlgorithm::Crc32, ChecksumType::FullObject),
        (ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject),
    ] {
        let scene = Scene::new();
        let whole = noise(6 * MIB, 4);
        let create = scene.client.create_multipart_upload().bucket(BUCKET).key("k");
        let create = create.checksum_algorithm(algorithm.clone()).checksum_type(kind.clone());
        let id = create.send().await.unwrap().upload_id.unwrap();
        let mut parts = Vec::new();
        for (number, bytes) in (1..).zip(whole.chunks(5 * MIB)) {
            let part = scene.client.upload_part().bucket(BUCKET).key("k").upload_id(&id);
            let part = part.part_number(number).checksum_algorithm(algorithm.clone());
            let sent = part.body(ByteStream::from(bytes.to_vec())).send().await.unwrap();
            let part = CompletedPart::builder()
                .part_number(number)
                .set_e_tag(sent.e_tag)
                .set_checksum_crc32(sent.checksum_crc32)
                .set_checksum_crc64_nvme(sent.checksum_crc64_nvme)
                .set_checksum_sha256(sent.checksum_sha256);
            parts.push(part.build());
        }
        let complete = |parts| {
            let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
            let complete = scene.client.complete_multipart_upload().bucket(BUCKET).key("k");
            complete.upload_id(&id).multipart_upload(parts)
        };
        if kind == ChecksumType::Composite {
            let etag = parts[0].e_tag.clone();
            let bare = CompletedPart::builder().part_number(1).set_e_tag(etag).build();
            assert_eq!(refusal(complete(vec![bare]).send().await), "400 InvalidRequest");
        }
        let completed = complete(parts).send().await.unwrap();
        assert_eq!(completed.checksum_type(), Some(&kind));
        let get = scene.client.get_object().bucket(BUCKET).key("k");
        let got = get.checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        let composed =
            got.checksum_crc32().or(got.checksum_sha256()).is_some_and(|sum| sum.ends_with("-2"));
        assert_eq!(composed, kind == ChecksumType::Composite);
        let attributes = scene.client.get_object_attributes().bucket(BUCKET).key("k");
        let attributes = attributes
            .object_attributes(ObjectAttributes::ObjectParts)
            .object_attributes(ObjectAttributes::ObjectSize);
        let attributes = attributes.send().await.unwrap();
        let parts = attributes.object_parts().unwrap();
        assert_eq!((parts.total_parts_count(), parts.parts().len()), (Some(2), 2));
        assert_eq!(attributes.object_size(), i64::try_from(whole.len()).ok());
        assert_eq!(attributes.e_tag(), None);
        // The SDK compares a whole one while it reads.
        assert!(got.body.collect().await.unwrap().to_vec() == whole);
    }
}
