//! Copies, tags, buckets themselves.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, MetadataDirective, Tag, Tagging, TaggingDirective,
};

use super::scene::{BUCKET, Scene, VERSIONED, get, noise, put, refusal, spec};

#[tokio::test]
async fn a_copy_has_the_bytes_and_the_words_of_its_source() {
    let mut scene = Scene::new();
    let source = scene.client.put_object().bucket(BUCKET).key("söurce a").tagging("t=1&u=a%20b");
    let source = source.body(ByteStream::from(noise(3 << 20, 1))).metadata("m", "1");
    let source = source.content_type("image/png").send().await.unwrap();
    let copy = || {
        let copy = scene.client.copy_object().bucket(VERSIONED).key("copy");
        copy.copy_source(format!("{BUCKET}/s%C3%B6urce%20a"))
    };
    let copied = copy().send().await.unwrap();
    assert_eq!(copied.copy_object_result().unwrap().e_tag(), source.e_tag());
    assert!(copied.version_id().is_some());
    let head = || scene.client.head_object().bucket(VERSIONED).key("copy").send();
    let kept = head().await.unwrap();
    assert_eq!(kept.content_type(), Some("image/png"));
    assert_eq!(kept.metadata().unwrap().get("m").unwrap(), "1");
    let tags = || scene.client.get_object_tagging().bucket(VERSIONED).key("copy").send();
    assert_eq!(tags().await.unwrap().tag_set().len(), 2);

    let replacing = copy().metadata_directive(MetadataDirective::Replace).metadata("n", "2");
    let replacing = replacing.tagging_directive(TaggingDirective::Replace).tagging("v=1");
    replacing.send().await.unwrap();
    let replaced = head().await.unwrap();
    assert_eq!(replaced.content_type(), Some("binary/octet-stream"));
    assert_eq!(replaced.metadata().unwrap().len(), 1);
    assert_eq!(tags().await.unwrap().tag_set()[0].key(), "v");

    scene.client.delete_object().bucket(BUCKET).key("söurce a").send().await.unwrap();
    assert!(get(&scene.client, VERSIONED, "copy").await == noise(3 << 20, 1));
    let told = scene.told();
    assert_eq!(told[1], "ObjectCreated:Copy copy");
}

#[tokio::test]
async fn a_copy_that_may_not_be_is_refused() {
    let scene = Scene::new();
    scene.put("k", "x").await;
    let onto_itself = scene.client.copy_object().bucket(BUCKET).key("k");
    let onto_itself = onto_itself.copy_source(format!("{BUCKET}/k"));
    assert_eq!(refusal(onto_itself.clone().send().await), "400 InvalidRequest");
    let changing = onto_itself.metadata_directive(MetadataDirective::Replace).metadata("a", "b");
    changing.send().await.unwrap();
    let copy =
        |source: &str| scene.client.copy_object().bucket(BUCKET).key("l").copy_source(source);
    assert_eq!(refusal(copy("local-sources/none").send().await), "404 NoSuchKey");
    assert_eq!(refusal(copy("local-other/none").send().await), "404 NoSuchBucket");
    let conditional = copy("local-sources/k").copy_source_if_match("\"other\"");
    assert_eq!(refusal(conditional.send().await), "412 PreconditionFailed");
}

#[tokio::test]
async fn tags_change_while_the_object_does_not() {
    let scene = Scene::new();
    let etag = scene.put("k", "x").await;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let set = |tags: Vec<Tag>| {
        let tags = Tagging::builder().set_tag_set(Some(tags)).build().unwrap();
        scene.client.put_object_tagging().bucket(BUCKET).key("k").tagging(tags).send()
    };
    let read = async || {
        let tags = scene.client.get_object_tagging().bucket(BUCKET).key("k").send().await.unwrap();
        tags.tag_set()
            .iter()
            .map(|tag| format!("{}={}", tag.key(), tag.value()))
            .collect::<Vec<_>>()
    };
    set(vec![tag("a", "1"), tag("b", "é")]).await.unwrap();
    assert_eq!(read().await, ["a=1", "b=é"]);
    let got = scene.client.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!((got.tag_count(), got.e_tag()), (Some(2), Some(etag.as_str())));
    let eleven = (0..11).map(|n| tag(&n.to_string(), "")).collect();
    assert_eq!(refusal(set(eleven).await), "400 BadRequest");
    assert_eq!(refusal(set(vec![tag("a", "1"), tag("a", "2")]).await), "400 InvalidTag");
    assert_eq!(refusal(set(vec![tag(&"k".repeat(129), "")]).await), "400 InvalidTag");
    assert_eq!(read().await, ["a=1", "b=é"]);
    scene.client.delete_object_tagging().bucket(BUCKET).key("k").send().await.unwrap();
    assert!(read().await.is_empty());
}

