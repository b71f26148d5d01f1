//! What the functions work with, and what is done with it everywhere.

use std::sync::Arc;

use aws_config::SdkConfig;
use models::value::Uuid;

use super::place::Place;
use super::record::ImageRecord;
use crate::jobs::Settings;
use crate::objects::{self, Forms, ObjectAddress, ObjectError, ObjectStore, S3, S3Forms};
use crate::queue::{Queue, Sqs};
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::store::{self, DynamoDbStore, RevisedStore, StoreError};

/// What both functions work with.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The images' records.
    pub records: Arc<dyn RevisedStore<ImageRecord>>,
    /// The pictures.
    pub objects: Arc<dyn ObjectStore>,
    /// Where forms to upload pictures by come from.
    pub forms: Arc<dyn Forms>,
    /// Where the tagger hears of pictures.
    pub queue: Arc<dyn Queue>,
    /// The bucket of pictures.
    pub bucket: String,
    /// How often a picture is looked at.
    pub settings: Settings,
}

impl Ports {
    /// Reads the configuration and connects to AWS.
    ///
    /// # Errors
    /// If a variable is missing.
    pub fn connect(lookup: Lookup<'_>, config: &SdkConfig) -> Result<Self, MissingVariable> {
        let table = required(lookup, "IMAGES_TABLE")?;
        let bucket = required(lookup, "IMAGES_BUCKET")?;
        let queue = required(lookup, "IMAGE_UPLOADS_QUEUE_URL")?;
        let settings = Settings::read(lookup)?;
        let s3 = objects::client(config);
        Ok(Self {
            records: Arc::new(DynamoDbStore::new(store::client(config), table)),
            objects: Arc::new(S3::new(&s3)),
            forms: Arc::new(S3Forms::new(&s3, config)),
            queue: Arc::new(Sqs::new(config, queue)),
            bucket,
            settings,
        })
    }

    /// The record of an image.
    pub(super) async fn get(&self, id: &Uuid) -> Result<Option<ImageRecord>, StoreError> {
        self.records.get(&id.to_string()).await
    }

    /// Puts a record in the place of its former revision; answers whether that was what there was. A
    /// write whose answer was lost is repeated, and then finds itself.
    pub(super) async fn replace(&self, next: &ImageRecord) -> Result<bool, StoreError> {
        let replaced = self.records.replace(next).await?;
        Ok(replaced || self.get(&next.image_id).await?.as_ref() == Some(next))
    }

    /// Where a picture is.
    pub(super) fn address(&self, place: &Place) -> ObjectAddress {
        ObjectAddress::new(self.bucket.as_str(), place.key())
    }

    /// Deletes a picture, should there be one.
    pub(super) async fn delete_picture(&self, place: &Place) -> Result<(), ObjectError> {
        let undeleted = self.objects.delete(&self.bucket, &[place.key()]).await?;
        undeleted.into_iter().next().map_or(Ok(()), |first| Err(first.error))
    }
}
