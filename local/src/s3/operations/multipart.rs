//! Multipart uploads.

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::checksum::{Algorithm, Claim, claimed_checksum, set_checksum};
use super::conditions::ReadConditions;
use super::copy::{Source, source_version};
use super::describe::headers_of;
use super::receive::{Claims, receive};
use super::{
    Answer, Operations, conditions, digest, etag, failure, part_checksums, tagging, tell_created,
    timestamp,
};
use crate::s3::object_event::EventName;
use crate::s3::storage::{Fault, NewPart, NewUpload, StoredChecksum, StoredPart, Upload, hex};

/// The highest number of a part.
const HIGHEST_PART: i32 = 10_000;

/// The largest part in bytes.
const LARGEST_PART: u64 = 5 << 30;

impl Operations {
    pub(super) async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        let mut input = request.input;
        self.bucket(&input.bucket)?;
        let headers = headers_of!(input)?;
        let tags = tagging::of_header(input.tagging.take())?;
        let algorithm = input.checksum_algorithm.as_ref();
        let algorithm = algorithm.map(|name| Algorithm::parse(name.as_str())).transpose()?;
        let kind = input.checksum_type.as_ref().map(ChecksumType::as_str);
        let full_object = part_checksums::is_full_object(algorithm, kind)?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let id = self
            .with_storage(move |storage| {
                storage.begin_upload(&NewUpload {
                    bucket: &bucket,
                    key: &key,
                    headers: &headers,
                    tags: &tags,
                    algorithm: algorithm.map(Algorithm::name),
                    full_object,
                })
            })
            .await?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: algorithm.map(|_| part_checksums::kind(full_object)),
            key: Some(input.key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(super) async fn upload_part(
        &self,
        mut request: S3Request<UploadPartInput>,
    ) -> Answer<UploadPartOutput> {
        let (upload, claims) = self.claims_of_part(&mut request).await?;
        let received = receive(self.storage(), request.input.body.take(), claims).await?;
        let (number, bucket) = (request.input.part_number, request.input.bucket);
        let received = self
            .with_storage(move |storage| {
                let part = NewPart {
                    number,
                    md5: received.digest.md5,
                    checksum: received.digest.checksum.as_ref(),
                    segments: &[received.segment],
                };
                storage.put_part(&upload, &bucket, &part)?;
                Ok::<_, Fault>(received)
            })
            .await?;
        let mut output = UploadPartOutput {
            e_tag: Some(etag(&hex(&received.digest.md5))),
            ..UploadPartOutput::default()
        };
        set_checksum!(output, received.digest.checksum.as_ref());
        Ok(S3Response::new(output))
    }

    async fn claims_of_part(
        &self,
        request: &mut S3Request<UploadPartInput>,
    ) -> S3Result<(Upload, Claims)> {
        let input = &mut request.input;
        check_number(input.part_number)?;
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id).await?;
        let of_upload = upload.algorithm.as_deref().map(Algorithm::parse).transpose()?;
        let checksum = Claim::of(
            &claimed_checksum!(input),
            input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str),
            &request.headers,
            request.trailing_headers.as_ref(),
        )?;
        if let (Some(expected), Some((actual, _))) = (of_upload, &checksum)
            && expected != *actual
        {
            let (expected, actual) =
                (expected.name().to_ascii_lowercase(), actual.name().to_ascii_lowercase());
            return Err(s3_error!(
                InvalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum \
                 Type: {actual}"
            ));
        }
        let claims = Claims {
            length: input.content_length,
            md5: input.content_md5.take(),
            checksum,
            algorithm: of_upload,
        };
        Ok((upload, claims))
    }

    pub(super) async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> Answer<UploadPartCopyOutput> {
        let mut input = request.input;
        check_number(input.part_number)?;
        let source = Source::of(input.copy_source.clone())?;
        self.bucket(&source.bucket)?;
        let source_conditions = ReadConditions::of_part_copy(&mut input);
        let range = input.copy_source_range.as_deref().map(copy_range).transpose()?;
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id).await?;
        let algorithm = upload.algorithm.as_deref().map(Algorithm::parse).transpose()?;
        let (bucket, number) = (input.bucket, input.part_number);
        let (version, digest, modified) = self
            .with_storage(move |storage| {
                let id = source.version_id.as_deref();
                let (version, content) =
                    storage.open_version(&source.bucket, &source.key, id, |found| {
                        source_conditions.check(found.version)?;
                        bytes_of(range, found.version.size)
                    })?;
                let digest = digest::of_content(&content, algorithm)?;
                let part = NewPart {
                    number,
                    md5: digest.md5,
                    checksum: digest.checksum.as_ref(),
                    segments: &content.segments,
                };
                let modified = storage.put_part(&upload, &bucket, &part)?;
                Ok::<_, S3Error>((version, digest, modified))
            })
            .await?;
        let mut result = CopyPartResult {
            e_tag: Some(etag(&hex(&digest.md5))),
            last_modified: Some(timestamp(modified)),
            ..CopyPartResult::default()
        };
        set_checksum!(result, digest.checksum.as_ref());
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(result),
            copy_source_version_id: source_version(&version),
            ..UploadPartCopyOutput::default()
        }))
    }

    pub(super) async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let mut input = request.input;
        let declared = self.bucket(&input.bucket)?;
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id).await?;
        let listed = input.multipart_upload.take().and_then(|list| list.parts).unwrap_or_default();
        let chosen = chosen(&listed)?;
        let condition = conditions::of_write(input.if_match.take(), input.if_none_match.take())?;
        let claimed = claimed_checksum!(input);
        let expected_size = input.mpu_object_size.and_then(|size| u64::try_from(size).ok());
        let versioning = declared.bucket.versioning;
        let (bucket, listener) = (input.bucket.clone(), self.listener.clone());
        let (published, value, stored) = self
            .with_storage(move |storage| {
                let completed = storage.complete_upload(
                    (&bucket, &upload),
                    &chosen,
                    versioning,
                    &condition,
                    |parts| finish(&upload, parts, &listed, &claimed, expected_size),
                )?;
                let (published, etag, _) = &completed;
                let object = (bucket.as_str(), upload.key.as_str());
                let name = EventName::CompleteMultipartUpload;
                tell_created(&listener, name, object, published, etag);
                Ok::<_, S3Error>(completed)
            })
            .await?;
        let mut output = CompleteMultipartUploadOutput {
            e_tag: Some(etag(&value)),
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            version_id: published.id,
            ..CompleteMultipartUploadOutput::default()
        };
        output.checksum_type = set_checksum!(output, stored.as_ref());
        Ok(S3Response::new(output))
    }

    pub(super) async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?;
        self.with_storage(move |storage| {
            storage.abort_upload(&input.bucket, &input.key, &input.upload_id)
        })
        .await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    /// The open upload of this id.
    pub(super) async fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<Upload> {
        self.bucket(bucket)?;
        let (bucket, key, id) = (bucket.to_owned(), key.to_owned(), id.to_owned());
        self.with_storage(move |storage| storage.upload(&bucket, &key, &id)).await
    }
}

