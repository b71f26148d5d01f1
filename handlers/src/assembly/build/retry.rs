//! Trying again what may pass.

use std::time::Duration;

use crate::objects::ObjectError;
use crate::store::BoxFuture;

/// How often something is tried in all. The store's client has its own tries within each.
pub(super) const TRIES: u32 = 4;

/// Calls until it succeeds, fails for good, or has been tried often enough.
pub(super) async fn patiently<'a, T>(
    call: impl Fn() -> BoxFuture<'a, Result<T, ObjectError>>,
) -> Result<T, ObjectError> {
    let mut tried = 1;
    loop {
        match call().await {
            Err(ObjectError::Unavailable { .. }) if tried < TRIES => pause(tried).await,
            result => return result,
        }
        tried += 1;
    }
}

/// Waits before the next try: 0.1, 0.4, 1.6 seconds.
pub(super) async fn pause(tried: u32) {
    tokio::time::sleep(Duration::from_millis(100) * 4_u32.saturating_pow(tried - 1)).await;
}
