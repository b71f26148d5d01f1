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

/// The client's headers in the client's letter case (but for the two names AWS capitalises),
/// without what API Gateway drops, with what it adds.
pub(crate) fn headers(request: &Request) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in request.headers.iter() {
        match name.to_ascii_lowercase().as_str() {
            "authorization" => headers.push("Authorization", value),
            "user-agent" => headers.push("User-Agent", value),
            "x-amzn-trace-id" | "x-forwarded-port" | "x-forwarded-proto" | "x-forwarded-for" => {}
            lower if DROPPED.contains(&lower) => {}
            _ => headers.push(name, value),
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
    for (name, value) in headers(request).iter() {
        let known = map.0.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        map.push(known.unwrap_or_else(|| name.to_owned()), value.to_owned());
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
