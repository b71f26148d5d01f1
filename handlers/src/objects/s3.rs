//! S3.
//!
//! Bodies go out from memory, unsigned but with their CRC-32 in a header, which is signed: S3
//! verifies every part, and computes the whole object's CRC-32 of them (`FULL_OBJECT`). A SHA-256
//! of the body, which the SDK would otherwise sign, costs ten times as much; a checksum as
//! trailer, which it would send for a stream, has the body cut into chunks. Answers to reads are
//! not checked by the SDK: S3 sends no checksum of a range, and zips hold their own.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use std::ops::Range;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::ResponseChecksumValidation;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, Delete,
    ObjectIdentifier,
};
use bytes::Bytes;
use futures_util::stream;

use super::{
    Chunks, NewObject, ObjectAddress, ObjectError, ObjectStore, ObjectVersion, Part, Undeleted,
    Upload,
};
use crate::store::BoxFuture;

/// The most keys of one call of `DeleteObjects`.
const DELETE_BATCH: usize = 1000;

/// A client of S3, built once, when the function starts.
pub fn client(config: &SdkConfig) -> Client {
    // S3 sends the head of an answer at once, but for copies: those of 5 GiB take minutes.
    let patience = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(120));
    let config = aws_sdk_s3::config::Builder::from(config).timeout_config(patience.build());
    Client::from_conf(config.build())
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
        Box::pin(async move {
            let head = self.client.head_object().bucket(&address.bucket).key(&address.key);
            let head = head.send().await.map_err(failure("find", address))?;
            let size = head.content_length().and_then(|size| u64::try_from(size).ok());
            let (Some(etag), Some(size)) = (head.e_tag, size) else {
                return Err(incomplete("find", address, "the answer lacks ETag or size"));
            };
            Ok(ObjectVersion { address: address.clone(), etag, size })
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
        Box::pin(async move {
            let begin = self.client.create_multipart_upload();
            let begin = begin.bucket(&address.bucket).key(&address.key).content_type(media_type);
            let begin = begin.checksum_algorithm(ChecksumAlgorithm::Crc32);
            let begin = begin.checksum_type(ChecksumType::FullObject);
            let answer = begin.send().await.map_err(failure("begin", address))?;
            let id = answer.upload_id;
            let id = id.ok_or_else(|| incomplete("begin", address, "the answer lacks an id"))?;
            Ok(Upload { address: address.clone(), id })
        })
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
    ) -> BoxFuture<'a, Result<String, ObjectError>> {
        Box::pin(async move {
            let address = &upload.address;
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
            let complete = complete.checksum_type(ChecksumType::FullObject);
            let answer = complete.multipart_upload(parts.build()).send().await;
            let etag = answer.map_err(failure("complete", address))?.e_tag;
            etag.ok_or_else(|| incomplete("complete", address, "the answer lacks an ETag"))
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
    let mut text = address.bucket.clone();
    text.push('/');
    for byte in address.key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(byte.into());
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
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

/// An answer that lacks what every answer has: something stood between S3 and the function.
fn incomplete(action: &'static str, address: &ObjectAddress, why: &str) -> ObjectError {
    ObjectError::Unavailable { action, address: address.clone(), source: why.into() }
}

/// What the SDK reports, as an error of the port.
fn failure<E>(
    action: &'static str,
    address: &ObjectAddress,
) -> impl FnOnce(SdkError<E>) -> ObjectError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let address = address.clone();
    move |error| {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let permanent = matches!(error, SdkError::ConstructionFailure(_));
        let code = error.code().unwrap_or_default().to_owned();
        if permanent {
            return ObjectError::Refused { action, address, source: Box::new(error) };
        }
        by_code(action, &address, &code, status, error)
    }
}

/// An error by S3's code for it; answers to HEAD have no body, so the status counts as well.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn by_code(
    action: &'static str,
    address: &ObjectAddress,
    code: &str,
    status: Option<u16>,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ObjectError {
    let (address, source) = (address.clone(), source.into());
    match (code, status) {
        ("NoSuchUpload", _) => ObjectError::UploadGone(address),
        // A passing state of the credentials or the clock, not of the object.
        ("ExpiredToken" | "RequestTimeTooSkewed", _)
        | ("RequestTimeout" | "SlowDown" | "InternalError" | "ServiceUnavailable", _)
        | ("ConditionalRequestConflict" | "OperationAborted", _) => {
            ObjectError::Unavailable { action, address, source }
        }
        ("NoSuchKey" | "NoSuchBucket" | "NotFound", _) | (_, Some(404)) => {
            ObjectError::NotFound(address)
        }
        ("PreconditionFailed", _) | (_, Some(412)) => ObjectError::Changed(address),
        ("AccessDenied" | "AllAccessDisabled", _) | (_, Some(401 | 403)) => {
            ObjectError::Denied(address)
        }
        (_, Some(408 | 429 | 500..)) => ObjectError::Unavailable { action, address, source },
        (_, Some(300..)) => ObjectError::Refused { action, address, source },
        // No answer, half of one, or one that is no answer of S3.
        (_, _) if code.is_empty() => ObjectError::Unavailable { action, address, source },
        (_, _) => ObjectError::Refused { action, address, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(code: &str, status: Option<u16>) -> ObjectError {
        by_code("read", &ObjectAddress::new("b", "k"), code, status, "why")
    }

    #[test]
    fn errors_are_told_apart_by_code_and_status() {
        assert!(matches!(by("NoSuchKey", Some(404)), ObjectError::NotFound(_)));
        assert!(matches!(by("", Some(404)), ObjectError::NotFound(_)));
        assert!(matches!(by("NoSuchUpload", Some(404)), ObjectError::UploadGone(_)));
        assert!(matches!(by("", Some(403)), ObjectError::Denied(_)));
        assert!(matches!(by("AccessDenied", None), ObjectError::Denied(_)));
        assert!(matches!(by("PreconditionFailed", Some(412)), ObjectError::Changed(_)));
        assert!(matches!(by("InvalidRange", Some(416)), ObjectError::Refused { .. }));
    }

    #[test]
    fn only_what_may_pass_is_passing() {
        for (code, status) in [("SlowDown", Some(503)), ("", Some(500)), ("", None)] {
            assert!(by(code, status).is_passing(), "{code} {status:?}");
        }
        for (code, status) in [("InvalidArgument", Some(400)), ("", Some(301)), ("X", None)] {
            assert!(!by(code, status).is_passing(), "{code} {status:?}");
        }
    }

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
