//! S3's operations, as s3s hands them over. Those that are missing answer `NotImplemented`.

mod access;
mod attributes;
mod bucket;
mod checksum;
mod conditions;
mod copy;
mod delete;
mod describe;
mod digest;
mod failure;
mod get;
mod list;
mod multipart;
mod part_checksums;
mod part_list;
mod put;
mod receive;
mod send;
mod tagging;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::dto::*;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};

use super::buckets::{Buckets, Declared};
use super::object_event::{EventName, Listener, ObjectEvent};
use super::storage::{Published, Storage};

pub(super) use access::Access;
pub(super) use send::body;

/// What an operation answers.
type Answer<T> = S3Result<S3Response<T>>;

/// The operations, over the storage.
pub(super) struct Operations {
    buckets: Arc<Buckets>,
    listener: Listener,
}

impl Operations {
    pub(super) fn new(buckets: Arc<Buckets>, listener: Listener) -> Self {
        Self { buckets, listener }
    }

    fn bucket(&self, name: &str) -> S3Result<Arc<Declared>> {
        let missing = || s3_error!(NoSuchBucket, "The specified bucket does not exist");
        self.buckets.get(name).ok_or_else(missing)
    }

    fn storage(&self) -> &Arc<Storage> {
        &self.buckets.storage
    }

    /// Does what waits for the disk where waiting is allowed.
    async fn with_storage<T, E>(
        &self,
        work: impl FnOnce(&Arc<Storage>) -> Result<T, E> + Send + 'static,
    ) -> S3Result<T>
    where
        T: Send + 'static,
        E: Into<S3Error> + Send + 'static,
    {
        let storage = Arc::clone(self.storage());
        let done = tokio::task::spawn_blocking(move || work(&storage)).await;
        done.map_err(S3Error::internal_error)?.map_err(Into::into)
    }
}

/// Tells that an object was created. To be called where it was, not where the client gets its answer:
/// clients go away, and with them whatever was still to be done for them.
fn tell_created(
    listener: &Listener,
    name: EventName,
    (bucket, key): (&str, &str),
    published: &Published,
    etag: &str,
) {
    let mut created = event(name, bucket, key, published.sequencer);
    created.size = Some(published.size);
    created.etag = Some(etag.to_owned());
    created.version_id.clone_from(&published.id);
    // Nobody may be listening any more when the service stops.
    let _ = listener.send(created);
}

/// An event, but for what only some have.
fn event(name: EventName, bucket: &str, key: &str, sequencer: u64) -> ObjectEvent {
    ObjectEvent {
        bucket: bucket.to_owned(),
        name,
        key: key.to_owned(),
        size: None,
        etag: None,
        version_id: None,
        sequencer: format!("{sequencer:016X}"),
        time: SystemTime::now(),
    }
}

/// A moment of the storage.
fn timestamp(milliseconds: i64) -> Timestamp {
    let since = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
    Timestamp::from(UNIX_EPOCH + since)
}

/// A size as the protocol has it.
fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}

/// Implements the trait by methods of the same name, one file per theme.
macro_rules! operations {
    ($($operation:ident: $input:ty => $output:ty,)*) => {
        impl S3 for Operations {
            $(
                fn $operation<'s, 'f>(
                    &'s self,
                    request: S3Request<$input>,
                ) -> std::pin::Pin<
                    Box<dyn Future<Output = Answer<$output>> + Send + 'f>,
                >
                where
                    's: 'f,
                    Self: 'f,
                {
                    Box::pin(self.$operation(request))
                }
            )*
        }
    };
}

operations! {
    create_bucket: CreateBucketInput => CreateBucketOutput,
    list_buckets: ListBucketsInput => ListBucketsOutput,
    head_bucket: HeadBucketInput => HeadBucketOutput,
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput,
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput,
    get_bucket_cors: GetBucketCorsInput => GetBucketCorsOutput,
    put_object: PutObjectInput => PutObjectOutput,
    get_object: GetObjectInput => GetObjectOutput,
    head_object: HeadObjectInput => HeadObjectOutput,
    get_object_attributes: GetObjectAttributesInput => GetObjectAttributesOutput,
    copy_object: CopyObjectInput => CopyObjectOutput,
    delete_object: DeleteObjectInput => DeleteObjectOutput,
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput,
    list_objects: ListObjectsInput => ListObjectsOutput,
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output,
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput,
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput,
    put_object_tagging: PutObjectTaggingInput => PutObjectTaggingOutput,
    delete_object_tagging: DeleteObjectTaggingInput => DeleteObjectTaggingOutput,
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
    upload_part: UploadPartInput => UploadPartOutput,
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput,
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput,
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput,
    list_parts: ListPartsInput => ListPartsOutput,
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput,
}
