//! Faults of the storage in S3's words (S3 API reference, "Error responses").

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode, s3_error};

use crate::s3::storage::Fault;

impl From<Fault> for S3Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NoSuchKey { marker } => {
                let error = s3_error!(NoSuchKey, "The specified key does not exist.");
                match marker {
                    Some(id) => with_marker(error, Some(&id)),
                    None => error,
                }
            }
            Fault::NoSuchVersion => {
                s3_error!(NoSuchVersion, "The specified version does not exist.")
            }
            Fault::IsMarker => with_marker(
                s3_error!(
                    MethodNotAllowed,
                    "The specified method is not allowed against this resource."
                ),
                None,
            ),
            Fault::ConditionFailed => s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            ),
            Fault::NoSuchUpload => s3_error!(
                NoSuchUpload,
                "The specified multipart upload does not exist. The upload ID may be invalid, or the \
                 upload may have been aborted or completed."
            ),
            Fault::InvalidPart(number) => s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found (part {number}). The part may \
                 not have been uploaded, or the specified entity tag may not match the part's entity \
                 tag."
            ),
            Fault::TooSmall { number, size } => s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size (part {number} has \
                 {size} bytes)"
            ),
            Fault::OutOfRange => out_of_range(None),
            broken => {
                let reason = crate::s3::reason(&broken);
                tracing::error!(reason, "the embedded S3 failed");
                s3_error!(InternalError, "We encountered an internal error: {reason}")
            }
        }
    }
}

/// The range lies outside of an object of this size in bytes.
pub(super) fn out_of_range(size: Option<u64>) -> S3Error {
    let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
    if let Some(size) = size {
        set_headers(&mut error, [("content-range", format!("bytes */{size}"))]);
    }
    error
}

/// An error whose code s3s does not know.
pub(super) fn other(status: StatusCode, code: &'static str, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

/// Says that a delete marker is the reason.
fn with_marker(mut error: S3Error, id: Option<&str>) -> S3Error {
    let marker = [("x-amz-delete-marker", "true".to_owned())];
    let id = id.map(|id| ("x-amz-version-id", id.to_owned()));
    set_headers(&mut error, marker.into_iter().chain(id));
    error
}

/// Headers of an error replace those of its body, so the media type is among them.
pub(super) fn set_headers(
    error: &mut S3Error,
    headers: impl IntoIterator<Item = (&'static str, String)>,
) {
    let mut map = HeaderMap::new();
    map.insert("content-type", HeaderValue::from_static("application/xml"));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            map.insert(HeaderName::from_static(name), value);
        }
    }
    error.set_headers(map);
}
