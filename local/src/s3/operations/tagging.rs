//! Tags of objects.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Answer, Operations, failure};
use crate::s3::storage::{Fault, NULL_VERSION, Tags};

/// The most tags of an object (S3 user guide, "Categorizing your objects using tags").
const MOST_TAGS: usize = 10;

/// The longest key of a tag, in characters.
const LONGEST_KEY: usize = 128;

/// The longest value of a tag, in characters.
const LONGEST_VALUE: usize = 256;

impl Operations {
    pub(super) async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> Answer<GetObjectTaggingOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?;
        let version = self
            .with_storage(move |storage| {
                storage.version(&input.bucket, &input.key, input.version_id.as_deref())
            })
            .await?;
        let tag_set = version.tags.into_iter();
        let tag_set = tag_set.map(|(key, value)| Tag { key: Some(key), value: Some(value) });
        Ok(S3Response::new(GetObjectTaggingOutput {
            tag_set: tag_set.collect(),
            version_id: Some(version.id).filter(|id| id != NULL_VERSION),
        }))
    }

    pub(super) async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> Answer<PutObjectTaggingOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?;
        let pairs = input.tagging.tag_set.into_iter();
        let pairs = pairs.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
        let tags = checked(pairs)?;
        let version_id = self.set_tags(input.bucket, input.key, input.version_id, tags).await?;
        Ok(S3Response::new(PutObjectTaggingOutput { version_id }))
    }

    pub(super) async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> Answer<DeleteObjectTaggingOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?;
        let version_id =
            self.set_tags(input.bucket, input.key, input.version_id, Tags::new()).await?;
        Ok(S3Response::new(DeleteObjectTaggingOutput { version_id }))
    }

    /// Replaces tags; answers the version's id, if it has one to speak of.
    async fn set_tags(
        &self,
        bucket: String,
        key: String,
        id: Option<String>,
        tags: Tags,
    ) -> S3Result<Option<String>> {
        let id = self
            .with_storage(move |storage| {
                let id = storage.set_tags(&bucket, &key, id.as_deref(), &tags)?;
                Ok::<_, Fault>(id)
            })
            .await?;
        Ok(Some(id).filter(|id| id != NULL_VERSION))
    }
}

/// The tags of a header `x-amz-tagging`, which has the form of a query string.
pub(super) fn of_header(header: Option<String>) -> S3Result<Tags> {
    let header = header.unwrap_or_default();
    let pairs = header.split('&').filter(|pair| !pair.is_empty());
    let decoded = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(key)?, decode(value)?))
    });
    let Some(decoded) = decoded.collect::<Option<Vec<_>>>() else {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query \
            parameters without tag name duplicates.";
        return Err(s3_error!(InvalidArgument, "{message}"));
    };
    checked(decoded.into_iter())
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn checked(pairs: impl Iterator<Item = (String, String)>) -> S3Result<Tags> {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        if key.is_empty() || key.chars().count() > LONGEST_KEY {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if tags.insert(key, value).is_some() {
            let message = "Cannot provide multiple Tags with the same key";
            return Err(s3_error!(InvalidTag, "{message}"));
        }
    }
    if tags.len() > MOST_TAGS {
        let message = "Object tags cannot be greater than 10";
        return Err(failure::other(StatusCode::BAD_REQUEST, "BadRequest", message));
    }
    Ok(tags)
}
