//! What clients are told when a request cannot be served: RFC 9457 problems.

use std::fmt;

use models::validation::{Constrained, DecodeError, Invalid, decode_value, pointer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::decode::in_body;
use super::encode::ProxyResponse;
use super::parameter::Location;

/// The body of every answer the run time itself makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// This very case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Finds the request in the logs.
    #[serde(rename = "requestId", skip_serializing_if = "str::is_empty")]
    pub request_id: String,
    /// Every violation found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
}

impl Problem {
    /// A problem of this status.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: title(status),
            status,
            detail: Some(detail.into()),
            request_id: String::new(),
            errors: Vec::new(),
        }
    }

    /// A request that can be read, but breaks these constraints.
    pub fn invalid(errors: Vec<Violation>) -> Self {
        let detail = match errors.len() {
            1 => "The request breaks 1 constraint.".to_owned(),
            count => format!("The request breaks {count} constraints."),
        };
        Self { errors, ..Self::new(422, detail) }
    }

    /// The problem as the document declares it, naming the request: for the responses of
    /// handlers, whose bodies are of generated types.
    ///
    /// # Errors
    /// If the declared schema does not take it.
    pub fn declared<T>(mut self, context: &Context) -> Result<T, Undeclared>
    where
        T: DeserializeOwned + Constrained,
    {
        self.request_id.clone_from(&context.request_id);
        let value = serde_json::to_value(&self).map_err(|error| Undeclared(error.to_string()))?;
        decode_value(value).map_err(|broken| Undeclared(Invalid(broken).to_string()))
    }

    /// The problem as an answer that names the request.
    pub fn answer(mut self, request_id: &str) -> ProxyResponse {
        request_id.clone_into(&mut self.request_id);
        ProxyResponse::json(self.status, "application/json", &self)
    }
}

/// RFC 9110's words for a status.
pub const fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Problem",
    }
}

/// The document's schema does not take the problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the problem does not fit the schema the document declares for it: {0}")]
pub struct Undeclared(String);

/// One part of a request that breaks a declared constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where the part travels: `path`, `query`, `header`, `cookie` or `body`.
    #[serde(rename = "in")]
    pub location: &'static str,
    /// JSON pointer to the part; a parameter is `/name`.
    pub pointer: String,
    /// What it breaks.
    pub detail: String,
}

impl Violation {
    /// A violation by a parameter.
    pub fn of(location: Location, name: &str, detail: impl Into<String>) -> Self {
        let mut pointer = String::new();
        pointer::push(&mut pointer, name);
        Self { location: location.as_str(), pointer, detail: detail.into() }
    }
}

/// A request that is not passed to its handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400: the body cannot be read at all.
    Malformed(String),
    /// 415: the body is of a media type the operation does not take.
    UnsupportedMediaType(String),
    /// 422: it can be read, but breaks what the document declares.
    Invalid(Vec<Violation>),
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Syntax { line, column, message } => {
                Self::Malformed(format!("The body is not JSON: {message} at {line}:{column}."))
            }
            DecodeError::Broken(broken) => Self::Invalid(broken.into_iter().map(in_body).collect()),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed(detail) => Self::new(400, detail),
            Refusal::UnsupportedMediaType(detail) => Self::new(415, detail),
            Refusal::Invalid(errors) => Self::invalid(errors),
        }
    }
}

/// Why a handler could not answer. Any error becomes one by `?`; the log gets it with its
/// causes, the client a problem with nothing but the request's id.
pub struct Failure {
    status: u16,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl Failure {
    /// A failure for this reason.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { status: 500, cause: cause.into() }
    }

    /// What the stub of an operation fails with; answered 501.
    pub fn not_implemented(operation: &str) -> Self {
        Self { status: 501, cause: format!("operation `{operation}` is still a stub").into() }
    }

    /// The status the client gets: 500, or 501 for a stub.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The reason without its causes, which are for the log only.
    pub fn reason(&self) -> String {
        self.cause.to_string()
    }

    /// The reason and its causes, outermost first.
    pub fn chain(&self) -> String {
        let mut text = self.cause.to_string();
        let mut cause = self.cause.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.chain())
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        match failure.status {
            501 => Self::new(501, "The operation is declared, but not implemented yet."),
            status => Self::new(status, "The log of this requestId says why."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot put the user")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_failure_logs_its_causes_and_tells_the_client_none() {
        let failure = Failure::from(Outer(std::io::Error::other("secret host is down")));
        assert_eq!(failure.chain(), "cannot put the user: secret host is down");
        let answer = Problem::from(&failure).answer("r-1");
        assert_eq!(answer.status, 500);
        let body = answer.body.unwrap();
        assert!(body.contains(r#""requestId":"r-1""#), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }

    #[test]
    fn a_stub_is_answered_501() {
        let failure = Failure::not_implemented("listUsers");
        assert_eq!(Problem::from(&failure).status, 501);
        assert!(failure.chain().contains("listUsers"));
    }

    #[test]
    fn every_violation_is_listed() {
        let violation = |pointer: &str| Violation {
            location: "body",
            pointer: pointer.to_owned(),
            detail: "is required".to_owned(),
        };
        let problem = Problem::from(Refusal::Invalid(vec![violation("/a"), violation("/b")]));
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({
                "type": "about:blank", "title": "Unprocessable Content", "status": 422,
                "detail": "The request breaks 2 constraints.",
                "errors": [
                    {"in": "body", "pointer": "/a", "detail": "is required"},
                    {"in": "body", "pointer": "/b", "detail": "is required"},
                ],
            })
        );
    }
}
