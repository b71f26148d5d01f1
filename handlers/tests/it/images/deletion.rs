//! Deletions between whose steps somebody uploads.

use std::sync::Arc;
use std::time::Duration;

use handlers::images::{ImageRecord, ImageTagger, ImagesFunction, Ports};
use handlers::jobs::Settings;
use handlers::objects::{InMemory, ObjectAddress};
use handlers::store::{BoxFuture, Index, Page, RevisedStore, Store, StoreError};

use super::{BUCKET, Says, Scene, Scripted, message, picture, to};
use crate::event::deliver_as;

/// Records before whose removal a picture is uploaded and tagged.
#[derive(Debug)]
struct Contested {
    inner: Arc<dyn RevisedStore<ImageRecord>>,
    objects: Arc<InMemory>,
    tagger: ImageTagger<Scripted>,
    key: String,
}

impl Store<ImageRecord> for Contested {
    fn insert<'a>(&'a self, record: &'a ImageRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.inner.insert(record)
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<ImageRecord>, StoreError>> {
        self.inner.get(key)
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            self.objects.place(&ObjectAddress::new(BUCKET, &self.key), picture(4, 4));
            deliver_as("m-1", &self.tagger, &message(&self.key), 1).await.unwrap();
            assert_eq!(self.inner.get(key).await?.unwrap().tags.len(), 1);
            self.inner.remove(key).await
        })
    }

    fn page<'a>(
        &'a self,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<ImageRecord>, StoreError>> {
        self.inner.page(limit, after)
    }

    fn find<'a>(
        &'a self,
        index: Index,
        value: &'a str,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<ImageRecord>, StoreError>> {
        self.inner.find(index, value, limit, after)
    }
}

impl RevisedStore<ImageRecord> for Contested {
    fn replace<'a>(&'a self, record: &'a ImageRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.inner.replace(record)
    }

    fn remove_unchanged<'a>(
        &'a self,
        record: &'a ImageRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.inner.remove_unchanged(record)
    }
}

#[tokio::test]
async fn a_picture_that_is_tagged_while_its_image_is_deleted_goes_as_well() {
    let scene = Scene::new(&[Says::Tags(&["lake"])]);
    let (id, _) = scene.create("ada").await;
    let contested = Contested {
        inner: Arc::clone(&scene.records),
        objects: Arc::clone(&scene.objects),
        tagger: scene.tagger.clone(),
        key: format!("images/ada/{id}"),
    };
    let function = ImagesFunction::new(&Ports {
        records: Arc::new(contested),
        objects: scene.objects.clone(),
        forms: scene.objects.clone(),
        queue: scene.queue.clone(),
        bucket: BUCKET.to_owned(),
        settings: Settings { max_receives: 4, retry_after: Duration::from_secs(20) },
    });
    let scene = Scene { function, ..scene };
    let deleted = scene.call(to("DELETE", "/images/{imageId}", &id), "ada").await;
    assert_eq!((deleted.status, scene.asked()), (204, 1));
    assert!(scene.records.get(&id).await.unwrap().is_none());
    assert!(scene.objects.keys(BUCKET).is_empty());
}
