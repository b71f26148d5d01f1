//! The keys of a user pool, fetched when a token needs them and kept.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::backend::{Backend, BackendRequest};
use crate::headers::Headers;

/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Keys that a pool no longer publishes are forgotten after so long.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// Tokens with unknown keys make the gateway fetch no more often than this: anybody can send them.
const REFETCH_INTERVAL: Duration = Duration::from_secs(5);
/// A pool that was not there is not asked again before.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The public keys of one pool by their id.
pub(super) struct KeySet {
    url: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, DecodingKey>,
    /// When `keys` were published.
    fetched: Option<Instant>,
    /// No fetch before this, unless there are no keys yet.
    pause_until: Option<Instant>,
    /// Why the last fetch failed.
    problem: Option<String>,
}

/// There are no keys.
#[derive(Debug, thiserror::Error)]
#[error("the keys of the user pool cannot be fetched from {url}: {problem}")]
pub(super) struct NoKeys {
    url: String,
    problem: String,
}

/// An entry of a JSON Web Key Set (RFC 7517).
#[derive(Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    alg: Option<String>,
    r#use: Option<String>,
    n: String,
    e: String,
}

impl KeySet {
    /// The keys that are published there. Nothing is fetched yet.
    pub(super) fn new(url: String) -> Self {
        Self { url, state: Mutex::default() }
    }

    /// A key; `None` if the pool publishes no such key. An unknown one makes the set be fetched
    /// again, since pools change their keys.
    ///
    /// # Errors
    /// If the set was never fetched and cannot be.
    pub(super) async fn get(
        &self,
        id: &str,
        backend: &Backend,
    ) -> Result<Option<DecodingKey>, NoKeys> {
        // Whoever comes while keys are fetched waits for them here.
        let mut state = self.state.lock().await;
        let now = Instant::now();
        let is_stale = state.fetched.is_none_or(|fetched| now - fetched > LIFETIME);
        let may_fetch = state.pause_until.is_none_or(|until| now >= until);
        if may_fetch && (is_stale || !state.keys.contains_key(id)) {
            // The first set does not count: its successor may be due at once.
            let is_first = state.fetched.is_none();
            match fetch(&self.url, backend).await {
                Ok(keys) => {
                    let fetched = Instant::now();
                    let pause_until = (!is_first).then(|| fetched + REFETCH_INTERVAL);
                    *state = State { keys, fetched: Some(fetched), pause_until, problem: None };
                }
                Err(problem) => {
                    let url = &self.url;
                    tracing::warn!(
                        "the keys of the user pool cannot be fetched from {url}: {problem}"
                    );
                    state.pause_until = Some(Instant::now() + RETRY_INTERVAL);
                    state.problem = Some(problem);
                }
            }
        }
        match (&state.fetched, &state.problem) {
            (None, Some(problem)) => {
                Err(NoKeys { url: self.url.clone(), problem: problem.clone() })
            }
            _ => Ok(state.keys.get(id).cloned()),
        }
    }
}

/// The keys of a set that sign with RS256. Others are passed over, as RFC 7517 asks for.
async fn fetch(url: &str, backend: &Backend) -> Result<HashMap<String, DecodingKey>, String> {
    let request = BackendRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Headers::from_iter([("Accept", "application/json")]),
        body: Bytes::new(),
        insecure_tls: false,
        timeout: TIMEOUT,
    };
    let response = backend.send(request).await.map_err(|error| error.to_string())?;
    if response.status != 200 {
        return Err(format!("the answer has status {}", response.status));
    }
    let set: Value = serde_json::from_slice(&response.body)
        .map_err(|error| format!("the answer is not JSON: {error}"))?;
    let entries = set.get("keys").and_then(Value::as_array);
    let entries = entries.ok_or("the answer has no member `keys`")?;
    Ok(entries.iter().filter_map(key).collect())
}

fn key(entry: &Value) -> Option<(String, DecodingKey)> {
    let jwk = Jwk::deserialize(entry).ok()?;
    let is_for_rs256 = jwk.kty == "RSA"
        && jwk.alg.is_none_or(|alg| alg == "RS256")
        && jwk.r#use.is_none_or(|purpose| purpose == "sig");
    let key = DecodingKey::from_rsa_components(&jwk.n, &jwk.e).ok()?;
    is_for_rs256.then_some((jwk.kid, key))
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("url", &self.url).finish_non_exhaustive()
    }
}
