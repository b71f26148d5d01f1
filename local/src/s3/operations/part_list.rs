//! Lists of parts and of uploads.

use s3s::dto::*;
use s3s::{S3Request, S3Response, s3_error};

use super::checksum::set_checksum;
use super::list::{Encoding, limit};
use super::{Answer, Operations, describe, etag, part_checksums, size, timestamp};
use crate::environment::ACCOUNT_ID;
use crate::s3::storage::{StoredPart, Upload, hex};

fn owner() -> Owner {
    Owner { id: Some(ACCOUNT_ID.to_owned()), ..Owner::default() }
}

fn initiator() -> Initiator {
    Initiator { id: Some(ACCOUNT_ID.to_owned()), ..Initiator::default() }
}

/// The class of an upload; lists name the usual one too.
fn storage_class(upload: &Upload) -> StorageClass {
    StorageClass::from(describe::class_name(&upload.headers))
}

impl Operations {
    pub(super) async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> Answer<ListPartsOutput> {
        let input = request.input;
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id).await?;
        let (max_parts, most) = limit(input.max_parts)?;
        let after = input.part_number_marker.unwrap_or_default();
        let number = upload.number;
        let list = self.with_storage(move |storage| storage.parts(number, after, most)).await?;
        let last = list.parts.last().map(|part| part.number);
        let algorithm = upload.algorithm.clone().map(ChecksumAlgorithm::from);
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            checksum_type: algorithm.as_ref().map(|_| part_checksums::kind(upload.full_object)),
            checksum_algorithm: algorithm,
            initiator: Some(initiator()),
            is_truncated: Some(list.truncated),
            key: Some(input.key),
            max_parts: Some(max_parts),
            next_part_number_marker: last,
            owner: Some(owner()),
            part_number_marker: Some(after),
            parts: Some(list.parts.into_iter().map(part).collect()),
            storage_class: Some(storage_class(&upload)),
            upload_id: Some(input.upload_id),
            ..ListPartsOutput::default()
        }))
    }

    pub(super) async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?;
        if input.delimiter.as_ref().is_some_and(|delimiter| !delimiter.is_empty()) {
            let message = "the local S3 lists uploads without delimiters";
            return Err(s3_error!(NotImplemented, "{message}"));
        }
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let (max_uploads, most) = limit(input.max_uploads)?;
        let key_marker = input.key_marker.clone().filter(|key| !key.is_empty());
        let id_marker = input.upload_id_marker.clone().filter(|id| !id.is_empty());
        let (bucket, prefix) = (input.bucket.clone(), input.prefix.clone().unwrap_or_default());
        let (uploads, truncated) = self
            .with_storage(move |storage| {
                // An id without a key means nothing (S3 API reference, ListMultipartUploads).
                let after = key_marker.as_deref().map(|key| (key, id_marker.as_deref()));
                storage.uploads(&bucket, &prefix, after, most)
            })
            .await?;
        let last = uploads.last().filter(|_| truncated).cloned();
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            encoding_type: input.encoding_type,
            is_truncated: Some(truncated),
            key_marker: Some(encoding.write(&input.key_marker.unwrap_or_default())),
            max_uploads: Some(max_uploads),
            next_key_marker: last.as_ref().map(|upload| encoding.write(&upload.key)),
            next_upload_id_marker: last.map(|upload| upload.id),
            prefix: Some(encoding.write(&input.prefix.unwrap_or_default())),
            upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
            uploads: Some(uploads.into_iter().map(|upload| listed(upload, encoding)).collect()),
            ..ListMultipartUploadsOutput::default()
        }))
    }
}

fn part(stored: StoredPart) -> Part {
    let mut part = Part {
        e_tag: Some(etag(&hex(&stored.md5))),
        last_modified: Some(timestamp(stored.modified)),
        part_number: Some(stored.number),
        size: Some(size(stored.size)),
        ..Part::default()
    };
    set_checksum!(part, stored.checksum.as_ref());
    part
}

fn listed(upload: Upload, encoding: Encoding) -> MultipartUpload {
    let checksum_algorithm = upload.algorithm.clone().map(ChecksumAlgorithm::from);
    MultipartUpload {
        checksum_type: checksum_algorithm
            .as_ref()
            .map(|_| part_checksums::kind(upload.full_object)),
        checksum_algorithm,
        initiated: Some(timestamp(upload.initiated)),
        initiator: Some(initiator()),
        key: Some(encoding.write(&upload.key)),
        owner: Some(owner()),
        storage_class: Some(storage_class(&upload)),
        upload_id: Some(upload.id),
    }
}
