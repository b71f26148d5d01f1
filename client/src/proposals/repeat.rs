//! Calls that may be made again although they are POSTs: what is submitted has its identifier
//! already, so whatever arrives twice is one proposal all the same.

use models::Problem;

use crate::Client;
use crate::support::{Error, is_passing};

/// Calls until there is an answer that another call would not better, as often as the client's
/// [`Retry`](crate::Retry) says.
pub(super) async fn repeated<T, F>(
    client: &Client,
    call: impl Fn() -> F,
) -> Result<T, Error<Problem>>
where
    F: Future<Output = Result<T, Error<Problem>>>,
{
    let retry = client.inner.retry;
    let mut attempt = 0;
    loop {
        match call().await {
            Err(error) if attempt < retry.times && is_transient(&error) => {
                drop(error);
                tokio::time::sleep(retry.pause(attempt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn is_transient(error: &Error<Problem>) -> bool {
    match error {
        // A timeout has already cost the caller its patience.
        Error::Transport(error) => !error.is_timeout(),
        error => error.status().is_some_and(is_passing),
    }
}
