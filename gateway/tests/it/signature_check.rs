//! Checks a Signature Version 4 as a service does: from what arrived, and the secret key.
//!
//! Written after the guide ("Signature Version 4 signing process"), apart from the crate that signs.

use sha2::{Digest as _, Sha256};

use crate::http_stub::Seen;

pub(crate) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Panics unless `seen` is signed by [`ACCESS_KEY_ID`] for this service and region, and says which
/// headers the signature covers.
pub(crate) fn assert_signed(seen: &Seen, region: &str, service: &str) -> Vec<String> {
    let header = |name: &str| {
        let found = seen.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("no {name}: {seen:?}")).1.as_str()
    };
    let authorization = header("authorization").strip_prefix("AWS4-HMAC-SHA256 ").unwrap();
    let part = |name: &str| {
        let mut parts = authorization.split(", ");
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).unwrap()
    };
    let time = header("x-amz-date");
    let scope = format!("{}/{region}/{service}/aws4_request", &time[..8]);
    assert_eq!(part("Credential"), format!("{ACCESS_KEY_ID}/{scope}"));

    let names: Vec<_> = part("SignedHeaders").split(';').collect();
    let fields: String = names.iter().map(|name| format!("{name}:{}\n", header(name))).collect();
    let (method, target) = seen.line.strip_suffix(" HTTP/1.1").unwrap().split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut pairs: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_unstable();
    let body_hash = hex(&Sha256::digest(&seen.body));
    if service == "s3" {
        assert_eq!(header("x-amz-content-sha256"), body_hash);
    }
    // S3 takes the path as it came, every other service escapes it once more.
    let path = if service == "s3" { path.to_owned() } else { path.replace('%', "%25") };
    let canonical = format!(
        "{method}\n{path}\n{}\n{fields}\n{}\n{body_hash}",
        pairs.join("&"),
        names.join(";")
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = format!("AWS4{SECRET_ACCESS_KEY}").into_bytes();
    for piece in [&time[..8], region, service, "aws4_request", text.as_str()] {
        key = hmac(&key, piece.as_bytes());
    }
    assert_eq!(part("Signature"), hex(&key), "{canonical}");
    names.into_iter().map(str::to_owned).collect()
}

/// HMAC-SHA256 (RFC 2104) for keys up to one block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let block = |pad: u8| (0..64).map(move |at| key.get(at).unwrap_or(&0) ^ pad);
    let inner = Sha256::digest(block(0x36).chain(text.iter().copied()).collect::<Vec<_>>());
    Sha256::digest(block(0x5c).chain(inner).collect::<Vec<_>>()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
