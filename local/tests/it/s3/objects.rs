//! Putting, getting, describing, deleting.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, Delete, ObjectIdentifier};

use super::scene::{BUCKET, Scene, VERSIONED, noise, refusal};

#[tokio::test]
async fn an_object_comes_back_with_all_that_was_said_of_it() {
    let scene = Scene::new();
    let put = scene
        .client
        .put_object()
        .bucket(BUCKET)
        .key("in/a.zip")
        .body(ByteStream::from_static(b"hello"))
        .content_type("application/zip")
        .cache_control("no-cache")
        .content_disposition("attachment")
        .content_language("en")
        .content_encoding("gzip")
        .metadata("origin", "crm")
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(put.version_id(), None);

    let got = scene.client.get_object().bucket(BUCKET).key("in/a.zip").send().await.unwrap();
    assert_eq!(got.content_type(), Some("application/zip"));
    assert_eq!(got.cache_control(), Some("no-cache"));
    assert_eq!(got.content_disposition(), Some("attachment"));
    assert_eq!(got.content_language(), Some("en"));
    assert_eq!(got.content_encoding(), Some("gzip"));
    assert_eq!(got.metadata().unwrap().get("origin").unwrap(), "crm");
    assert_eq!(got.content_length(), Some(5));
    assert_eq!(got.accept_ranges(), Some("bytes"));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");

    let head = scene.client.head_object().bucket(BUCKET).key("in/a.zip").send().await.unwrap();
    assert_eq!(head.e_tag(), put.e_tag());
    assert_eq!(head.content_length(), Some(5));
    assert!(head.last_modified().is_some());
}

#[tokio::test]
async fn what_is_missing_has_its_code() {
    let scene = Scene::new();
    let got = scene.client.get_object().bucket(BUCKET).key("none").send().await;
    assert_eq!(refusal(got), "404 NoSuchKey");
    let got = scene.client.get_object().bucket("local-other").key("none").send().await;
    assert_eq!(refusal(got), "404 NoSuchBucket");
    let put = scene.client.put_object().bucket("local-other").key("k");
    let put = put.body(ByteStream::from(noise(3 << 20, 1))).send().await;
    assert_eq!(refusal(put), "404 NoSuchBucket");
    let head = scene.client.head_object().bucket(BUCKET).key("none").send().await;
    let Err(SdkError::ServiceError(head)) = head else { panic!("{head:?}") };
    assert!(head.err().is_not_found());
}

#[tokio::test]
async fn ranges_are_those_of_the_bytes() {
    let scene = Scene::new();
    scene.put("k", "0123456789").await;
    let range = async |range: &str| {
        let request = scene.client.get_object().bucket(BUCKET).key("k").range(range);
        let got = request.send().await.unwrap();
        let content_range = got.content_range().unwrap().to_owned();
        let body = got.body.collect().await.unwrap().to_vec();
        (String::from_utf8(body).unwrap(), content_range)
    };
    assert_eq!(range("bytes=0-4").await, ("01234".to_owned(), "bytes 0-4/10".to_owned()));
    assert_eq!(range("bytes=6-").await, ("6789".to_owned(), "bytes 6-9/10".to_owned()));
    assert_eq!(range("bytes=-3").await, ("789".to_owned(), "bytes 7-9/10".to_owned()));
    assert_eq!(range("bytes=8-99").await, ("89".to_owned(), "bytes 8-9/10".to_owned()));
    let outside = scene.client.get_object().bucket(BUCKET).key("k").range("bytes=10-").send().await;
    assert_eq!(refusal(outside), "416 InvalidRange");
}

#[tokio::test]
async fn a_large_object_comes_back_whole_and_in_any_range() {
    let scene = Scene::new();
    let bytes = noise(5 << 20, 7);
    scene.put("large", bytes.clone()).await;
    assert!(scene.get("large").await == bytes);
    let request = scene.client.get_object().bucket(BUCKET).key("large");
    let got = request.range("bytes=1000001-4000000").send().await.unwrap();
    assert!(got.body.collect().await.unwrap().to_vec() == bytes[1_000_001..=4_000_000]);
}

