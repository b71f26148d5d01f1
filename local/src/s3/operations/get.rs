//! `GetObject` and `HeadObject`.

use std::ops::Range as Bytes;

use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::checksum::set_checksum;
use super::conditions::ReadConditions;
use super::{Answer, Operations, describe, etag, failure, send, size, timestamp};
use crate::s3::storage::{Fault, Found, NULL_VERSION, Version};

/// Which bytes are asked for.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    range: Option<Range>,
    part: Option<i32>,
}

/// Which bytes are given.
#[derive(Clone, Debug)]
struct Given {
    bytes: Bytes<u64>,
    /// Of how many parts, if a part was asked for.
    parts: Option<i32>,
    partial: bool,
}

impl Wanted {
    fn of(range: Option<Range>, part: Option<i32>) -> S3Result<Self> {
        if range.is_some() && part.is_some() {
            let message = "Cannot specify both Range header and partNumber query parameter";
            return Err(s3_error!(InvalidRequest, "{message}"));
        }
        Ok(Self { range, part })
    }

    fn of_version(self, found: &Found<'_>) -> S3Result<Given> {
        let whole = found.version.size;
        if let Some(number) = self.part {
            let (bytes, parts) = found.part(number).map_err(|fault| match fault {
                Fault::OutOfRange => {
                    let message = "The requested partnumber is not satisfiable";
                    failure::other(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidPartNumber", message)
                }
                other => other.into(),
            })?;
            return Ok(Given { bytes, parts, partial: true });
        }
        let Some(range) = self.range else {
            return Ok(Given { bytes: 0..whole, parts: None, partial: false });
        };
        let bytes = range.check(whole).map_err(|_| failure::out_of_range(Some(whole)))?;
        Ok(Given { bytes, parts: None, partial: true })
    }
}

impl Given {
    fn content_range(&self, whole: u64) -> Option<String> {
        let Bytes { start, end } = self.bytes;
        // An empty part has no first byte to name.
        (self.partial && end > start).then(|| format!("bytes {start}-{}/{whole}", end - 1))
    }
}

/// The version id as answers have it: none in a bucket that never had versions.
fn version_id(version: &Version, versioning: bool) -> Option<String> {
    (versioning || version.id != NULL_VERSION).then(|| version.id.clone())
}

/// Fills what the outputs of `GetObject` and `HeadObject` have in common.
macro_rules! describe_version {
    ($output:ident, $version:expr, $given:expr, $versioning:expr, $wants_checksum:expr) => {{
        let (version, given) = ($version, $given);
        let headers = &version.headers;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.cache_control.clone_from(&headers.cache_control);
        $output.content_disposition.clone_from(&headers.content_disposition);
        $output.content_encoding.clone_from(&headers.content_encoding);
        $output.content_language.clone_from(&headers.content_language);
        $output.content_length = Some(size(given.bytes.end - given.bytes.start));
        $output.content_range = given.content_range(version.size);
        $output.content_type = Some(describe::content_type(headers));
        $output.e_tag = Some(etag(&version.etag));
        $output.expires = describe::expires(headers);
        $output.last_modified = Some(timestamp(version.modified));
        $output.metadata = Some(headers.metadata.clone().into_iter().collect());
        $output.parts_count = given.parts;
        $output.storage_class = describe::storage_class(headers);
        $output.version_id = version_id(version, $versioning);
        $output.website_redirect_location.clone_from(&headers.website_redirect_location);
        // That of the whole says nothing about a part of it.
        if $wants_checksum && !given.partial {
            $output.checksum_type = set_checksum!($output, version.checksum.as_ref());
        }
    }};
}

fn enabled(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

impl Operations {
    pub(super) async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> Answer<GetObjectOutput> {
        let mut input = request.input;
        let versioning = self.bucket(&input.bucket)?.bucket.versioning;
        let conditions = ReadConditions::of_get(&mut input);
        let wanted = Wanted::of(input.range, input.part_number)?;
        let wants_checksum = enabled(input.checksum_mode.as_ref());
        let (version, given, body) = self
            .with_storage(move |storage| {
                let mut given = None;
                let id = input.version_id.as_deref();
                let (version, content) =
                    storage.open_version(&input.bucket, &input.key, id, |found| {
                        conditions.check(found.version)?;
                        let chosen = wanted.of_version(found)?;
                        let bytes = chosen.bytes.clone();
                        given = Some(chosen);
                        Ok::<_, S3Error>(bytes)
                    })?;
                let body = send::body(content).map_err(Fault::from)?;
                Ok::<_, S3Error>((version, given, body))
            })
            .await?;
        let given = given.unwrap_or(Given { bytes: 0..version.size, parts: None, partial: false });
        let mut output = GetObjectOutput { body: Some(body), ..GetObjectOutput::default() };
        describe_version!(output, &version, &given, versioning, wants_checksum);
        output.tag_count = i32::try_from(version.tags.len()).ok().filter(|count| *count > 0);
        Ok(answer(output, &given))
    }

    pub(super) async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> Answer<HeadObjectOutput> {
        let mut input = request.input;
        let versioning = self.bucket(&input.bucket)?.bucket.versioning;
        let conditions = ReadConditions::of_head(&mut input);
        let wanted = Wanted::of(input.range, input.part_number)?;
        let wants_checksum = enabled(input.checksum_mode.as_ref());
        let (version, given) = self
            .with_storage(move |storage| {
                let mut given = None;
                let id = input.version_id.as_deref();
                let (version, _) =
                    storage.open_version(&input.bucket, &input.key, id, |found| {
                        conditions.check(found.version)?;
                        given = Some(wanted.of_version(found)?);
                        Ok::<_, S3Error>(0..0)
                    })?;
                Ok::<_, S3Error>((version, given))
            })
            .await?;
        let given = given.unwrap_or(Given { bytes: 0..version.size, parts: None, partial: false });
        let mut output = HeadObjectOutput::default();
        describe_version!(output, &version, &given, versioning, wants_checksum);
        Ok(answer(output, &given))
    }
}

fn answer<T>(output: T, given: &Given) -> S3Response<T> {
    let status = if given.partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    S3Response::with_status(output, status)
}
