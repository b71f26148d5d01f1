//! The keys that pools sign with: two for each, one for id tokens and one for access tokens, as at AWS.
//! They are made when first needed and kept in the store.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::fault;
use super::store::Store;
use crate::aws_json::Fault;

/// The keys of all pools.
pub(super) struct Keys {
    store: Arc<Store>,
    pools: Mutex<HashMap<String, Arc<PoolKeys>>>,
}

/// The keys of one pool.
pub(super) struct PoolKeys {
    pub(super) id: SigningKey,
    pub(super) access: SigningKey,
}

/// A private key.
pub(super) struct SigningKey {
    /// `kid`: what its public half is known by.
    pub(super) key_id: String,
    pair: KeyPair,
}

impl Keys {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, pools: Mutex::default() }
    }

    /// The keys of a pool. Making them takes a processor for a moment.
    pub(super) async fn of(&self, pool: &str) -> Result<Arc<PoolKeys>, Fault> {
        // Whoever comes while keys are made waits for them here.
        let mut pools = self.pools.lock().await;
        if let Some(keys) = pools.get(pool) {
            return Ok(Arc::clone(keys));
        }
        let (store, id) = (Arc::clone(&self.store), pool.to_owned());
        let keys = tokio::task::spawn_blocking(move || {
            let key = |purpose| SigningKey::of(&store, &id, purpose);
            Ok::<_, Fault>(Arc::new(PoolKeys { id: key("id")?, access: key("access")? }))
        });
        let keys = keys.await.map_err(|error| fault::internal(&error))??;
        pools.insert(pool.to_owned(), Arc::clone(&keys));
        Ok(keys)
    }
}

impl PoolKeys {
    /// What the pool publishes (RFC 7517).
    pub(super) fn published(&self) -> Value {
        json!({ "keys": [self.id.published(), self.access.published()] })
    }
}

impl SigningKey {
    /// The key that is kept, or a new one that is kept from now on.
    fn of(store: &Store, pool: &str, purpose: &str) -> Result<Self, Fault> {
        let pair = match store.private_key(pool, purpose)? {
            Some(kept) => KeyPair::from_pkcs8(&kept).map_err(|error| fault::internal(&error))?,
            None => {
                let failed = |error| fault::internal(&error);
                let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                store.put_private_key(pool, purpose, der.as_ref())?;
                pair
            }
        };
        let key_id = STANDARD.encode(digest(&SHA256, pair.public_key().as_ref()));
        Ok(Self { key_id, pair })
    }

    /// A token that says this, signed.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, Fault> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "kid": self.key_id, "alg": "RS256" });
        let text = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|error| fault::internal(&error))?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Modulus and exponent, in base64url.
    pub(super) fn components(&self) -> (String, String) {
        let public = self.pair.public_key();
        let encode = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        (
            encode(public.modulus().big_endian_without_leading_zero()),
            encode(public.exponent().big_endian_without_leading_zero()),
        )
    }

    fn published(&self) -> Value {
        let (n, e) = self.components();
        json!({ "alg": "RS256", "e": e, "kid": self.key_id, "kty": "RSA", "n": n, "use": "sig" })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}
