//! What can go wrong with a call.

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, InvalidHeaderValue};

use super::{Failure, Refused};

/// Why a call has no success to show. `E` is the type of the operation's declared errors.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error<E> {
    /// An error the document declares.
    Problem {
        /// Status of the answer.
        status: StatusCode,
        /// Its headers.
        headers: Box<HeaderMap>,
        /// Its body.
        problem: Box<E>,
    },
    /// A status the document does not declare. What API Gateway itself answers is among them,
    /// for example 403 to an unknown route; see [`Error::gateway_message`].
    Undeclared {
        /// Status of the answer.
        status: StatusCode,
        /// Its headers.
        headers: Box<HeaderMap>,
        /// Its body.
        body: Bytes,
    },
    /// A declared status with a body that is not the declared one, such as a 500 made by API
    /// Gateway instead of the function.
    Undecodable {
        /// Status of the answer.
        status: StatusCode,
        /// Its headers.
        headers: Box<HeaderMap>,
        /// Its body.
        body: Bytes,
        /// What is wrong with it.
        reason: String,
    },
    /// No answer, or not the whole of it.
    Transport(reqwest::Error),
    /// Nothing was sent: an argument is missing or refused.
    InvalidRequest(String),
}

impl<E> Error<E> {
    /// Status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Problem { status, .. }
            | Self::Undeclared { status, .. }
            | Self::Undecodable { status, .. } => Some(*status),
            Self::Transport(error) => error.status(),
            Self::InvalidRequest(_) => None,
        }
    }

    /// The declared error, if it is one.
    pub fn problem(&self) -> Option<&E> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// `message` of an answer API Gateway made itself, for example `Missing Authentication Token`
    /// to an unknown route or `Endpoint request timed out`.
    pub fn gateway_message(&self) -> Option<String> {
        let (Self::Undeclared { body, .. } | Self::Undecodable { body, .. }) = self else {
            return None;
        };
        let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
        let message = answer.get("message").or_else(|| answer.get("Message"))?;
        message.as_str().map(str::to_owned)
    }

    /// Whether the answer did not come in time.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_timeout())
    }
}

impl<E: fmt::Debug> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem { status, problem, .. } => write!(f, "{status}: {problem:?}"),
            Self::Undeclared { status, body, .. } => {
                write!(f, "undeclared answer {status}: {}", excerpt(body))
            }
            Self::Undecodable { status, body, reason, .. } => {
                write!(f, "answer {status} is not as declared ({reason}): {}", excerpt(body))
            }
            Self::Transport(error) => {
                write!(f, "no answer: {error}")?;
                let mut source = error.source();
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
            Self::InvalidRequest(reason) => write!(f, "nothing was sent: {reason}"),
        }
    }
}

impl<E: fmt::Debug> StdError for Error<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // Display already tells the causes of a transport error.
        None
    }
}

/// As much of a body as a log line bears.
fn excerpt(body: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(body);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], body.len()),
        None => text.into_owned(),
    }
}

impl<E> From<Failure> for Error<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Transport(error) => Self::Transport(error),
            Failure::Undecodable { status, headers, body, reason } => {
                Self::Undecodable { status, headers: Box::new(headers), body, reason }
            }
        }
    }
}

impl<E> From<Refused> for Error<E> {
    fn from(Refused(reason): Refused) -> Self {
        Self::InvalidRequest(reason)
    }
}

impl<E> From<reqwest::Error> for Error<E> {
    fn from(error: reqwest::Error) -> Self {
        // A request that cannot be built, for example for its URL, was never sent.
        if error.is_builder() {
            Self::InvalidRequest(error.to_string())
        } else {
            Self::Transport(error)
        }
    }
}

impl<E> From<InvalidHeaderValue> for Error<E> {
    fn from(error: InvalidHeaderValue) -> Self {
        Self::InvalidRequest(format!("a header parameter: {error}"))
    }
}

/// The hooks and the form encoder of progenitor speak its own error type. For one type only, so
/// that generated code need not name it.
impl<E> From<progenitor_client::Error<()>> for Error<E> {
    fn from(error: progenitor_client::Error<()>) -> Self {
        use progenitor_client::Error as Progenitor;
        match error {
            Progenitor::CommunicationError(error)
            | Progenitor::InvalidUpgrade(error)
            | Progenitor::ResponseBodyError(error) => error.into(),
            Progenitor::InvalidRequest(reason) | Progenitor::Custom(reason) => {
                Self::InvalidRequest(reason)
            }
            // Made only by decoders that are not used here.
            Progenitor::ErrorResponse(_)
            | Progenitor::InvalidResponsePayload(..)
            | Progenitor::UnexpectedResponse(_) => {
                Self::InvalidRequest("a hook refused the request".to_owned())
            }
        }
    }
}
