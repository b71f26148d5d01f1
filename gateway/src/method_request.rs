//! Method request: the client's headers as everything behind the method sees them.

use crate::headers::Headers;
use crate::query::MultiMap;
use crate::request::Request;

/// Dropped: neither functions nor templates, mappings and HTTP endpoints see them (recorded on
/// AWS).
const DROPPED: &[&str] = &[
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// Replaced by API Gateway's own.
const REPLACED: &[&str] =
    &["x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];

/// Names whose letter case changes.
const CAPITALISED: &[&str] = &["Authorization", "User-Agent"];

/// The client's headers in the client's letter case (but for the two names AWS capitalises),
/// without what API Gateway drops, with what it adds.
pub(crate) fn headers(request: &Request) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in request.headers.iter() {
        let is_meant = |other: &&str| other.eq_ignore_ascii_case(name);
        if !DROPPED.iter().chain(REPLACED).any(is_meant) {
            headers.push(*CAPITALISED.iter().find(|other| is_meant(other)).unwrap_or(&name), value);
        }
    }
    let source_ip = request.source_ip.to_canonical().to_string();
    let hops = request.headers.get_all("x-forwarded-for").chain([source_ip.as_str()]);
    headers.push("X-Amzn-Trace-Id", request.ids.trace.passed_on());
    headers.push("X-Forwarded-For", hops.collect::<Vec<_>>().join(", "));
    // API Gateway is reached by HTTPS and no other way; backends that redirect plain HTTP see none.
    headers.push("X-Forwarded-Port", "443");
    headers.push("X-Forwarded-Proto", "https");
    headers
}

/// The same by name, as events of functions show them: repeated fields are one entry whatever their
/// letter case.
pub(crate) fn multi_value_headers(request: &Request) -> MultiMap {
    let mut map = MultiMap::default();
    for (name, value) in headers(request) {
        match map.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, values)) => values.push(value),
            None => map.push(name, value),
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_headers_are_dropped_and_four_are_the_gateways() {
        let sent = [
            ("authorization", "a"),
            ("CONNECTION", "close"),
            ("Content-MD5", "m"),
            ("x-forwarded-for", "1.2.3.4"),
            ("X-Forwarded-Proto", "gopher"),
            ("x-Own", "o"),
        ];
        let request = Request::new("GET", "/dev/a", sent.into_iter().collect(), "");
        let headers = headers(&request);
        let expected = [
            ("Authorization", "a"),
            ("x-Own", "o"),
            ("X-Amzn-Trace-Id", request.ids.trace.passed_on()),
            ("X-Forwarded-For", "1.2.3.4, 127.0.0.1"),
            ("X-Forwarded-Port", "443"),
            ("X-Forwarded-Proto", "https"),
        ];
        assert_eq!(headers.iter().collect::<Vec<_>>(), expected);
    }
}