#[tokio::test]
async fn of_sixteen_that_want_to_be_first_one_is() {
    let scene = Scene::new();
    let puts = (0..16_u8).map(|n| {
        let put = scene.client.put_object().bucket(BUCKET).key("first").if_none_match("*");
        tokio::spawn(put.body(ByteStream::from(vec![n; 100_000])).send())
    });
    let puts: Vec<_> = puts.collect();
    let mut winners = Vec::new();
    for (n, put) in puts.into_iter().enumerate() {
        match put.await.unwrap() {
            Ok(_) => winners.push(n),
            refused => assert_eq!(refusal(refused), "412 PreconditionFailed"),
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert_eq!(scene.get("first").await, vec![u8::try_from(winners[0]).unwrap(); 100_000]);
}

#[tokio::test]
async fn of_sixteen_that_replace_the_same_version_one_does() {
    let scene = Scene::new();
    let etag = scene.put("k", "old").await;
    let puts = (0..16_u8).map(|n| {
        let put = scene.client.put_object().bucket(BUCKET).key("k").if_match(&etag);
        tokio::spawn(put.body(ByteStream::from(vec![n; 10])).send())
    });
    let puts: Vec<_> = puts.collect();
    let mut winners = 0;
    for put in puts {
        match put.await.unwrap() {
            Ok(_) => winners += 1,
            refused => assert_eq!(refusal(refused), "412 PreconditionFailed"),
        }
    }
    assert_eq!(winners, 1);
    let absent = scene.client.put_object().bucket(BUCKET).key("absent").if_match(&etag);
    assert_eq!(refusal(absent.send().await), "404 NoSuchKey");
}

#[tokio::test]
async fn conditions_of_readers_hold() {
    let scene = Scene::new();
    let etag = scene.put("k", "hello").await;
    let get = || scene.client.get_object().bucket(BUCKET).key("k");
    assert_eq!(refusal(get().if_none_match(&etag).send().await), "304 -");
    assert_eq!(refusal(get().if_match("\"other\"").send().await), "412 PreconditionFailed");
    get().if_match(&etag).send().await.unwrap();
    get().if_none_match("\"other\"").send().await.unwrap();
    let head = scene.client.head_object().bucket(BUCKET).key("k");
    let modified = head.send().await.unwrap().last_modified;
    let modified = modified.unwrap();
    assert_eq!(refusal(get().if_modified_since(modified).send().await), "304 -");
    get().if_unmodified_since(modified).send().await.unwrap();
    let before = aws_sdk_s3::primitives::DateTime::from_secs(modified.secs() - 10);
    get().if_modified_since(before).send().await.unwrap();
    let refused = get().if_unmodified_since(before).send().await;
    assert_eq!(refusal(refused), "412 PreconditionFailed");
    // The ETag decides where both are given.
    get().if_match(&etag).if_unmodified_since(before).send().await.unwrap();
    let both = get().if_none_match(&etag).if_modified_since(before).send().await;
    assert_eq!(refusal(both), "304 -");
}

#[tokio::test]
async fn bytes_that_are_not_what_was_said_are_not_kept() {
    let scene = Scene::new();
    let put = |key: &str| {
        scene.client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"hello"))
    };
    let wrong_md5 = put("md5").content_md5("1B2M2Y8AsgTpgAmY7PhCfg==").send().await;
    assert_eq!(refusal(wrong_md5), "400 BadDigest");
    assert_eq!(refusal(put("md5").content_md5("short").send().await), "400 InvalidDigest");
    let wrong_crc = put("crc").checksum_crc32("AAAAAA==").send().await;
    assert_eq!(refusal(wrong_crc), "400 BadDigest");
    let wrong_sha = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(refusal(put("sha").checksum_sha256(wrong_sha).send().await), "400 BadDigest");
    let malformed = put("crc").checksum_crc32("AAAA").send().await;
    assert_eq!(refusal(malformed), "400 InvalidRequest");
    let listed = scene.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(listed.key_count(), Some(0), "{listed:?}");
    put("md5").content_md5("XUFAKrxLKna5cZ2REBfFkg==").send().await.unwrap();
}

#[tokio::test]
async fn checksums_are_kept_and_given_to_those_who_ask() {
    let scene = Scene::new();
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = scene.client.put_object().bucket(BUCKET).key("k");
        let put = put.checksum_algorithm(algorithm).body(ByteStream::from(noise(1_000_000, 2)));
        let put = put.send().await.unwrap();
        let get = scene.client.get_object().bucket(BUCKET).key("k");
        let got = get.checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        assert_eq!(got.checksum_crc32(), put.checksum_crc32());
        assert_eq!(got.checksum_crc32_c(), put.checksum_crc32_c());
        assert_eq!(got.checksum_crc64_nvme(), put.checksum_crc64_nvme());
        assert_eq!(got.checksum_sha1(), put.checksum_sha1());
        assert_eq!(got.checksum_sha256(), put.checksum_sha256());
        let kept = [got.checksum_crc32(), got.checksum_crc32_c(), got.checksum_crc64_nvme()];
        let kept = [&kept[..], &[got.checksum_sha1(), got.checksum_sha256()]].concat();
        assert_eq!(kept.into_iter().flatten().count(), 1);
        // The SDK compares while it reads.
        assert_eq!(got.body.collect().await.unwrap().to_vec(), noise(1_000_000, 2));
    }
}

