//! What every request must have, and the headers no operation here can honour.

use std::pin::Pin;

use http::HeaderMap;
use s3s::access::{S3Access, S3AccessContext};
use s3s::{S3Result, s3_error};

use crate::environment::ACCOUNT_ID;

/// Buckets are private: who signed may do everything, nobody else anything.
pub(in crate::s3) struct Access;

impl S3Access for Access {
    fn check<'s, 'r, 'c, 'f>(
        &'s self,
        context: &'r mut S3AccessContext<'c>,
    ) -> Pin<Box<dyn Future<Output = S3Result<()>> + Send + 'f>>
    where
        's: 'f,
        'r: 'f,
        'c: 'f,
        Self: 'f,
    {
        let checked = if context.credentials().is_some() {
            check_headers(context.headers())
        } else {
            Err(s3_error!(AccessDenied, "Access Denied"))
        };
        Box::pin(std::future::ready(checked))
    }
}

/// Refuses what would otherwise be ignored.
fn check_headers(headers: &HeaderMap) -> S3Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
        if text(name).is_some_and(|owner| owner != ACCOUNT_ID) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
    }
    // New buckets have ACLs disabled (S3 user guide, "Controlling ownership of objects").
    let acl =
        text("x-amz-acl").filter(|acl| *acl != "bucket-owner-full-control" && *acl != "private");
    for name in headers.keys().map(http::HeaderName::as_str) {
        if name.starts_with("x-amz-grant-") || (name == "x-amz-acl" && acl.is_some()) {
            let message = "The bucket does not allow ACLs";
            return Err(s3_error!(AccessControlListNotSupported, "{message}"));
        }
        let unknown_here = name.contains("server-side-encryption-customer")
            || name.starts_with("x-amz-object-lock-")
            || name == "x-amz-write-offset-bytes"
            || name == "x-amz-mfa";
        if unknown_here {
            return Err(s3_error!(NotImplemented, "the local S3 does not know the header {name}"));
        }
    }
    Ok(())
}
