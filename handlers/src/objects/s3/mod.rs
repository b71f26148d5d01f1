//! S3.
//!
//! Bodies go out from memory, unsigned but with their CRC-32 in a header, which is signed: S3
//! verifies every part, and computes the whole object's CRC-32 of them (`FULL_OBJECT`). A SHA-256
//! of the body, which the SDK would otherwise sign, costs ten times as much; a checksum as
//! trailer, which it would send for a stream, has the body cut into chunks. Answers to reads are
//! not checked by the SDK: S3 sends no checksum of a range, and zips hold their own.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

mod failure;
mod forms;
mod links;

use std::ops::Range;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::ResponseChecksumValidation;
use aws_sdk_s3::operation::create_multipart_upload::builders::CreateMultipartUploadFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, Delete,
    ObjectIdentifier,
};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    Chunks, Completion, Description, Download, ListedPart, NewObject, ObjectAddress, ObjectError,
    ObjectStore, ObjectVersion, Part, PartPage, Undeleted, Upload,
};
use crate::store::BoxFuture;

use failure::{by_code, failure, incomplete};

pub use forms::S3Forms;

/// What stands for itself in a path of several segments (RFC 3986).
const IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The most keys of one call of `DeleteObjects`.
const DELETE_BATCH: usize = 1000;

/// A client of S3, built once, when the function starts.
pub fn client(config: &SdkConfig) -> Client {
    // S3 sends the head of an answer at once, but for copies: those of 5 GiB take minutes.
    let patience = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(120));
    let config = aws_sdk_s3::config::Builder::from(config).timeout_config(patience.build());
    Client::from_conf(config.force_path_style(is_elsewhere()).build())
}

/// Whether S3 is not at AWS. Buckets have no host names there: with a dot in its name, the SDK would put
/// one before an IP address.
fn is_elsewhere() -> bool {
    let variables = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].map(std::env::var_os);
    variables.into_iter().flatten().any(|url| !url.is_empty())
}

/// Objects in S3.
#[derive(Clone, Debug)]
pub struct S3 {
    client: Client,
}

impl S3 {
    /// The objects this client reaches.
    pub fn new(client: &Client) -> Self {
        let config = client.config().to_builder();
        let config = config.response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        Self { client: Client::from_conf(config.build()) }
    }
}