#[tokio::test]
async fn deleting_is_idempotent_and_tells_once() {
    let mut scene = Scene::new();
    let etag = scene.put("k", "x").await;
    let changed = scene.client.delete_object().bucket(BUCKET).key("k").if_match("\"other\"");
    assert_eq!(refusal(changed.send().await), "412 PreconditionFailed");
    let unchanged = scene.client.delete_object().bucket(BUCKET).key("k").if_match(&etag);
    unchanged.send().await.unwrap();
    for _ in 0..2 {
        scene.client.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    }
    assert_eq!(scene.told(), ["ObjectCreated:Put k", "ObjectRemoved:Delete k"]);
}

#[tokio::test]
async fn many_are_deleted_at_once_and_answered_one_by_one() {
    let scene = Scene::new();
    for n in 0..3 {
        scene.put(&format!("k{n}"), "x").await;
    }
    let object = |key: String| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = |keys: Vec<String>| {
        let objects = keys.into_iter().map(object).collect();
        Delete::builder().set_objects(Some(objects)).build().unwrap()
    };
    let keys = ["k0", "k2", "never"].map(str::to_owned).to_vec();
    let request = scene.client.delete_objects().bucket(BUCKET).delete(delete(keys));
    let answer = request.send().await.unwrap();
    let deleted: Vec<_> = answer.deleted().iter().filter_map(|object| object.key()).collect();
    assert_eq!(deleted, ["k0", "k2", "never"]);
    assert!(answer.errors().is_empty());
    assert_eq!(scene.get("k1").await, b"x");

    let too_many = delete((0..1_001).map(|n| format!("k{n}")).collect());
    let request = scene.client.delete_objects().bucket(BUCKET).delete(too_many);
    assert_eq!(refusal(request.send().await), "400 MalformedXML");
    assert_eq!(scene.get("k1").await, b"x");
}

#[tokio::test]
async fn an_object_that_is_read_is_read_to_its_end_whatever_becomes_of_it() {
    let scene = Scene::new();
    let bytes = noise(20 << 20, 3);
    scene.put("k", bytes.clone()).await;
    let got = scene.client.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    scene.put("k", "new").await;
    scene.client.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert!(got.body.collect().await.unwrap().to_vec() == bytes);
}

#[tokio::test]
async fn versions_have_ids_and_are_kept() {
    let scene = Scene::new();
    let put = async |body: &'static [u8]| {
        let put = scene.client.put_object().bucket(VERSIONED).key("k");
        let put = put.body(ByteStream::from_static(body)).send().await.unwrap();
        put.version_id.unwrap()
    };
    let (first, second) = (put(b"one").await, put(b"two").await);
    assert_ne!(first, second);
    let get = async |id: Option<&str>| {
        let get = scene.client.get_object().bucket(VERSIONED).key("k");
        let got = get.set_version_id(id.map(str::to_owned)).send().await?;
        Ok::<_, SdkError<_, _>>(got.body.collect().await.unwrap().to_vec())
    };
    assert_eq!(get(None).await.unwrap(), b"two");
    assert_eq!(get(Some(&first)).await.unwrap(), b"one");
    assert_eq!(refusal(get(Some("other")).await), "404 NoSuchVersion");

    let delete = scene.client.delete_object().bucket(VERSIONED).key("k").send().await.unwrap();
    assert_eq!(delete.delete_marker(), Some(true));
    let marker = delete.version_id().unwrap().to_owned();
    assert_eq!(refusal(get(None).await), "404 NoSuchKey");
    assert_eq!(refusal(get(Some(&marker)).await), "405 MethodNotAllowed");
    assert_eq!(get(Some(&second)).await.unwrap(), b"two");
    let listed = scene.client.list_objects_v2().bucket(VERSIONED).send().await.unwrap();
    assert_eq!(listed.key_count(), Some(0));
    let listed = scene.client.list_object_versions().bucket(VERSIONED).send().await.unwrap();
    let ids: Vec<_> = listed.versions().iter().filter_map(|version| version.version_id()).collect();
    assert_eq!(ids, [&second, &first]);
    assert_eq!(listed.delete_markers()[0].is_latest(), Some(true));

    // Without the marker the newest version is the object again.
    let delete = scene.client.delete_object().bucket(VERSIONED).key("k").version_id(&marker);
    delete.send().await.unwrap();
    assert_eq!(get(None).await.unwrap(), b"two");
}