fn check_number(number: i32) -> S3Result<()> {
    if (1..=HIGHEST_PART).contains(&number) {
        return Ok(());
    }
    let message = "Part number must be an integer between 1 and 10000, inclusive";
    Err(s3_error!(InvalidArgument, "{message}"))
}

/// The first and the last byte of `bytes=FIRST-LAST`, the one form there is.
fn copy_range(header: &str) -> S3Result<(u64, u64)> {
    let bounds = header.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let parsed = bounds.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    parsed.filter(|(first, last)| first <= last).ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and \
             last are the zero-based offsets of the first and last bytes to copy"
        )
    })
}

fn bytes_of(range: Option<(u64, u64)>, size: u64) -> S3Result<std::ops::Range<u64>> {
    let bytes = range.map_or(0..size, |(first, last)| first..last.saturating_add(1));
    if bytes.end > size {
        return Err(failure::out_of_range(None));
    }
    if bytes.end - bytes.start > LARGEST_PART {
        let message = "The specified copy source is larger than the maximum allowable size for a copy \
            source: 5368709120";
        return Err(s3_error!(InvalidRequest, "{message}"));
    }
    Ok(bytes)
}

/// Numbers and ETags of the listed parts, which must ascend.
fn chosen(listed: &[CompletedPart]) -> S3Result<Vec<(i32, String)>> {
    if listed.is_empty() {
        let message = "The XML you provided was not well-formed or did not validate against our \
            published schema";
        return Err(s3_error!(MalformedXML, "{message}"));
    }
    let mut chosen: Vec<(i32, String)> = Vec::with_capacity(listed.len());
    for part in listed {
        let number = part.part_number.unwrap_or_default();
        if chosen.last().is_some_and(|(before, _)| *before >= number) {
            let message = "The list of parts was not in ascending order. The parts list must be \
                specified in order by part number.";
            return Err(s3_error!(InvalidPartOrder, "{message}"));
        }
        let etag = part.e_tag.as_ref().map(|etag| etag.value().to_owned());
        chosen.push((number, etag.unwrap_or_default()));
    }
    Ok(chosen)
}

/// ETag and checksum of the object that the parts make, after everything the client says of them
/// was found to be so.
fn finish(
    upload: &Upload,
    parts: &[StoredPart],
    listed: &[CompletedPart],
    claimed: &Checksum,
    expected_size: Option<u64>,
) -> S3Result<(String, Option<StoredChecksum>)> {
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if expected_size.is_some_and(|expected| expected != size) {
        let message = "The provided 'x-amz-mp-object-size' header does not match what was computed";
        return Err(s3_error!(InvalidRequest, "{message}"));
    }
    part_checksums::check_listed(upload, parts, listed)?;
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(&part.md5);
    }
    let etag = format!("{}-{}", hex(&md5.finalize()), parts.len());
    let stored = part_checksums::of_object(upload, parts)?;
    part_checksums::check_object(stored.as_ref(), claimed)?;
    Ok((etag, stored))
}
