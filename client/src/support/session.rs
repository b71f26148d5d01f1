//! What every request of a client has in common.

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue,
};
use reqwest::{Client, Request, Response, StatusCode};

use super::retry::{Retry, is_transient};
use super::tokens::Tokens;
use super::wire::Wire;

/// Credentials and policy of a client.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// What `Authorization` holds.
    pub(crate) tokens: Option<Tokens>,
    /// Value of `x-apigw-api-id`. Not a default header of the HTTP client, which also speaks to S3.
    pub(crate) api_id: Option<HeaderValue>,
    /// When to send again.
    pub(crate) retry: Retry,
}

impl Session {
    /// Makes of a built request the one the document describes.
    ///
    /// # Errors
    /// If an argument cannot be sent where it belongs.
    pub fn prepare(&self, wire: &Wire, request: &mut Request) -> Result<(), String> {
        drop_empty_body(wire, request);
        set_content_type(wire, request);
        wire.rename_headers(request.headers_mut())?;
        set_cookies(wire, request.headers_mut())?;
        wire.rewrite_query(request.url_mut());
        wire.open_rest(request.url_mut());
        let headers = request.headers_mut();
        if !headers.contains_key(ACCEPT) {
            headers.insert(ACCEPT, HeaderValue::from_static(wire.accept));
        }
        if let Some(id) = &self.api_id {
            headers.insert("x-apigw-api-id", id.clone());
        }
        Ok(())
    }

    /// Sends a request with the client's token, again if the policy allows.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn execute(&self, client: &Client, request: Request) -> reqwest::Result<Response> {
        let mut request = request;
        // A header of the caller's own is left alone.
        let has_own = request.headers().contains_key(AUTHORIZATION);
        let tokens = self.tokens.as_ref().filter(|_| !has_own);
        let mut attempt = 0;
        loop {
            let copy =
                if self.retry.allows(&request, attempt) { request.try_clone() } else { None };
            let result = match tokens {
                Some(tokens) => send_with(tokens, client, request).await,
                None => client.execute(request).await,
            };
            match copy {
                Some(copy) if is_transient(&result) => {
                    let wait = self.retry.wait(attempt, &result);
                    drop(result);
                    tokio::time::sleep(wait).await;
                    request = copy;
                    attempt += 1;
                }
                _ => return result,
            }
        }
    }
}

/// Sends a request with a token; with another, once, if API Gateway refuses the first.
async fn send_with(
    tokens: &Tokens,
    client: &Client,
    mut request: Request,
) -> reqwest::Result<Response> {
    let Some(token) = tokens.current().await else { return client.execute(request).await };
    let copy = request.try_clone();
    request.headers_mut().insert(AUTHORIZATION, token.clone());
    let mut response = client.execute(request).await?;
    if is_refusal(&response)
        && let (Some(mut copy), Some(token)) = (copy, tokens.after_refusal(&token).await)
    {
        copy.headers_mut().insert(AUTHORIZATION, token);
        response = client.execute(copy).await?;
    }
    if !is_refusal(&response) {
        tokens.accepted();
    }
    Ok(response)
}

/// Whether API Gateway refused the token, so that no integration has seen the request. A 401 of a
/// function, such as the one to a wrong password, has not this header.
fn is_refusal(response: &Response) -> bool {
    response.status() == StatusCode::UNAUTHORIZED
        && response.headers().contains_key("x-amzn-errortype")
}

/// An optional body that is not given: `None` in JSON, or no bytes.
fn drop_empty_body(wire: &Wire, request: &mut Request) {
    let bytes = request.body().and_then(reqwest::Body::as_bytes);
    if wire.optional_body && bytes.is_some_and(|bytes| bytes.is_empty() || bytes == b"null") {
        *request.body_mut() = None;
        request.headers_mut().remove(CONTENT_TYPE);
        request.headers_mut().remove(CONTENT_LENGTH);
    }
}

/// The declared media type in the place of the one progenitor knows.
fn set_content_type(wire: &Wire, request: &mut Request) {
    if let (Some(media_type), true) = (wire.content_type, request.body().is_some()) {
        let headers = request.headers_mut();
        let is_own = headers.get(CONTENT_TYPE).is_none_or(|value| {
            [
                "application/json",
                "application/octet-stream",
                "application/x-www-form-urlencoded",
                "text/plain",
            ]
            .iter()
            .any(|own| value == own)
        });
        // Otherwise the caller chose one by a header parameter.
        if is_own {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
    }
}

fn set_cookies(wire: &Wire, headers: &mut HeaderMap) -> Result<(), String> {
    let mut cookies = Vec::new();
    for (sent, name) in wire.cookies {
        let Some(value) = headers.remove(*sent) else { continue };
        let text = value.to_str().ok().filter(|text| !text.contains([';', ',', '"', '\\', ' ']));
        let text = text.ok_or_else(|| format!("{name}: the value cannot be sent in a cookie"))?;
        cookies.push(format!("{name}={text}"));
    }
    if !cookies.is_empty() {
        let value = HeaderValue::try_from(cookies.join("; ")).map_err(|error| error.to_string())?;
        headers.append(COOKIE, value);
    }
    Ok(())
}
