//! `CopyObject`, and where copies come from. A copy refers to the bytes of its source.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::checksum::{Algorithm, set_checksum};
use super::conditions::ReadConditions;
use super::describe::headers_of;
use super::put::Draft;
use super::{Answer, Operations, digest, etag, tagging, tell_created, timestamp};
use crate::s3::object_event::EventName;
use crate::s3::storage::{
    Content, Fault, NULL_VERSION, NewVersion, Published, Storage, StoredChecksum, Version,
    WriteCondition, hex,
};

/// The largest source in bytes; more goes in parts (S3 API reference, CopyObject).
const LARGEST: u64 = 5 << 30;

/// Where a copy comes from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version_id: Option<String>,
}

impl Source {
    pub(super) fn of(header: CopySource) -> S3Result<Self> {
        let CopySource::Bucket { bucket, key, version_id } = header else {
            return Err(s3_error!(NotImplemented, "the local S3 has no access points"));
        };
        let version_id = version_id.map(String::from);
        Ok(Self { bucket: bucket.into(), key: key.into(), version_id })
    }
}

/// What a copy replaces.
struct Replaced {
    headers: bool,
    tags: bool,
}

/// What was copied.
struct Copied {
    published: Published,
    source: Version,
    etag: String,
    checksum: Option<StoredChecksum>,
}

impl Operations {
    pub(super) async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> Answer<CopyObjectOutput> {
        let mut input = request.input;
        let source_conditions = ReadConditions::of_copy(&mut input);
        let source = Source::of(input.copy_source.clone())?;
        self.bucket(&source.bucket)?;
        let directive = input.metadata_directive.take();
        let tagging_directive = input.tagging_directive.take();
        let replaced = Replaced {
            headers: directive.is_some_and(|d| d.as_str() == MetadataDirective::REPLACE),
            tags: tagging_directive.is_some_and(|d| d.as_str() == TaggingDirective::REPLACE),
        };
        let in_place = source.bucket == input.bucket && source.key == input.key;
        let changes =
            replaced.headers || source.version_id.is_some() || input.storage_class.is_some();
        if in_place && !changes {
            let message = "This copy request is illegal because it is trying to copy an object to \
                itself without changing the object's metadata, storage class, website redirect \
                location or encryption attributes.";
            return Err(s3_error!(InvalidRequest, "{message}"));
        }
        let algorithm = input.checksum_algorithm.take();
        let algorithm = algorithm.map(|name| Algorithm::parse(name.as_str())).transpose()?;
        let draft = Draft {
            headers: headers_of!(input)?,
            tags: tagging::of_header(input.tagging.take())?,
            versioning: self.bucket(&input.bucket)?.bucket.versioning,
            condition: WriteCondition::None,
            bucket: input.bucket,
            key: input.key,
        };
        let listener = self.listener.clone();
        let copied = self
            .with_storage(move |storage| {
                let copied =
                    copy(storage, &source, &source_conditions, &draft, &replaced, algorithm)?;
                let object = (draft.bucket.as_str(), draft.key.as_str());
                let (published, etag) = (&copied.published, &copied.etag);
                tell_created(&listener, EventName::Copy, object, published, etag);
                Ok::<_, S3Error>(copied)
            })
            .await?;
        let Copied { published, source, etag: value, checksum } = copied;
        let mut result = CopyObjectResult {
            e_tag: Some(etag(&value)),
            last_modified: Some(timestamp(published.modified)),
            ..CopyObjectResult::default()
        };
        result.checksum_type = set_checksum!(result, checksum.as_ref());
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id: source_version(&source),
            version_id: published.id,
            ..CopyObjectOutput::default()
        }))
    }
}

/// The source's version, if it has one to speak of.
pub(super) fn source_version(source: &Version) -> Option<String> {
    Some(source.id.clone()).filter(|id| id != NULL_VERSION)
}

fn copy(
    storage: &std::sync::Arc<Storage>,
    source: &Source,
    conditions: &ReadConditions,
    draft: &Draft,
    replaced: &Replaced,
    algorithm: Option<Algorithm>,
) -> S3Result<Copied> {
    let id = source.version_id.as_deref();
    let (version, content) = storage.open_version(&source.bucket, &source.key, id, |found| {
        conditions.check(found.version)?;
        if found.version.size > LARGEST {
            let message = "The specified copy source is larger than the maximum allowable size for a \
                copy source: 5368709120";
            return Err(s3_error!(InvalidRequest, "{message}"));
        }
        Ok::<_, S3Error>(0..found.version.size)
    })?;
    let (etag, checksum) = identity(&version, &content, algorithm)?;
    let headers = if replaced.headers { &draft.headers } else { &version.headers };
    let mut headers = headers.clone();
    // The class is the copy's own in any case.
    headers.storage_class.clone_from(&draft.headers.storage_class);
    let published = storage.publish(
        &NewVersion {
            bucket: &draft.bucket,
            key: &draft.key,
            headers: &headers,
            tags: if replaced.tags { &draft.tags } else { &version.tags },
            etag: &etag,
            checksum: checksum.as_ref(),
            segments: &content.segments,
        },
        draft.versioning,
        &draft.condition,
    )?;
    Ok(Copied { published, source: version, etag, checksum })
}

/// ETag and checksum of a copy. They are computed only if those of the source are not of its bytes.
fn identity(
    source: &Version,
    content: &Content,
    algorithm: Option<Algorithm>,
) -> Result<(String, Option<StoredChecksum>), Fault> {
    let kept = source.checksum.as_ref().filter(|stored| !stored.value.contains('-'));
    let wanted = algorithm.map(Algorithm::name);
    let fits = match wanted {
        None => source.checksum.is_none() || kept.is_some(),
        Some(name) => kept.is_some_and(|stored| stored.algorithm == name),
    };
    if fits && !source.etag.contains('-') {
        return Ok((source.etag.clone(), kept.cloned()));
    }
    // The copy keeps the kind of checksum its source has.
    let of_source =
        source.checksum.as_ref().and_then(|stored| Algorithm::parse(&stored.algorithm).ok());
    let digest = digest::of_content(content, algorithm.or(of_source))?;
    Ok((hex(&digest.md5), digest.checksum))
}