impl ObjectStore for S3 {
    fn head<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        Box::pin(async move { Ok(self.describe(address).await?.version) })
    }

    fn describe<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<Description, ObjectError>> {
        Box::pin(async move {
            let head = self.client.head_object().bucket(&address.bucket).key(&address.key);
            let head = head.send().await.map_err(failure("find", address))?;
            let size = head.content_length().and_then(|size| u64::try_from(size).ok());
            let (Some(etag), Some(size)) = (head.e_tag, size) else {
                return Err(incomplete("find", address, "the answer lacks ETag or size"));
            };
            let version = ObjectVersion { address: address.clone(), etag, size };
            let (version_id, media_type) = (head.version_id, head.content_type);
            Ok(Description { version, version_id, media_type })
        })
    }

    fn read<'a>(
        &'a self,
        version: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Chunks, ObjectError>> {
        Box::pin(async move {
            let address = &version.address;
            let get = self.client.get_object().bucket(&address.bucket).key(&address.key);
            let get = get.if_match(&version.etag).range(header(&range));
            let answer = get.send().await.map_err(failure("read", address))?;
            let length = range.end - range.start;
            if answer.content_length().and_then(|size| u64::try_from(size).ok()) != Some(length) {
                return Err(incomplete("read", address, "the answer is not the range"));
            }
            Ok(chunks(answer.body, address.clone()))
        })
    }

    fn put<'a>(
        &'a self,
        address: &'a ObjectAddress,
        object: NewObject,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        Box::pin(async move {
            let size = object.body.len() as u64;
            let put = self.client.put_object().bucket(&address.bucket).key(&address.key);
            let put = put.content_type(object.media_type).body(ByteStream::from(object.body));
            let put = put.checksum_algorithm(ChecksumAlgorithm::Crc32);
            let put = put.set_if_none_match((!object.replace).then(|| "*".to_owned()));
            let answer = put.customize().disable_payload_signing().send().await;
            let answer = answer.map_err(|error| match failure("put", address)(error) {
                ObjectError::Changed(address) => ObjectError::Exists(address),
                other => other,
            })?;
            let etag = answer.e_tag;
            let etag =
                etag.ok_or_else(|| incomplete("put", address, "the answer lacks an ETag"))?;
            Ok(ObjectVersion { address: address.clone(), etag, size })
        })
    }

    fn begin<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        let begin = self.client.create_multipart_upload();
        let begin = begin.checksum_algorithm(ChecksumAlgorithm::Crc32);
        Box::pin(begun(begin.checksum_type(ChecksumType::FullObject), address, media_type))
    }

    /// Without a checksum of the upload's own: S3 would want it with every part, and a link does
    /// not say it.
    fn begin_for_others<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        Box::pin(begun(self.client.create_multipart_upload(), address, media_type))
    }

    fn parts<'a>(
        &'a self,
        upload: &'a Upload,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'a, Result<PartPage, ObjectError>> {
        Box::pin(async move {
            let address = &upload.address;
            let list = self.client.list_parts().bucket(&address.bucket).key(&address.key);
            let list = list.upload_id(&upload.id).part_number_marker(after.to_string());
            let list = list.max_parts(limit.cast_signed());
            let answer = list.send().await.map_err(failure("list the parts of", address))?;
            let is_more = answer.is_truncated == Some(true);
            let parts = answer.parts.unwrap_or_default().into_iter();
            let parts = parts.map(|part| listed(address, part)).collect::<Result<Vec<_>, _>>()?;
            let next = parts.last().filter(|_| is_more).map(|last| last.part.number);
            Ok(PartPage { parts, next })
        })
    }

    fn part_link<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>> {
        Box::pin(self.link_to_part(upload, number, expires))
    }

    fn link<'a>(
        &'a self,
        address: &'a ObjectAddress,
        download: Download<'a>,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>> {
        Box::pin(self.link_to_object(address, download, expires))
    }

    fn upload_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Part, ObjectError>> {
        Box::pin(async move {
            let address = &upload.address;
            let part = self.client.upload_part().bucket(&address.bucket).key(&address.key);
            let part = part.upload_id(&upload.id).part_number(number.cast_signed());
            // The body is in memory, so the SDK computes the header's CRC-32.
            let part = part.checksum_algorithm(ChecksumAlgorithm::Crc32).body(body.into());
            let answer = part.customize().disable_payload_signing().send().await;
            let answer = answer.map_err(failure("upload a part of", address))?;
            part_of(address, number, answer.e_tag, answer.checksum_crc32)
        })
    }

    fn copy_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        source: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Part, ObjectError>> {
        Box::pin(async move {
            let address = &upload.address;
            let copy = self.client.upload_part_copy().bucket(&address.bucket).key(&address.key);
            let copy = copy.upload_id(&upload.id).part_number(number.cast_signed());
            let copy = copy.copy_source(copy_source(&source.address));
            let copy = copy.copy_source_if_match(&source.etag).copy_source_range(header(&range));
            // A fault of the copy may lie with either object; what S3 tells is in the chain.
            let answer = copy.send().await.map_err(failure("copy", &source.address))?;
            let result = answer.copy_part_result;
            let (etag, crc32) = result.map_or((None, None), |r| (r.e_tag, r.checksum_crc32));
            part_of(address, number, etag, crc32)
        })
    }

    fn complete<'a>(
        &'a self,
        upload: &'a Upload,
        parts: &'a [Part],
    ) -> BoxFuture<'a, Result<Completion, ObjectError>> {
        Box::pin(async move {
            let address = &upload.address;
            let checked = parts.iter().any(|part| part.crc32.is_some());
            let parts = parts.iter().map(|part| {
                CompletedPart::builder()
                    .part_number(part.number.cast_signed())
                    .e_tag(&part.etag)
                    .set_checksum_crc32(part.crc32.clone())
                    .build()
            });
            let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect()));
            let complete = self.client.complete_multipart_upload().upload_id(&upload.id);
            let complete = complete.bucket(&address.bucket).key(&address.key);
            let complete = complete.set_checksum_type(checked.then_some(ChecksumType::FullObject));
            let answer = complete.multipart_upload(parts.build()).send().await;
            let answer = answer.map_err(failure("complete", address))?;
            let (etag, version_id) = (answer.e_tag, answer.version_id);
            let etag =
                etag.ok_or_else(|| incomplete("complete", address, "the answer lacks an ETag"))?;
            Ok(Completion { etag, version_id })
        })
    }

    fn abort<'a>(&'a self, upload: &'a Upload) -> BoxFuture<'a, Result<(), ObjectError>> {
        Box::pin(async move {
            let address = &upload.address;
            let abort = self.client.abort_multipart_upload().upload_id(&upload.id);
            let answer = abort.bucket(&address.bucket).key(&address.key).send().await;
            match answer.map_err(failure("abort", address)) {
                Ok(_) | Err(ObjectError::UploadGone(_)) => Ok(()),
                Err(error) => Err(error),
            }
        })
    }

    fn delete<'a>(
        &'a self,
        bucket: &'a str,
        keys: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Undeleted>, ObjectError>> {
        Box::pin(async move {
            let mut undeleted = Vec::new();
            for batch in keys.chunks(DELETE_BATCH) {
                undeleted.extend(self.delete_batch(bucket, batch).await?);
            }
            Ok(undeleted)
        })
    }
}

