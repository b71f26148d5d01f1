//! What a client says about an object, from the inputs of the operations that create one.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::storage::Headers;

/// The most bytes of user metadata, names and values (S3 user guide, "Working with object metadata").
const MOST_METADATA: usize = 2 << 10;

/// Storage classes whose objects cannot be read at once.
const FROZEN: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// Takes the headers out of an input that has them all.
macro_rules! headers_of {
    ($input:expr) => {
        $crate::s3::operations::describe::described(
            $crate::s3::storage::Headers {
                content_type: $input.content_type.take(),
                cache_control: $input.cache_control.take(),
                content_disposition: $input.content_disposition.take(),
                content_encoding: $input.content_encoding.take(),
                content_language: $input.content_language.take(),
                website_redirect_location: $input.website_redirect_location.take(),
                ..Default::default()
            },
            $input.expires.take(),
            $input.storage_class.take(),
            $input.metadata.take(),
        )
    };
}

pub(super) use headers_of;

/// Completes the headers, and checks them.
pub(super) fn described(
    mut headers: Headers,
    expires: Option<Timestamp>,
    storage_class: Option<StorageClass>,
    metadata: Option<Metadata>,
) -> S3Result<Headers> {
    headers.expires = expires.as_ref().and_then(text);
    headers.metadata = metadata.into_iter().flatten().collect();
    let size: usize = headers.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MOST_METADATA {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(s3_error!(MetadataTooLarge, "{message}"));
    }
    let class = storage_class.map(|class| class.as_str().to_owned());
    if class.as_deref().is_some_and(|class| FROZEN.contains(&class)) {
        let message = "the local S3 does not know storage classes whose objects must be restored";
        return Err(s3_error!(NotImplemented, "{message}"));
    }
    headers.storage_class = class.filter(|class| class != StorageClass::STANDARD);
    // The stream encoding of the upload is not one of the object.
    headers.content_encoding = headers.content_encoding.as_deref().and_then(without_aws_chunked);
    Ok(headers)
}

fn without_aws_chunked(encoding: &str) -> Option<String> {
    let codings = encoding.split(',').map(str::trim);
    let codings: Vec<_> =
        codings.filter(|coding| !coding.is_empty() && *coding != "aws-chunked").collect();
    (!codings.is_empty()).then(|| codings.join(", "))
}

fn text(moment: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    moment.format(TimestampFormat::DateTime, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// `Expires` as it was said.
pub(super) fn expires(headers: &Headers) -> Option<Timestamp> {
    Timestamp::parse(TimestampFormat::DateTime, headers.expires.as_deref()?).ok()
}

/// The class, unless it is the usual one, which S3 does not mention either.
pub(super) fn storage_class(headers: &Headers) -> Option<StorageClass> {
    headers.storage_class.clone().map(StorageClass::from)
}

/// What an object without a media type has.
pub(super) fn content_type(headers: &Headers) -> String {
    let declared = headers.content_type.clone().filter(|declared| !declared.is_empty());
    declared.unwrap_or_else(|| "binary/octet-stream".to_owned())
}

/// The class as lists have it.
pub(super) fn class_name(headers: &Headers) -> String {
    headers.storage_class.clone().unwrap_or_else(|| StorageClass::STANDARD.to_owned())
}
