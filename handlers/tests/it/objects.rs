//! What a store of objects does, shown on the twin in memory.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use handlers::objects::{
    Body, InMemory, MOST_PARTS, NewObject, ObjectAddress, ObjectError, ObjectStore, SMALLEST_PART,
    Upload, fetch,
};

fn address() -> ObjectAddress {
    ObjectAddress::new("bucket", "key")
}

fn object(body: &'static str, replace: bool) -> NewObject {
    NewObject { body: Bytes::from_static(body.as_bytes()), media_type: "text/plain", replace }
}

fn zeros(size: u64) -> Body {
    let mut body = Body::default();
    body.push_zeros(size);
    body
}

#[tokio::test]
async fn a_range_is_of_the_version_asked_for() {
    let store = InMemory::default();
    let old = store.put(&address(), object("first", false)).await.unwrap();
    assert_eq!(store.head(&address()).await.unwrap(), old);
    let chunks: Vec<Bytes> = store.read(&old, 1..4).await.unwrap().try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"irs");
    let new = store.put(&address(), object("second", true)).await.unwrap();
    assert!(matches!(fetch(&store, &old, 0..1).await, Err(ObjectError::Changed(_))));
    assert_eq!(fetch(&store, &new, 0..6).await.unwrap(), "second");
    assert!(matches!(fetch(&store, &new, 0..7).await, Err(ObjectError::Refused { .. })));
}

#[tokio::test]
async fn an_object_is_not_replaced_unless_it_may_be() {
    let store = InMemory::default();
    store.put(&address(), object("first", false)).await.unwrap();
    let again = store.put(&address(), object("second", false)).await;
    assert!(matches!(again, Err(ObjectError::Exists(at)) if at == address()));
    assert_eq!(store.body(&address()).unwrap().to_vec(), b"first");
}

#[tokio::test]
async fn an_upload_becomes_an_object_of_its_parts_in_order() {
    let store = InMemory::default();
    let source = store.place(&ObjectAddress::new("other", "source"), zeros(2 * SMALLEST_PART));
    let upload = store.begin(&address(), "text/plain").await.unwrap();
    let last = store.upload_part(&upload, 7, "end".into()).await.unwrap();
    let first = store.copy_part(&upload, 2, &source, 5..SMALLEST_PART + 5).await.unwrap();
    assert!(store.body(&address()).is_none());
    store.complete(&upload, &[first, last]).await.unwrap();
    let body = store.body(&address()).unwrap();
    assert_eq!(body.size(), SMALLEST_PART + 3);
    assert_eq!(body.slice(SMALLEST_PART - 1..SMALLEST_PART + 3).to_vec(), b"\0end");
    assert_eq!(store.open_uploads(), 0);
}

#[tokio::test]
async fn parts_are_held_to_the_limits_of_s3() {
    let store = InMemory::default();
    let upload = store.begin(&address(), "text/plain").await.unwrap();
    for number in [0, MOST_PARTS + 1] {
        let part = store.upload_part(&upload, number, "x".into()).await;
        assert!(matches!(part, Err(ObjectError::Refused { .. })), "{number}");
    }
    let small = store.upload_part(&upload, 1, "small".into()).await.unwrap();
    let last = store.upload_part(&upload, 2, "last".into()).await.unwrap();
    for parts in [&[small.clone(), last.clone()][..], &[last, small], &[]] {
        assert!(matches!(store.complete(&upload, parts).await, Err(ObjectError::Refused { .. })));
    }
}

#[tokio::test]
async fn an_upload_that_is_gone_takes_no_part_and_is_aborted_twice() {
    let store = InMemory::default();
    let upload = store.begin(&address(), "text/plain").await.unwrap();
    store.abort(&upload).await.unwrap();
    store.abort(&upload).await.unwrap();
    let part = store.upload_part(&upload, 1, "x".into()).await;
    assert!(matches!(&part, Err(error @ ObjectError::UploadGone(_)) if error.is_passing()));
    let unknown = Upload { address: address(), id: "unknown".to_owned() };
    assert!(store.complete(&unknown, &[]).await.is_err());
}

#[tokio::test]
async fn what_is_denied_is_not_told_from_what_is_not_there() {
    let store = InMemory::default();
    assert!(matches!(store.head(&address()).await, Err(ObjectError::NotFound(_))));
    store.deny("bucket");
    assert!(matches!(store.head(&address()).await, Err(ObjectError::Denied(_))));
    let keys = ["key".to_owned()];
    assert!(matches!(store.delete("bucket", &keys).await, Err(ObjectError::Denied(_))));
}

#[tokio::test]
async fn deleting_what_is_not_there_succeeds() {
    let store = InMemory::default();
    store.place(&address(), "x");
    let keys: Vec<_> = ["key", "missing"].map(str::to_owned).into();
    assert!(store.delete("bucket", &keys).await.unwrap().is_empty());
    assert!(store.body(&address()).is_none());
}

#[tokio::test]
async fn what_was_said_of_an_object_is_told() {
    let store = InMemory::default();
    let old = store.put(&address(), object("first", false)).await.unwrap();
    let told = store.describe(&address()).await.unwrap();
    assert_eq!((&told.version, told.media_type.as_deref()), (&old, Some("text/plain")));
    let upload = store.begin_for_others(&address(), "image/png").await.unwrap();
    let part = store.upload_part(&upload, 1, "x".into()).await.unwrap();
    let completion = store.complete(&upload, &[part]).await.unwrap();
    let now = store.describe(&address()).await.unwrap();
    assert_eq!((&now.version.etag, &now.version_id), (&completion.etag, &completion.version_id));
    assert_ne!(now.version_id, told.version_id);
    assert_eq!(now.media_type.as_deref(), Some("image/png"));
}

#[tokio::test]
async fn parts_that_have_arrived_are_listed_in_pages() {
    let store = InMemory::default();
    let upload = store.begin_for_others(&address(), "text/plain").await.unwrap();
    for (number, body) in [(7, "seven"), (2, "to"), (2, "two"), (9, "nine")] {
        store.upload_part(&upload, number, body.into()).await.unwrap();
    }
    let numbers = |page: &handlers::objects::PartPage| -> Vec<_> {
        page.parts.iter().map(|it| (it.part.number, it.size)).collect()
    };
    let page = store.parts(&upload, 0, 2).await.unwrap();
    assert_eq!((numbers(&page), page.next), (vec![(2, 3), (7, 5)], Some(7)));
    let page = store.parts(&upload, 7, 2).await.unwrap();
    assert_eq!((numbers(&page), page.next), (vec![(9, 4)], None));
    store.abort(&upload).await.unwrap();
    assert!(matches!(store.parts(&upload, 0, 2).await, Err(ObjectError::UploadGone(_))));
}
