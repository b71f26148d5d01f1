//! Deletions between whose steps somebody uploads.

use std::sync::Arc;
use std::time::Duration;

use handlers::images::{ImageRecord, ImageTagger, ImagesFunction, Ports};
use handlers::jobs::Settings;
use handlers::objects::{InMemory, ObjectAddress};
use handlers::store::{BoxFuture, RevisedStore};

use super::{BUCKET, Says, Scene, Scripted, message, picture, to};
use crate::event::deliver_as;
use crate::interposed::{Interposed, Listener};

/// Uploads a picture and has it tagged before its record is removed.
#[derive(Debug)]
struct Rival {
    records: Arc<dyn RevisedStore<ImageRecord>>,
    objects: Arc<InMemory>,
    tagger: ImageTagger<Scripted>,
    id: String,
}

impl Listener for Rival {
    fn hear<'a, T: Send + 'a, E: Send + 'a>(
        &'a self,
        method: &'static str,
        _: impl FnOnce() -> E + Send + 'a,
        call: BoxFuture<'a, Result<T, E>>,
    ) -> BoxFuture<'a, Result<T, E>> {
        Box::pin(async move {
            if method == "remove" {
                let key = format!("images/ada/{}", self.id);
                self.objects.place(&ObjectAddress::new(BUCKET, &key), picture(4, 4));
                deliver_as("m-1", &self.tagger, &message(&key), 1).await.unwrap();
                let tagged = self.records.get(&self.id).await.unwrap();
                assert_eq!(tagged.unwrap().tags.len(), 1);
            }
            call.await
        })
    }
}

#[tokio::test]
async fn a_picture_that_is_tagged_while_its_image_is_deleted_goes_as_well() {
    let scene = Scene::new(&[Says::Tags(&["lake"])]);
    let (id, _) = scene.create("ada").await;
    let rival = Rival {
        records: Arc::clone(&scene.records),
        objects: Arc::clone(&scene.objects),
        tagger: scene.tagger.clone(),
        id: id.clone(),
    };
    let records = Interposed { listener: rival, inner: Arc::clone(&scene.records) };
    let function = ImagesFunction::new(&Ports {
        records: Arc::new(records),
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
