//! Lists, and the keys in them.

use aws_sdk_s3::types::{EncodingType, ObjectStorageClass};

use super::scene::{BUCKET, Scene, VERSIONED, put, refusal};

/// Keys that are paths to somebody else.
fn hostile() -> Vec<String> {
    let keys = [
        "../escape",
        "../../etc/passwd",
        "./dot",
        ".",
        "..",
        "x//y",
        "x/y",
        "/leading",
        "trail/",
        "a",
        "a/b",
        "a/b/c",
        "a.b",
        "a b+c&d=e?f#g%20h",
        "ü/é/日本",
        "\u{1F600}",
        "CON",
        "index.sqlite",
        "quote\"'<>\\",
    ];
    let mut keys: Vec<_> = keys.into_iter().map(str::to_owned).collect();
    keys.push("k".repeat(1_024));
    keys.push("é".repeat(512));
    keys
}

#[tokio::test]
async fn every_key_is_a_key_and_no_path() {
    let scene = Scene::new();
    let keys = hostile();
    for key in &keys {
        scene.put(key, key.as_bytes()).await;
    }
    for key in &keys {
        assert_eq!(scene.get(key).await, key.as_bytes(), "{key}");
    }
    let mut expected = keys.clone();
    expected.sort();
    let list = || scene.client.list_objects_v2().bucket(BUCKET);
    let plain = list().send().await.unwrap();
    let listed: Vec<_> = plain.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(listed, expected);
    for key in &keys {
        scene.client.delete_object().bucket(BUCKET).key(key).send().await.unwrap();
    }
    assert_eq!(list().send().await.unwrap().key_count(), Some(0));
    let long = scene.client.put_object().bucket(BUCKET).key("k".repeat(1_025)).send().await;
    assert_eq!(refusal(long), "400 KeyTooLongError");
}

#[tokio::test]
async fn encoded_keys_can_be_decoded() {
    let scene = Scene::new();
    scene.put("a b/ü+\u{1}&", "x").await;
    let list = scene.client.list_objects_v2().bucket(BUCKET).encoding_type(EncodingType::Url);
    let listed = list.prefix("a b").delimiter("+").send().await.unwrap();
    assert_eq!(listed.common_prefixes()[0].prefix(), Some("a+b/%C3%BC%2B"));
    assert_eq!((listed.prefix(), listed.delimiter()), (Some("a+b"), Some("%2B")));
    let list = scene.client.list_objects_v2().bucket(BUCKET).encoding_type(EncodingType::Url);
    let listed = list.send().await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some("a+b/%C3%BC%2B%01%26"));
}

#[tokio::test]
async fn a_list_says_what_the_objects_are() {
    let scene = Scene::new();
    let etag = scene.put("k", "hello").await;
    let listed = scene.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    let object = &listed.contents()[0];
    assert_eq!(object.e_tag(), Some(etag.as_str()));
    assert_eq!(object.size(), Some(5));
    assert_eq!(object.storage_class(), Some(&ObjectStorageClass::Standard));
    let head = scene.client.head_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(object.last_modified(), head.last_modified());
    assert_eq!(listed.name(), Some(BUCKET));
    let missing = scene.client.list_objects_v2().bucket("local-other").send().await;
    assert_eq!(refusal(missing), "404 NoSuchBucket");
}

/// Keys and common prefixes of all pages, in the order they came.
async fn pages(scene: &Scene, prefix: &str, delimiter: Option<&str>, size: i32) -> Vec<String> {
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let list = scene.client.list_objects_v2().bucket(BUCKET).prefix(prefix).max_keys(size);
        let list = list.set_delimiter(delimiter.map(str::to_owned)).set_continuation_token(token);
        let page = list.send().await.unwrap();
        let mut names: Vec<_> = page.contents().iter().filter_map(|object| object.key()).collect();
        names.extend(page.common_prefixes().iter().filter_map(|common| common.prefix()));
        names.sort_unstable();
        assert!(names.len() <= usize::try_from(size).unwrap());
        all.extend(names.into_iter().map(str::to_owned));
        token = page.next_continuation_token;
        if page.is_truncated != Some(true) {
            assert_eq!(token, None);
            return all;
        }
    }
}