#[tokio::test]
async fn buckets_are_those_that_are_declared() {
    let scene = Scene::new();
    let list = async || {
        let listed = scene.client.list_buckets().send().await.unwrap();
        let names = listed.buckets().iter().filter_map(|bucket| bucket.name());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list().await, [VERSIONED, BUCKET]);
    scene.client.head_bucket().bucket(BUCKET).send().await.unwrap();
    let location = scene.client.get_bucket_location().bucket(BUCKET).send().await.unwrap();
    let location = location.location_constraint().map(BucketLocationConstraint::as_str);
    assert_eq!(location.unwrap_or_default(), "");
    let versioning = scene.client.get_bucket_versioning().bucket(VERSIONED).send().await.unwrap();
    assert_eq!(versioning.status().unwrap().as_str(), "Enabled");
    assert_eq!(
        refusal(scene.client.head_bucket().bucket("local-other").send().await),
        "404 NotFound"
    );

    // A bucket that is declared no more is out of reach; its objects are there when it returns.
    put(&scene.client, BUCKET, "k", "kept").await;
    scene.s3.ensure(&[spec(VERSIONED, true)]).unwrap();
    let got = scene.client.get_object().bucket(BUCKET).key("k").send().await;
    assert_eq!(refusal(got), "404 NoSuchBucket");
    assert!(scene.s3.ensure(&[spec(BUCKET, false)]).unwrap().is_empty());
    assert_eq!(scene.get("k").await, b"kept");
    let refused = scene.s3.ensure(&[spec("Not_A_Bucket", false)]).unwrap_err();
    assert!(refused[0].message.contains("S3 refuses the bucket name `Not_A_Bucket`"));
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let scene = Scene::new();
    scene.put("k", "x").await;
    let acl = scene.client.get_object_acl().bucket(BUCKET).key("k").send().await;
    assert_eq!(refusal(acl), "501 NotImplemented");
    let create = scene.client.create_bucket().bucket("local-new").send().await;
    assert_eq!(refusal(create), "501 NotImplemented");
    let put = scene.client.put_object().bucket(BUCKET).key("k");
    let public = put.acl(aws_sdk_s3::types::ObjectCannedAcl::PublicRead).send().await;
    assert_eq!(refusal(public), "400 AccessControlListNotSupported");
    let put = scene.client.put_object().bucket(BUCKET).key("k");
    let frozen = put.storage_class(aws_sdk_s3::types::StorageClass::Glacier).send().await;
    assert_eq!(refusal(frozen), "501 NotImplemented");
    let put =
        scene.client.put_object().bucket(BUCKET).key("k").expected_bucket_owner("123456789012");
    assert_eq!(refusal(put.send().await), "403 AccessDenied");
    let put = scene.client.put_object().bucket(BUCKET).key("k").metadata("m", "v".repeat(2_100));
    assert_eq!(refusal(put.send().await), "400 MetadataTooLarge");
    assert_eq!(scene.get("k").await, b"x");
}

#[tokio::test]
async fn events_tell_what_became_of_what_in_order() {
    let mut scene = Scene::new();
    let etag = put(&scene.client, VERSIONED, "a/ü", "hello").await;
    scene.client.delete_object().bucket(VERSIONED).key("a/ü").send().await.unwrap();
    let created = scene.events.recv().await.unwrap();
    let removed = scene.events.recv().await.unwrap();
    assert_eq!((created.bucket.as_str(), created.key.as_str()), (VERSIONED, "a/ü"));
    assert_eq!((created.size, created.etag), (Some(5), Some(etag.trim_matches('"').to_owned())));
    assert!(created.version_id.is_some());
    assert_eq!(removed.name.as_str(), "ObjectRemoved:DeleteMarkerCreated");
    assert!(created.sequencer < removed.sequencer);
    assert_eq!(created.sequencer.len(), removed.sequencer.len());
}
