//! What a signature is computed over: the request in its canonical form.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::claim::{Claim, Place};
use crate::location;
use crate::request::Request;

/// Everything but letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same for a whole path, whose slashes stay.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// The canonical request (IAM guide, "Create a signed AWS API request").
///
/// The payload is always the body: that `x-amz-content-sha256` may say `UNSIGNED-PAYLOAD` is a rule of
/// S3 alone, and others answer that the signature does not match.
pub(super) fn request(request: &Request, claim: &Claim) -> String {
    let mut text = format!(
        "{}\n{}\n{}\n",
        request.method,
        path(&request.path),
        query(request.query.as_deref().unwrap_or_default(), claim.place)
    );
    for name in &claim.signed_headers {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}:{}", header(request, name));
    }
    let _ = write!(
        text,
        "\n{}\n{}",
        claim.signed_headers.join(";"),
        hex(&Sha256::digest(&request.body))
    );
    text
}

/// The string to sign of a canonical request, signed at this time (`20150830T123600Z`) for this scope
/// (`20150830/us-east-1/execute-api/aws4_request`).
pub(super) fn string_to_sign(canonical: &str, time: &str, scope: &str) -> String {
    format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)))
}

/// Dot segments resolved, slashes merged, and every byte encoded once more: `%20` becomes `%2520`, as
/// everywhere but in S3.
fn path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let normal = match segments.is_empty() {
        true => "/".to_owned(),
        false if path.ends_with(['/']) || path.ends_with("/.") || path.ends_with("/..") => {
            format!("/{}/", segments.join("/"))
        }
        false => format!("/{}", segments.join("/")),
    };
    utf8_percent_encode(&normal, RESERVED_IN_PATH).to_string()
}

/// Names and values encoded alike whoever wrote them, and sorted.
fn query(query: &str, place: Place) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .filter(|(name, _)| place == Place::Header || name != "X-Amz-Signature")
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
    percent_encoding::percent_encode(&bytes, RESERVED).to_string()
}

/// Every value of a header, trimmed, runs of blanks made one.
fn header(request: &Request, name: &str) -> String {
    if name.eq_ignore_ascii_case(location::HEADER)
        && let Some(stated) = &request.stated_location
    {
        return trimmed(&stated.value);
    }
    let values: Vec<String> = request.headers.get_all(name).map(trimmed).collect();
    values.join(",")
}

fn trimmed(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normal_and_encoded_twice() {
        for (sent, canonical) in [
            ("/", "/"),
            ("", "/"),
            ("/dev/a", "/dev/a"),
            ("/dev/a/", "/dev/a/"),
            ("//dev//a", "/dev/a"),
            ("/dev/./a/../b", "/dev/b"),
            ("/dev/a/..", "/dev/"),
            ("/dev/../..", "/"),
            ("/dev/a%20b", "/dev/a%2520b"),
            ("/dev/a:b~c", "/dev/a%3Ab~c"),
            ("/dev/ሴ", "/dev/%E1%88%B4"),
        ] {
            assert_eq!(path(sent), canonical, "{sent}");
        }
    }

    #[test]
    fn queries_are_sorted_by_what_is_sent() {
        for (sent, canonical) in [
            ("", ""),
            ("b=2&a=1&a=0&A=3", "A=3&a=0&a=1&b=2"),
            ("a", "a="),
            ("a=x%2fy&b=%7e", "a=x%2Fy&b=~"),
            ("a=1+2%2B3", "a=1%202%2B3"),
            (
                "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
                "%E1%88%B4=Value1&Param=Value2&Param-3=Value3",
            ),
            ("a=b=c", "a=b%3Dc"),
        ] {
            assert_eq!(query(sent, Place::Header), canonical, "{sent}");
        }
        assert_eq!(query("a=1&X-Amz-Signature=2", Place::Query), "a=1");
        assert_eq!(query("X-Amz-Signature=2", Place::Header), "X-Amz-Signature=2");
    }

    #[test]
    fn header_values_are_trimmed_and_joined() {
        let headers = [("My-A", "  \"a   b\"  c "), ("my-a", "d")].into_iter().collect();
        let request = Request::new("GET", "/", headers, "");
        assert_eq!(header(&request, "my-a"), "\"a b\" c,d");
        assert_eq!(header(&request, "none"), "");
    }

    proptest::proptest! {
        #[test]
        fn no_request_panics(target in "[/.%a-f0-9+&=é]{0,30}|\\PC*") {
            path(&target);
            query(&target, Place::Query);
        }
    }
}