impl S3 {
    async fn delete_batch(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Undeleted>, ObjectError> {
        let address = ObjectAddress::new(bucket, keys.first().map_or("", String::as_str));
        let identifiers = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build());
        let refuse = |source| ObjectError::Refused {
            action: "delete",
            address: address.clone(),
            source: Box::new(source),
        };
        let identifiers = identifiers.collect::<Result<Vec<_>, _>>().map_err(refuse)?;
        let delete = Delete::builder().set_objects(Some(identifiers)).quiet(true).build();
        let call = self.client.delete_objects().bucket(bucket).delete(delete.map_err(refuse)?);
        let answer = call.send().await.map_err(failure("delete", &address))?;
        let failed = answer.errors.unwrap_or_default().into_iter().map(|error| {
            let key = error.key.unwrap_or_default();
            let why = [error.code.as_deref(), error.message.as_deref()];
            let why = why.into_iter().flatten().collect::<Vec<_>>().join(": ");
            let code = error.code.unwrap_or_default();
            let error = by_code("delete", &ObjectAddress::new(bucket, &key), &code, None, why);
            Undeleted { key, error }
        });
        Ok(failed.collect())
    }
}

/// The bytes of an answer, with errors of the port.
fn chunks(body: ByteStream, address: ObjectAddress) -> Chunks {
    Box::pin(stream::unfold((body, address), |(mut body, address)| async move {
        let chunk = body.next().await?.map_err(|error| ObjectError::Unavailable {
            action: "read",
            address: address.clone(),
            source: Box::new(error),
        });
        Some((chunk, (body, address)))
    }))
}

/// A range that is not empty, as HTTP has it: both ends included.
fn header(range: &Range<u64>) -> String {
    format!("bytes={}-{}", range.start, range.end.saturating_sub(1))
}

/// `bucket/key`, percent-encoded as a path: the SDK passes `x-amz-copy-source` on as it is.
fn copy_source(address: &ObjectAddress) -> String {
    format!("{}/{}", address.bucket, utf8_percent_encode(&address.key, IN_PATH))
}

async fn begun(
    begin: CreateMultipartUploadFluentBuilder,
    address: &ObjectAddress,
    media_type: &str,
) -> Result<Upload, ObjectError> {
    let begin = begin.bucket(&address.bucket).key(&address.key).content_type(media_type);
    let answer = begin.send().await.map_err(failure("begin", address))?;
    let id = answer.upload_id;
    let id = id.ok_or_else(|| incomplete("begin", address, "the answer lacks an id"))?;
    Ok(Upload { address: address.clone(), id })
}

fn listed(
    address: &ObjectAddress,
    part: aws_sdk_s3::types::Part,
) -> Result<ListedPart, ObjectError> {
    let number = part.part_number.and_then(|number| u32::try_from(number).ok());
    let size = part.size.and_then(|size| u64::try_from(size).ok());
    match (number, size) {
        (Some(number), Some(size)) => Ok(ListedPart {
            part: part_of(address, number, part.e_tag, part.checksum_crc32)?,
            size,
        }),
        _ => Err(incomplete("list the parts of", address, "a part lacks its number or size")),
    }
}

fn part_of(
    address: &ObjectAddress,
    number: u32,
    etag: Option<String>,
    crc32: Option<String>,
) -> Result<Part, ObjectError> {
    let etag = etag.ok_or_else(|| incomplete("upload a part of", address, "it got no ETag"))?;
    Ok(Part { number, etag, crc32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_source_is_percent_encoded_but_for_slashes() {
        let address = ObjectAddress::new("bucket", "in/a b+ü%.zip");
        assert_eq!(copy_source(&address), "bucket/in/a%20b%2B%C3%BC%25.zip");
    }

    #[test]
    fn ranges_include_their_last_byte() {
        assert_eq!(header(&(0..1)), "bytes=0-0");
        assert_eq!(header(&(5..10)), "bytes=5-9");
    }
}
