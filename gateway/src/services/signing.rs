//! Signature Version 4 on requests to AWS services.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

use crate::headers::Headers;

/// What a signature covers.
#[derive(Debug)]
pub(crate) struct Signable<'a> {
    pub(crate) method: &'a str,
    /// Absolute; path and query encoded as they are sent.
    pub(crate) url: &'a str,
    /// Every header that is sent, but `Host`.
    pub(crate) headers: &'a Headers,
    pub(crate) body: &'a [u8],
    pub(crate) signing_name: &'a str,
    pub(crate) region: &'a str,
}

/// A request that has no canonical form, for example for a header outside ASCII.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct NotSigned(String);

impl NotSigned {
    fn new(error: &dyn std::error::Error) -> Self {
        Self(error.source().map_or_else(|| error.to_string(), ToString::to_string))
    }
}

/// Headers that a signature sets, in lower case. No request has them before.
pub(crate) const SET_BY_SIGNATURES: &[&str] =
    &["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

/// The headers that make a request a signed one: those of [`SET_BY_SIGNATURES`] that it needs.
pub(crate) fn headers(
    request: &Signable<'_>,
    credentials: Credentials,
    time: SystemTime,
) -> Result<Vec<(String, String)>, NotSigned> {
    let mut settings = SigningSettings::default();
    if request.signing_name == "s3" {
        // S3 takes keys as they are: encoded once, no segment removed (guide "Signature
        // Version 4", canonical URI).
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(request.region)
        .name(request.signing_name)
        .time(time)
        .settings(settings)
        .build()
        .map_err(|error| NotSigned::new(&error))?
        .into();
    let body = SignableBody::Bytes(request.body);
    let signable = SignableRequest::new(request.method, request.url, request.headers.iter(), body);
    let output = signable.and_then(|signable| sign(signable, &parameters));
    let (instructions, _) = output.map_err(|error| NotSigned::new(&error))?.into_parts();
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(instructions.headers().map(own).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn signed(signing_name: &str, url: &str, token: Option<&str>) -> Headers {
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            token.map(str::to_owned),
            None,
            "test",
        );
        let request = Signable {
            method: "GET",
            url,
            headers: &Headers::new(),
            body: b"",
            signing_name,
            region: "us-east-1",
        };
        // 2015-08-30T12:36:00Z
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        headers(&request, credentials, time).unwrap().into_iter().collect()
    }

    /// AWS's test suite for Signature Version 4, case `get-vanilla`.
    #[test]
    fn signatures_are_those_of_the_test_suite() {
        let headers = signed("service", "https://example.amazonaws.com/", None);
        assert_eq!(headers.get("x-amz-date"), Some("20150830T123600Z"));
        assert_eq!(
            headers.get("authorization"),
            Some(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, \
                 Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            )
        );
    }

    #[test]
    fn only_s3_gets_the_hash_of_the_body_and_only_temporary_credentials_send_a_token() {
        let plain = signed("sqs", "https://sqs.us-east-1.amazonaws.com/", None);
        assert_eq!(plain.get("x-amz-content-sha256"), None);
        assert_eq!(plain.get("x-amz-security-token"), None);
        let s3 = signed("s3", "https://s3.us-east-1.amazonaws.com/b/a//b", Some("token"));
        assert_eq!(
            s3.get("x-amz-content-sha256"),
            Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
        assert_eq!(s3.get("x-amz-security-token"), Some("token"));
    }

    #[test]
    fn a_header_outside_ascii_cannot_be_signed() {
        let headers_outside = [("x-a", "\u{1F600}\n")].into_iter().collect();
        let request = Signable {
            method: "GET",
            url: "http://localhost/",
            headers: &headers_outside,
            body: b"",
            signing_name: "sqs",
            region: "us-east-1",
        };
        let credentials = Credentials::new("a", "b", None, None, "test");
        assert!(headers(&request, credentials, SystemTime::now()).is_err());
    }
}
