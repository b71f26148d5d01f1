//! Method response: the last touch to an answer, headers above all.

use crate::answer::Answer;
use crate::headers::Headers;
use crate::request::Request;

/// What made a header that is about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderSource {
    /// A function's answer (proxy integration).
    Function,
    /// The answer of an HTTP endpoint (proxy integration).
    Endpoint,
    /// A mapping of a non-proxy integration.
    Mapping,
    /// A parameter of a gateway response.
    GatewayResponse,
}

/// Puts headers into an answer under the rules of API Gateway's header table: some pass, some are
/// dropped, some arrive as `x-amzn-Remapped-{name}`.
pub(crate) fn put_headers<'a>(
    answer: &mut Answer,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    source: HeaderSource,
) {
    for (name, value) in headers {
        match treatment(name, source) {
            Treatment::Pass => answer.headers.push(name, value),
            Treatment::Rename => answer.headers.push(format!("x-amzn-Remapped-{name}"), value),
            Treatment::Drop => {}
        }
    }
    if answer.headers.get("content-type").is_none() {
        answer.headers.push("Content-Type", "application/json");
    }
}

/// Adds the identifiers every answer carries. The trace header is absent on answers of mock
/// integrations and on refusals before the method was dispatched.
pub(crate) fn identify(answer: &mut Answer, request: &Request, traced: bool) {
    let mut headers = Headers::new();
    headers.push("x-amzn-RequestId", &request.ids.request_id);
    headers.push("x-amz-apigw-id", &request.ids.extended_request_id);
    if traced {
        headers.push("X-Amzn-Trace-Id", request.ids.trace.with_parent());
    }
    for (name, value) in answer.headers.iter() {
        headers.push(name, value);
    }
    answer.headers = headers;
}

enum Treatment {
    Pass,
    Rename,
    Drop,
}

/// The header table of the guide ("known issues"), whose columns for functions and for HTTP
/// endpoints differ in nothing that happens here; for mapped headers the remaps recorded on AWS,
/// which differ from the table. An endpoint's trace header passes (recorded on AWS). Gateway responses
/// are mapped, but their `WWW-Authenticate` keeps its name: browsers ask for a password then
/// (<https://github.com/svdgraaf/serverless-basic-authentication>).
fn treatment(name: &str, source: HeaderSource) -> Treatment {
    let mapped = matches!(source, HeaderSource::Mapping | HeaderSource::GatewayResponse);
    match name.to_ascii_lowercase().as_str() {
        "www-authenticate" if source == HeaderSource::GatewayResponse => Treatment::Pass,
        "authorization" | "connection" | "content-length" | "content-md5" | "date"
        | "max-forwards" | "server" | "user-agent" | "www-authenticate" | "x-amzn-requestid" => {
            Treatment::Rename
        }
        "expect" | "host" | "proxy-authenticate" | "trailer" | "upgrade" if mapped => {
            Treatment::Rename
        }
        "te" if mapped => Treatment::Pass,
        "x-amzn-trace-id" if source == HeaderSource::Endpoint => Treatment::Pass,
        "expect" | "host" | "proxy-authenticate" | "te" | "trailer" | "transfer-encoding"
        | "upgrade" | "via" | "x-amz-apigw-id" | "x-amzn-trace-id" => Treatment::Drop,
        _ => Treatment::Pass,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(name: &str, source: HeaderSource) -> Vec<String> {
        let mut answer = Answer::new(200, "");
        put_headers(&mut answer, [(name, "v"), ("Content-Type", "a/b")], source);
        let own = |(name, _): (&str, &str)| name.to_owned();
        answer.headers.iter().map(own).filter(|name| name != "Content-Type").collect()
    }

    #[test]
    fn headers_pass_are_renamed_or_dropped() {
        assert_eq!(put("X-Own", HeaderSource::Function), ["X-Own"]);
        assert_eq!(put("Date", HeaderSource::Function), ["x-amzn-Remapped-Date"]);
        assert_eq!(put("authorization", HeaderSource::Function), ["x-amzn-Remapped-authorization"]);
        assert!(put("Via", HeaderSource::Function).is_empty());
        assert!(put("Transfer-Encoding", HeaderSource::Mapping).is_empty());
        assert_eq!(put("TE", HeaderSource::Mapping), ["TE"]);
        assert_eq!(put("Host", HeaderSource::Mapping), ["x-amzn-Remapped-Host"]);
        assert_eq!(put("X-Amzn-Trace-Id", HeaderSource::Endpoint), ["X-Amzn-Trace-Id"]);
        assert_eq!(put("server", HeaderSource::Endpoint), ["x-amzn-Remapped-server"]);
    }

    #[test]
    fn only_gateway_responses_say_how_to_authenticate_by_the_name_that_browsers_know() {
        let [name, renamed] = ["WWW-Authenticate", "x-amzn-Remapped-WWW-Authenticate"];
        assert_eq!(put(name, HeaderSource::GatewayResponse), [name]);
        for source in [HeaderSource::Function, HeaderSource::Endpoint, HeaderSource::Mapping] {
            assert_eq!(put(name, source), [renamed], "{source:?}");
        }
        assert_eq!(put("Date", HeaderSource::GatewayResponse), ["x-amzn-Remapped-Date"]);
    }

    #[test]
    fn json_is_the_default_content_type() {
        let mut answer = Answer::new(200, "");
        put_headers(&mut answer, [], HeaderSource::Function);
        assert_eq!(answer.headers.get("content-type"), Some("application/json"));
    }
}
