//! What API Gateway says to an `Authorization` header on a route that does not exist.
//!
//! It takes such a request for a signed call of its own, so a header that is not an AWS signature
//! is what it complains about, not the route.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::refusal::Refusal;
use crate::request::Request;

/// Refuses an `Authorization` header that is not a signature.
pub(crate) fn check(request: &Request) -> Result<(), Refusal> {
    let Some(header) = request.headers.get("authorization").map(str::trim) else { return Ok(()) };
    let (scheme, parameters) = header.split_once(' ').unwrap_or(("", header));
    // The captures do not tell which piece is hashed; it is the one without an equals sign.
    let offending = parameters.split(',').map(str::trim).find(|piece| !piece.contains('='));
    let message = match offending {
        Some(piece) => format!(
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
             SHA-256 and encoded with Base64): '{}'.",
            STANDARD.encode(Sha256::digest(piece))
        ),
        None if scheme.starts_with("AWS4-") => return Ok(()),
        None => missing_parameters(parameters, header),
    };
    Err(Refusal::incomplete_signature(message))
}

fn missing_parameters(parameters: &str, header: &str) -> String {
    let names: Vec<&str> =
        parameters.split(',').filter_map(|piece| piece.split('=').next()).map(str::trim).collect();
    let missing = ["Credential", "Signature", "SignedHeaders"]
        .into_iter()
        .filter(|name| !names.contains(name))
        .map(|name| format!("Authorization header requires '{name}' parameter. "));
    format!(
        "{}(Hashed with SHA-256 and encoded with Base64) Authorization={}",
        missing.collect::<String>(),
        STANDARD.encode(Sha256::digest(header))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(header: &str) -> Option<String> {
        let headers = [("authorization", header)].into_iter().collect();
        check(&Request::new("GET", "/dev/a", headers, "")).err()?.message
    }

    #[test]
    fn a_bearer_token_is_an_invalid_pair() {
        let message = complaint("Bearer abc").unwrap();
        assert!(
            message.starts_with("Invalid key=value pair (missing equal-sign) in Authorization")
        );
        assert!(message.ends_with("'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='."), "{message}");
        assert!(!message.contains("abc"));
    }

    #[test]
    fn parameters_that_are_missing_are_named() {
        let message = complaint("Digest a=b").unwrap();
        assert!(message.starts_with("Authorization header requires 'Credential' parameter. "));
    }

    #[test]
    fn a_signature_passes() {
        let signed = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c";
        assert_eq!(complaint(signed), None);
    }
}
