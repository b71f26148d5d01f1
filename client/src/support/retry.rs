//! When a request is sent again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Method, Request, Response, StatusCode};

/// Retries of idempotent requests that met a transient failure.
///
/// Idempotent are GET, HEAD, OPTIONS, PUT and DELETE (RFC 9110), and whatever carries an
/// `Idempotency-Key`. A DELETE whose answer was lost may answer 404 when sent again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// How often a request is sent again.
    pub times: u32,
    /// Longest wait before the first retry; it doubles with each. The wait itself is drawn at
    /// random below it, so that clients which failed together do not come back together.
    pub base: Duration,
    /// Longest wait at all, also if the answer asks for a longer one by `Retry-After`.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { times: 2, base: Duration::from_millis(100), longest: Duration::from_secs(5) }
    }
}

impl Retry {
    /// Never.
    pub const NEVER: Self = Self { times: 0, base: Duration::ZERO, longest: Duration::ZERO };

    pub(super) fn allows(&self, request: &Request, attempt: u32) -> bool {
        attempt < self.times
            && (matches!(
                *request.method(),
                Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
            ) || request.headers().contains_key("idempotency-key"))
    }

    /// How long to wait before the next attempt.
    pub(super) fn wait(&self, attempt: u32, result: &reqwest::Result<Response>) -> Duration {
        let asked = result.as_ref().ok().and_then(retry_after);
        asked.map_or_else(|| self.pause(attempt), |asked| asked.min(self.longest))
    }

    /// How long to wait where no answer asks for more or less.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        let ceiling = self.base.saturating_mul(2_u32.saturating_pow(attempt)).min(self.longest);
        ceiling.mul_f64(random())
    }
}

/// Whether another attempt may succeed where this one failed.
pub(super) fn is_transient(result: &reqwest::Result<Response>) -> bool {
    match result {
        // A timeout has already cost the caller its patience.
        Err(error) => !error.is_timeout() && (error.is_connect() || error.is_request()),
        Ok(response) => is_passing(response.status()),
    }
}

/// Whether another attempt may get another answer than this one.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// A number from 0 to 1: every [`RandomState`] has keys of its own, drawn from the system.
#[allow(clippy::cast_precision_loss, reason = "jitter needs no precision")]
fn random() -> f64 {
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method) -> Request {
        Request::new(method, "http://localhost/".parse().unwrap())
    }

    #[test]
    fn only_idempotent_requests_are_sent_again() {
        let retry = Retry::default();
        assert!(retry.allows(&request(Method::GET), 0));
        assert!(!retry.allows(&request(Method::GET), 2));
        let mut post = request(Method::POST);
        assert!(!retry.allows(&post, 0));
        post.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        assert!(retry.allows(&post, 0));
    }

    #[test]
    fn waits_are_random_and_bounded() {
        let retry = Retry::default();
        let answer = Ok(Response::from(http_response(503)));
        for attempt in 0..40 {
            assert!(retry.wait(attempt, &answer) <= retry.longest);
        }
        assert!((0.0..=1.0).contains(&random()));
    }

    fn http_response(status: u16) -> http::Response<&'static str> {
        http::Response::builder().status(status).body("").unwrap()
    }
}