#[tokio::test]
async fn pages_of_any_size_make_the_same_list() {
    let scene = Scene::new();
    for key in ["a", "a/1", "a/2/x", "a0", "b/1", "b/2", "c", "photos/1", "photos/2", "z"] {
        scene.put(key, "x").await;
    }
    for size in [1, 2, 3, 1_000] {
        let all = ["a", "a/1", "a/2/x", "a0", "b/1", "b/2", "c", "photos/1", "photos/2", "z"];
        assert_eq!(pages(&scene, "", None, size).await, all);
        let folders = ["a", "a/", "a0", "b/", "c", "photos/", "z"];
        assert_eq!(pages(&scene, "", Some("/"), size).await, folders);
        assert_eq!(pages(&scene, "a/", Some("/"), size).await, ["a/1", "a/2/"]);
        assert_eq!(pages(&scene, "a/", None, size).await, ["a/1", "a/2/x"]);
        assert_eq!(pages(&scene, "", Some("o"), size).await.last().unwrap(), "z");
        assert!(pages(&scene, "nothing", Some("/"), size).await.is_empty());
    }
    let list = scene.client.list_objects_v2().bucket(BUCKET).start_after("b/1");
    let listed = list.send().await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some("b/2"));
    let none = scene.client.list_objects_v2().bucket(BUCKET).max_keys(0).send().await.unwrap();
    assert_eq!((none.key_count(), none.is_truncated()), (Some(0), Some(false)));
    let refused =
        scene.client.list_objects_v2().bucket(BUCKET).continuation_token("?").send().await;
    assert_eq!(refusal(refused), "400 InvalidArgument");
}

#[tokio::test]
async fn the_first_version_of_lists_goes_on_from_a_marker() {
    let scene = Scene::new();
    for key in ["a/1", "a/2", "b", "c"] {
        scene.put(key, "x").await;
    }
    let list = || scene.client.list_objects().bucket(BUCKET).max_keys(1).delimiter("/");
    let first = list().send().await.unwrap();
    assert_eq!(first.next_marker(), Some("a/"));
    let second = list().marker("a/").send().await.unwrap();
    assert_eq!(second.contents()[0].key(), Some("b"));
    assert_eq!(second.next_marker(), Some("b"));
    let last = list().marker("b").send().await.unwrap();
    assert_eq!((last.is_truncated(), last.next_marker()), (Some(false), None));
}

#[tokio::test]
async fn versions_are_listed_page_by_page_the_newest_first() {
    let scene = Scene::new();
    for (key, body) in [("a", "1"), ("b", "1"), ("a", "22"), ("a", "333"), ("c/d", "1")] {
        put(&scene.client, VERSIONED, key, body).await;
    }
    scene.client.delete_object().bucket(VERSIONED).key("b").send().await.unwrap();
    let mut listed = Vec::new();
    let (mut key, mut id) = (None, None);
    loop {
        let list = scene.client.list_object_versions().bucket(VERSIONED).max_keys(1).delimiter("/");
        let page = list.set_key_marker(key).set_version_id_marker(id).send().await.unwrap();
        for version in page.versions() {
            listed.push(format!("{} {}", version.key().unwrap(), version.size().unwrap()));
        }
        for marker in page.delete_markers() {
            listed.push(format!("{} gone", marker.key().unwrap()));
        }
        for common in page.common_prefixes() {
            listed.push(common.prefix().unwrap().to_owned());
        }
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, id) = (page.next_key_marker, page.next_version_id_marker);
    }
    assert_eq!(listed, ["a 3", "a 2", "a 1", "b gone", "b 1", "c/"]);
}
