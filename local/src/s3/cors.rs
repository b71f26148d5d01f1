//! Cross-origin requests: which pages a bucket answers (S3 user guide, "Using cross-origin resource
//! sharing").

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::{Method, Request, Response, StatusCode};
use openapi::model::Cors;
use s3s::Body;

/// What a browser asks for.
#[derive(Debug)]
pub(super) struct Asked {
    origin: Option<String>,
    /// Of the request itself, or of the one that a preflight announces.
    method: Option<String>,
    /// In lower case.
    headers: Vec<String>,
}

impl Asked {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let text = |name: HeaderName| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let is_preflight = request.method() == Method::OPTIONS;
        let method = if is_preflight {
            text(ACCESS_CONTROL_REQUEST_METHOD)
        } else {
            Some(request.method().to_string())
        };
        let headers = text(ACCESS_CONTROL_REQUEST_HEADERS).filter(|_| is_preflight);
        let headers = headers.unwrap_or_default();
        let headers = headers.split(',').map(|name| name.trim().to_ascii_lowercase());
        Self {
            origin: text(ORIGIN),
            method,
            headers: headers.filter(|name| !name.is_empty()).collect(),
        }
    }

    /// The pattern of the rule that lets the origin in, if the rule lets in all that is asked for.
    fn admitted<'r>(&self, rule: &'r Cors) -> Option<&'r str> {
        let origin = self.origin.as_deref()?;
        let method = self.method.as_deref()?;
        let allowed = |name: &String| {
            rule.headers.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), name))
        };
        if !rule.methods.iter().any(|allowed| allowed == method)
            || !self.headers.iter().all(allowed)
        {
            return None;
        }
        rule.origins.iter().find(|pattern| matches(pattern, origin)).map(String::as_str)
    }
}

/// Whether a text fits a pattern with at most one `*`.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

/// Answers a preflight.
pub(super) fn preflight(rules: Option<&Cors>, asked: &Asked) -> Response<Body> {
    if asked.origin.is_none() || asked.method.is_none() {
        let message = "Insufficient information. Origin request header needed.";
        return refusal(StatusCode::BAD_REQUEST, "BadRequest", message);
    }
    let Some(rules) = rules else {
        return refusal(
            StatusCode::FORBIDDEN,
            "AccessForbidden",
            "CORSResponse: CORS is not enabled for this bucket.",
        );
    };
    let mut response = Response::new(Body::empty());
    if !allow(Some(rules), asked, response.headers_mut()) {
        return refusal(
            StatusCode::FORBIDDEN,
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed. This is usually because the evaluation \
             of Origin, request method / Access-Control-Request-Method or \
             Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        );
    }
    if !asked.headers.is_empty() {
        insert(response.headers_mut(), ACCESS_CONTROL_ALLOW_HEADERS, &asked.headers.join(", "));
    }
    response
}

/// Adds what lets a page read the answer, if the rules let it; answers whether they do.
pub(super) fn allow(rules: Option<&Cors>, asked: &Asked, headers: &mut HeaderMap) -> bool {
    let Some(rules) = rules else { return false };
    let (Some(pattern), Some(origin)) = (asked.admitted(rules), &asked.origin) else {
        return false;
    };
    if pattern == "*" {
        insert(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else {
        insert(headers, ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        insert(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    insert(headers, ACCESS_CONTROL_ALLOW_METHODS, &rules.methods.join(", "));
    if !rules.expose_headers.is_empty() {
        insert(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &rules.expose_headers.join(", "));
    }
    let vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
    insert(headers, VARY, vary);
    true
}

/// A text that is no header value is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}
