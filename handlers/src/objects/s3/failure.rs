//! What S3 and its SDK report, as errors of the port.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::objects::{ObjectAddress, ObjectError};

/// An answer that lacks what every answer has: something stood between S3 and the function.
pub(super) fn incomplete(action: &'static str, address: &ObjectAddress, why: &str) -> ObjectError {
    ObjectError::Unavailable { action, address: address.clone(), source: why.into() }
}

/// What the SDK reports, as an error of the port.
pub(super) fn failure<E>(
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
pub(super) fn by_code(
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
}
