//! What a request says about its signature, read from `Authorization` or from the query.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::query::MultiMap;
use crate::refusal::Refusal;
use crate::request::Request;

/// A signature and what it is said to cover. Nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// For example `AWS4-HMAC-SHA256`.
    pub(super) algorithm: String,
    /// `{access key}/{date}/{region}/{service}/aws4_request`
    pub(super) credential: String,
    /// Lower case, sorted.
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    /// When it was signed, as written.
    pub(super) date: String,
    /// `X-Amz-Expires`, as written: seconds a signature in the query is good for.
    pub(super) expires: Option<String>,
    /// `X-Amz-Security-Token`
    pub(crate) session_token: Option<String>,
    /// Where it stands.
    pub(super) place: Place,
}

/// Where a signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    /// The signature itself is not among the parameters it covers.
    Query,
}

/// What a signature in the query needs, in the order in which AWS misses it.
const PARAMETERS: [&str; 5] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];

impl Claim {
    /// The claim of a request; `None` if it does not say that it is signed.
    ///
    /// # Errors
    /// 403 if it does, but not completely.
    pub(crate) fn read(request: &Request, query: &MultiMap) -> Result<Option<Self>, Refusal> {
        let header = request.headers.get("authorization").map(str::trim);
        let is_in_query = query.0.contains_key("X-Amz-Algorithm");
        match header {
            Some(_) if is_in_query => Err(Refusal::invalid_signature(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            )),
            Some(header) => Self::from_header(header, request).map(Some),
            None if is_in_query => Self::from_query(query).map(Some),
            None => Ok(None),
        }
    }

    fn from_header(header: &str, request: &Request) -> Result<Self, Refusal> {
        let (algorithm, parameters) = header.split_once(' ').unwrap_or(("", header));
        let pieces = || parameters.split(',').map(str::trim);
        // The captures do not tell which piece is hashed; it is the one without an equals sign.
        if let Some(piece) = pieces().find(|piece| !piece.contains('=')) {
            return Err(Refusal::incomplete_signature(format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
                 SHA-256 and encoded with Base64): '{}'.",
                hashed(piece)
            )));
        }
        let value = |name: &str| {
            let mut pairs = pieces().filter_map(|piece| piece.split_once('='));
            pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
        };
        let (credential, signature) = (value("Credential"), value("Signature"));
        let signed_headers = value("SignedHeaders");
        let date = request.headers.get("x-amz-date").or_else(|| request.headers.get("date"));
        match (credential, signature, signed_headers, date) {
            (Some(credential), Some(signature), Some(headers), Some(date)) => Ok(Self {
                algorithm: algorithm.to_owned(),
                credential,
                signed_headers: sorted(&headers),
                signature,
                date: date.trim().to_owned(),
                expires: None,
                session_token: request.headers.get("x-amz-security-token").map(str::to_owned),
                place: Place::Header,
            }),
            (credential, signature, headers, date) => {
                let found =
                    [credential.is_some(), signature.is_some(), headers.is_some(), date.is_some()];
                Err(Refusal::incomplete_signature(missing(found, header)))
            }
        }
    }

    fn from_query(query: &MultiMap) -> Result<Self, Refusal> {
        let value =
            |name: &str| query.get_all(name).last().filter(|value| !value.is_empty()).cloned();
        let absent: String = PARAMETERS
            .iter()
            .filter(|name| value(name).is_none())
            .map(|name| format!("AWS query-string parameters must include '{name}'. "))
            .collect();
        if !absent.is_empty() {
            return Err(Refusal::incomplete_signature(format!(
                "{absent}Re-examine the query-string parameters."
            )));
        }
        let text = |name| value(name).unwrap_or_default();
        Ok(Self {
            algorithm: text("X-Amz-Algorithm"),
            credential: text("X-Amz-Credential"),
            signed_headers: sorted(&text("X-Amz-SignedHeaders")),
            signature: text("X-Amz-Signature"),
            date: text("X-Amz-Date"),
            expires: value("X-Amz-Expires"),
            session_token: value("X-Amz-Security-Token"),
            place: Place::Query,
        })
    }
}

fn sorted(headers: &str) -> Vec<String> {
    let mut names: Vec<String> = headers
        .split(';')
        .filter(|name| !name.is_empty())
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    names
}

