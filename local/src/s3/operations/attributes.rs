//! `GetObjectAttributes`: what `HeadObject` tells, and the parts.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::checksum::{self, set_checksum};
use super::list::limit;
use super::{Answer, Operations, describe, etag, size, timestamp};
use crate::s3::storage::{Fault, NULL_VERSION, StoredPart, Version};

impl Operations {
    pub(super) async fn get_object_attributes(
        &self,
        request: S3Request<GetObjectAttributesInput>,
    ) -> Answer<GetObjectAttributesOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?;
        let (bucket, key, id) = (input.bucket, input.key, input.version_id);
        let (version, parts) = self
            .with_storage(move |storage| {
                let version = storage.version(&bucket, &key, id.as_deref())?;
                let parts = version.upload.map(|upload| storage.parts(upload, 0, usize::MAX));
                Ok::<_, Fault>((version, parts.transpose()?.map(|list| list.parts)))
            })
            .await?;
        // Some clients send one header with all of them, some a header for each.
        let listed = input.object_attributes.iter().flat_map(|list| list.as_str().split(','));
        let listed: Vec<_> = listed.map(str::trim).collect();
        let wanted = |attribute: &str| listed.contains(&attribute);
        let object_parts = match parts.filter(|_| wanted(ObjectAttributes::OBJECT_PARTS)) {
            None => None,
            Some(parts) => Some(described(
                &parts,
                input.part_number_marker.unwrap_or_default(),
                input.max_parts,
            )?),
        };
        let class = describe::class_name(&version.headers);
        Ok(S3Response::new(GetObjectAttributesOutput {
            checksum: kept(&version).filter(|_| wanted(ObjectAttributes::CHECKSUM)),
            e_tag: Some(etag(&version.etag)).filter(|_| wanted(ObjectAttributes::ETAG)),
            last_modified: Some(timestamp(version.modified)),
            object_parts,
            object_size: Some(size(version.size)).filter(|_| wanted(ObjectAttributes::OBJECT_SIZE)),
            storage_class: Some(StorageClass::from(class))
                .filter(|_| wanted(ObjectAttributes::STORAGE_CLASS)),
            version_id: Some(version.id).filter(|id| id != NULL_VERSION),
            ..GetObjectAttributesOutput::default()
        }))
    }
}

fn kept(version: &Version) -> Option<Checksum> {
    version.checksum.as_ref().map(|stored| checksum::fields(Some(stored)))
}

/// How many parts there are, and those after a number. Parts without checksums are only counted (S3
/// API reference, GetObjectAttributes).
fn described(
    parts: &[StoredPart],
    after: i32,
    max_parts: Option<i32>,
) -> S3Result<GetObjectAttributesParts> {
    let total_parts_count = i32::try_from(parts.len()).ok();
    if parts.iter().any(|part| part.checksum.is_none()) {
        return Ok(GetObjectAttributesParts { total_parts_count, ..Default::default() });
    }
    let (max_parts, most) = limit(max_parts)?;
    let rest: Vec<_> = parts.iter().filter(|part| part.number > after).collect();
    let shown = rest.get(..most).unwrap_or(&rest);
    Ok(GetObjectAttributesParts {
        is_truncated: Some(shown.len() < rest.len()),
        max_parts: Some(max_parts),
        next_part_number_marker: shown.last().map(|part| part.number),
        part_number_marker: Some(after),
        parts: Some(shown.iter().map(|part| object_part(part)).collect()),
        total_parts_count,
    })
}

fn object_part(stored: &StoredPart) -> ObjectPart {
    let mut part = ObjectPart {
        part_number: Some(stored.number),
        size: Some(size(stored.size)),
        ..ObjectPart::default()
    };
    set_checksum!(part, stored.checksum.as_ref());
    part
}
