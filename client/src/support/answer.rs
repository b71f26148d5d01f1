//! Answers: from bytes to the declared type.

use bytes::Bytes;
use progenitor_client::ResponseValue;
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use super::Error;

/// An answer whose body is not decoded: `bytes()` reads it whole, `chunk()` piece by piece.
pub type Raw = Response;

/// Why a declared answer could not be read.
#[derive(Debug)]
pub enum Failure {
    /// The connection broke.
    Transport(reqwest::Error),
    /// The body is not what the document declares.
    Undecodable {
        /// Status of the answer.
        status: StatusCode,
        /// Its headers.
        headers: HeaderMap,
        /// Its body.
        body: Bytes,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error)
    }
}

/// An answer in JSON.
///
/// # Errors
/// If the connection breaks or the body does not fit `T`.
pub async fn json<T: DeserializeOwned>(response: Response) -> Result<ResponseValue<T>, Failure> {
    let (status, headers, body) = read(response).await?;
    match serde_json::from_slice(&body) {
        Ok(value) => Ok(ResponseValue::new(value, status, headers)),
        Err(error) => {
            Err(Failure::Undecodable { status, headers, body, reason: error.to_string() })
        }
    }
}

/// An answer in text.
///
/// # Errors
/// If the connection breaks or the body is not UTF-8.
pub async fn text(response: Response) -> Result<ResponseValue<String>, Failure> {
    let (status, headers, body) = read(response).await?;
    match std::str::from_utf8(&body) {
        Ok(text) => Ok(ResponseValue::new(text.to_owned(), status, headers)),
        Err(error) => {
            Err(Failure::Undecodable { status, headers, body, reason: error.to_string() })
        }
    }
}

/// An answer in bytes.
///
/// # Errors
/// If the connection breaks.
pub async fn bytes(response: Response) -> Result<ResponseValue<Bytes>, Failure> {
    let (status, headers, body) = read(response).await?;
    Ok(ResponseValue::new(body, status, headers))
}

/// An answer without a body; should there be one, it is dropped.
pub fn empty(response: Response) -> ResponseValue<()> {
    ResponseValue::new((), response.status(), response.headers().clone())
}

/// An answer left as it is.
pub fn raw(response: Response) -> ResponseValue<Raw> {
    let (status, headers) = (response.status(), response.headers().clone());
    ResponseValue::new(response, status, headers)
}

/// The same answer with another value.
pub fn map<T, U>(answer: ResponseValue<T>, convert: impl FnOnce(T) -> U) -> ResponseValue<U> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    ResponseValue::new(convert(answer.into_inner()), status, headers)
}

/// A declared error.
pub fn problem<E>(answer: ResponseValue<E>) -> Error<E> {
    let (status, headers) = (answer.status(), Box::new(answer.headers().clone()));
    Error::Problem { status, headers, problem: Box::new(answer.into_inner()) }
}

/// An answer the document does not declare.
pub async fn undeclared<E>(response: Response) -> Error<E> {
    match read(response).await {
        Ok((status, headers, body)) => {
            Error::Undeclared { status, headers: Box::new(headers), body }
        }
        Err(failure) => failure.into(),
    }
}

async fn read(response: Response) -> Result<(StatusCode, HeaderMap, Bytes), Failure> {
    let (status, headers) = (response.status(), response.headers().clone());
    Ok((status, headers, response.bytes().await?))
}
