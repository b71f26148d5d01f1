//! `DeleteObject` and `DeleteObjects`.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Answer, Operations, conditions, event};
use crate::s3::object_event::EventName;
use crate::s3::storage::{Deleted, Fault, WriteCondition};

/// The most keys of one request (S3 API reference, DeleteObjects).
const MOST_KEYS: usize = 1_000;

/// The longest key in bytes.
const LONGEST_KEY: usize = 1_024;

impl Operations {
    pub(super) async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> Answer<DeleteObjectOutput> {
        let input = request.input;
        if input.if_match_last_modified_time.is_some() || input.if_match_size.is_some() {
            let message = "only directory buckets know conditions on time and size";
            return Err(s3_error!(NotImplemented, "{message}"));
        }
        let condition = conditions::of_write(input.if_match, None)?;
        let (bucket, key) = (input.bucket, input.key);
        let deleted = self.delete(bucket, key, input.version_id, condition).await?;
        let (delete_marker, version_id) = match deleted {
            Deleted::Nothing => (None, None),
            Deleted::Version { id, marker } => (marker.then_some(true), id),
            Deleted::Marker { id } => (Some(true), Some(id)),
        };
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker,
            version_id,
            ..DeleteObjectOutput::default()
        }))
    }

    pub(super) async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> Answer<DeleteObjectsOutput> {
        let DeleteObjectsInput { bucket, delete, .. } = request.input;
        self.bucket(&bucket)?;
        if delete.objects.is_empty() || delete.objects.len() > MOST_KEYS {
            let message = "The XML you provided was not well-formed or did not validate against our \
                published schema";
            return Err(s3_error!(MalformedXML, "{message}"));
        }
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in delete.objects {
            let (key, version_id) = (object.key.clone(), object.version_id.clone());
            match self.delete_one(&bucket, object).await {
                Ok(done) => deleted.push(done),
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(key),
                    message: error.message().map(str::to_owned),
                    version_id,
                }),
            }
        }
        // Quiet answers tell of failures only.
        let deleted = Some(deleted).filter(|_| delete.quiet != Some(true));
        let errors = Some(errors).filter(|errors| !errors.is_empty());
        let output = DeleteObjectsOutput { deleted, errors, ..DeleteObjectsOutput::default() };
        Ok(S3Response::new(output))
    }

    async fn delete_one(&self, bucket: &str, object: ObjectIdentifier) -> S3Result<DeletedObject> {
        if object.last_modified_time.is_some() || object.size.is_some() {
            let message = "only directory buckets know conditions on time and size";
            return Err(s3_error!(NotImplemented, "{message}"));
        }
        if object.key.is_empty() || object.key.len() > LONGEST_KEY {
            return Err(s3_error!(KeyTooLongError, "Your key is too long"));
        }
        let condition = match object.e_tag {
            None => WriteCondition::None,
            Some(etag) => WriteCondition::Is(Some(etag.into_value()).filter(|etag| etag != "*")),
        };
        let (key, version_id) = (object.key, object.version_id);
        let deleted =
            self.delete(bucket.to_owned(), key.clone(), version_id.clone(), condition).await?;
        let (delete_marker, marker_id) = match deleted {
            Deleted::Version { id, marker: true } => (Some(true), id),
            Deleted::Marker { id } => (Some(true), Some(id)),
            Deleted::Nothing | Deleted::Version { .. } => (None, None),
        };
        Ok(DeletedObject {
            delete_marker,
            delete_marker_version_id: marker_id,
            key: Some(key),
            version_id,
        })
    }

    /// Deletes, and tells of it if there was something to delete.
    async fn delete(
        &self,
        bucket: String,
        key: String,
        id: Option<String>,
        condition: WriteCondition,
    ) -> S3Result<Deleted> {
        let versioning = self.bucket(&bucket)?.bucket.versioning;
        let listener = self.listener.clone();
        self.with_storage(move |storage| {
            let (deleted, sequencer) =
                storage.delete(&bucket, &key, id.as_deref(), versioning, &condition)?;
            let (name, version_id) = match &deleted {
                Deleted::Nothing => return Ok(deleted),
                Deleted::Version { id, .. } => (EventName::Delete, id.clone()),
                Deleted::Marker { id } => (EventName::DeleteMarkerCreated, Some(id.clone())),
            };
            let mut removed = event(name, &bucket, &key, sequencer);
            removed.version_id = version_id;
            // Nobody may be listening any more when the service stops.
            let _ = listener.send(removed);
            Ok::<_, Fault>(deleted)
        })
        .await
    }
}
