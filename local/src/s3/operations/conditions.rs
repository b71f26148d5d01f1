//! Conditions of requests: which answers they turn into 304 and 412 (RFC 9110, section 13; S3 API
//! reference, GetObject and CopyObject).

use s3s::dto::{
    CopyObjectInput, ETagCondition, GetObjectInput, HeadObjectInput, Timestamp, TimestampFormat,
    UploadPartCopyInput,
};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::failure::set_headers;
use super::timestamp;
use crate::s3::storage::{Fault, Version, WriteCondition};

/// The four conditions on an object that is read.
#[derive(Debug, Default)]
pub(super) struct ReadConditions {
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
    if_modified_since: Option<Timestamp>,
    if_unmodified_since: Option<Timestamp>,
    /// Whether the object is copied from: then nothing is answered 304.
    copies: bool,
}

impl ReadConditions {
    pub(super) fn of_get(input: &mut GetObjectInput) -> Self {
        Self {
            if_match: input.if_match.take(),
            if_none_match: input.if_none_match.take(),
            if_modified_since: input.if_modified_since.take(),
            if_unmodified_since: input.if_unmodified_since.take(),
            copies: false,
        }
    }

    pub(super) fn of_head(input: &mut HeadObjectInput) -> Self {
        Self {
            if_match: input.if_match.take(),
            if_none_match: input.if_none_match.take(),
            if_modified_since: input.if_modified_since.take(),
            if_unmodified_since: input.if_unmodified_since.take(),
            copies: false,
        }
    }

    pub(super) fn of_copy(input: &mut CopyObjectInput) -> Self {
        Self {
            if_match: input.copy_source_if_match.take(),
            if_none_match: input.copy_source_if_none_match.take(),
            if_modified_since: input.copy_source_if_modified_since.take(),
            if_unmodified_since: input.copy_source_if_unmodified_since.take(),
            copies: true,
        }
    }

    pub(super) fn of_part_copy(input: &mut UploadPartCopyInput) -> Self {
        Self {
            if_match: input.copy_source_if_match.take(),
            if_none_match: input.copy_source_if_none_match.take(),
            if_modified_since: input.copy_source_if_modified_since.take(),
            if_unmodified_since: input.copy_source_if_unmodified_since.take(),
            copies: true,
        }
    }

    /// Fails unless the version may be read. Conditions on the ETag come before those on the time.
    pub(super) fn check(&self, version: &Version) -> S3Result<()> {
        let modified = timestamp(version.modified);
        let holds = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => fits(condition, version),
            (None, Some(since)) => modified <= *since,
            (None, None) => true,
        };
        if !holds {
            return Err(Fault::ConditionFailed.into());
        }
        let is_new = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => !fits(condition, version),
            (None, Some(since)) => modified > *since,
            (None, None) => true,
        };
        match (is_new, self.copies) {
            (true, _) => Ok(()),
            (false, true) => Err(Fault::ConditionFailed.into()),
            (false, false) => Err(not_modified(version)),
        }
    }
}

fn fits(condition: &ETagCondition, version: &Version) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => etag.value() == version.etag,
    }
}

fn not_modified(version: &Version) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    let mut modified = Vec::new();
    let formatted = timestamp(version.modified).format(TimestampFormat::HttpDate, &mut modified);
    let modified = formatted.ok().and_then(|()| String::from_utf8(modified).ok());
    let modified = modified.map(|text| ("last-modified", text));
    let etag = ("etag", format!("\"{}\"", version.etag));
    set_headers(&mut error, [etag].into_iter().chain(modified));
    error
}

/// The conditions of a write. S3 knows `If-None-Match` only with `*`.
pub(super) fn of_write(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<WriteCondition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(WriteCondition::None),
        (None, Some(ETagCondition::Any)) => Ok(WriteCondition::Absent),
        (Some(ETagCondition::ETag(etag)), None) => Ok(WriteCondition::Is(Some(etag.into_value()))),
        (Some(ETagCondition::Any), None) => Ok(WriteCondition::Is(None)),
        _ => Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented"
        )),
    }
}