fn hashed(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

/// What `Authorization` lacks of credential, signature, signed headers and date (captured).
fn missing(found: [bool; 4], header: &str) -> String {
    const COMPLAINTS: [&str; 4] = [
        "Authorization header requires 'Credential' parameter. ",
        "Authorization header requires 'Signature' parameter. ",
        "Authorization header requires 'SignedHeaders' parameter. ",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
    ];
    let complaints = COMPLAINTS.iter().zip(found).filter(|(_, found)| !found);
    let complaints: String = complaints.map(|(complaint, _)| *complaint).collect();
    format!(
        "{complaints}(Hashed with SHA-256 and encoded with Base64) Authorization={}",
        hashed(header)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str, headers: &[(&str, &str)]) -> Result<Option<Claim>, String> {
        let headers = headers.iter().copied().collect();
        let request = Request::new("GET", target, headers, "");
        let query = MultiMap::parse_query(request.query.as_deref());
        Claim::read(&request, &query).map_err(|refusal| refusal.message.unwrap_or_default())
    }

    const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=a/b,  SignedHeaders=x-b;Host,Signature=c=";

    #[test]
    fn a_bearer_token_is_an_invalid_pair() {
        let message = read("/dev/a", &[("Authorization", "Bearer abc")]).unwrap_err();
        assert!(
            message.starts_with("Invalid key=value pair (missing equal-sign) in Authorization")
        );
        assert!(message.ends_with("'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='."), "{message}");
        assert!(!message.contains("abc"));
    }

    #[test]
    fn what_the_header_lacks_is_named() {
        let message = read("/dev/a", &[("Authorization", "Digest a=b")]).unwrap_err();
        assert!(message.starts_with(
            "Authorization header requires 'Credential' parameter. \
             Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter. \
             Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
             (Hashed with SHA-256 and encoded with Base64) Authorization="
        ));
        let message = read("/dev/a", &[("Authorization", SIGNED)]).unwrap_err();
        assert!(message.starts_with("Authorization header requires existence of either"));
    }

    #[test]
    fn a_header_is_read() {
        let headers = [("Authorization", SIGNED), ("X-Amz-Date", "20150830T123600Z")];
        let claim = read("/dev/a", &headers).unwrap().unwrap();
        assert_eq!(
            (claim.algorithm.as_str(), claim.credential.as_str()),
            ("AWS4-HMAC-SHA256", "a/b")
        );
        assert_eq!(claim.signed_headers, ["host", "x-b"]);
        assert_eq!((claim.signature.as_str(), claim.place), ("c=", Place::Header));
    }

    #[test]
    fn a_query_is_read_or_complained_about() {
        let message = read("/dev/a?X-Amz-Algorithm=x&X-Amz-Date=", &[]).unwrap_err();
        assert_eq!(
            message,
            "AWS query-string parameters must include 'X-Amz-Credential'. \
             AWS query-string parameters must include 'X-Amz-Signature'. \
             AWS query-string parameters must include 'X-Amz-SignedHeaders'. \
             AWS query-string parameters must include 'X-Amz-Date'. \
             Re-examine the query-string parameters."
        );
        let query = "/dev/a?X-Amz-Algorithm=x&X-Amz-Credential=a%2Fb&X-Amz-SignedHeaders=host&X-Amz-Signature=c&X-Amz-Date=d&X-Amz-Expires=60";
        let claim = read(query, &[]).unwrap().unwrap();
        assert_eq!((claim.credential.as_str(), claim.expires.as_deref()), ("a/b", Some("60")));
        assert!(read(query, &[("authorization", "a")]).unwrap_err().starts_with("Found both"));
        assert_eq!(read("/dev/a?X-Amz-Signature=c", &[]), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(header in "(AWS4-HMAC-SHA256 )?([A-Za-z]{0,10}=?[a-z/;]{0,6}[, ]{0,2}){0,5}|\\PC*") {
            let _ = read("/dev/a", &[("Authorization", &header), ("X-Amz-Date", &header)]);
        }

        #[test]
        fn no_query_panics(value in "[a-zA-Z0-9/;%=&-]{0,20}") {
            let _ = read(&format!("/dev/a?X-Amz-Algorithm={value}&X-Amz-Credential={value}"), &[]);
        }
    }
}
