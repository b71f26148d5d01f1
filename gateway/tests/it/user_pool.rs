//! A Cognito user pool for tests: keys made on the spot, tokens of any kind, a key set to fetch.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::http_stub::{HttpStub, answer};

/// The keys of a pool, and of somebody else. Making them takes a moment, so all tests share them.
static KEYS: LazyLock<[KeyPair; 2]> =
    LazyLock::new(|| [(); 2].map(|()| KeyPair::generate(KeySize::Rsa2048).unwrap()));

/// A key by its id, as it is published.
const PUBLISHED: &str = "published";

/// Which key signs.
#[derive(Clone, Copy)]
pub(crate) enum Signer {
    Pool,
    Stranger,
}

/// A pool whose key set is served by a stub.
pub(crate) struct UserPool {
    pub(crate) stub: HttpStub,
    /// What the stub serves.
    pub(crate) keys: Arc<Mutex<Value>>,
    pub(crate) id: &'static str,
}

impl UserPool {
    pub(crate) async fn start(id: &'static str) -> Self {
        let keys = Arc::new(Mutex::new(json!({ "keys": [key(PUBLISHED, Signer::Pool)] })));
        let served = Arc::clone(&keys);
        let path = format!("GET /{id}/.well-known/jwks.json ");
        let stub = HttpStub::start(move |seen| {
            if seen.line.starts_with(&path) {
                let body = served.lock().unwrap().to_string();
                answer(200, "Content-Type: application/json\r\n", &body)
            } else {
                answer(404, "", "")
            }
        })
        .await;
        Self { stub, keys, id }
    }

    /// What an environment variable would say.
    pub(crate) fn endpoint(&self) -> String {
        self.stub.url("")
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/{}", self.id)
    }

    /// The issuer of the pool's tokens at AWS.
    pub(crate) fn issuer(&self) -> String {
        format!("https://cognito-idp.eu-west-1.amazonaws.com/{}", self.id)
    }

    /// What an id token of now claims, with some claims other than usual; null leaves one out.
    pub(crate) fn claims(&self, other: Value) -> Value {
        let now = now();
        let mut claims = json!({
            "sub": "7", "iss": self.issuer(), "aud": "client-1", "token_use": "id",
            "cognito:username": "jo", "cognito:groups": ["admin", "staff"],
            "auth_time": now, "iat": now, "exp": now + 3600,
        });
        merge(&mut claims, other);
        claims
    }

    /// An id token that lets its bearer pass.
    pub(crate) fn id_token(&self, other: Value) -> String {
        token(&json!({ "alg": "RS256", "kid": PUBLISHED }), &self.claims(other), Signer::Pool)
    }

    /// An access token with these scopes.
    pub(crate) fn access_token(&self, scopes: &str) -> String {
        self.id_token(json!({ "token_use": "access", "aud": null, "scope": scopes }))
    }

    /// How often the key set was fetched.
    pub(crate) fn fetches(&self) -> usize {
        self.stub.seen().len()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A key as it is published.
pub(crate) fn key(id: &str, signer: Signer) -> Value {
    let public = KEYS[signer as usize].public_key();
    let modulus = public.modulus().big_endian_without_leading_zero();
    let exponent = public.exponent().big_endian_without_leading_zero();
    json!({
        "kid": id, "kty": "RSA", "alg": "RS256", "use": "sig",
        "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
    })
}

/// A signed token with any header and claims.
pub(crate) fn token(header: &Value, claims: &Value, signer: Signer) -> String {
    let text = unsigned(header, claims);
    let pair = &KEYS[signer as usize];
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token but for its signature.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// The pool's public key in the form a careless verifier would take for a shared secret.
pub(crate) fn public_key_der() -> Vec<u8> {
    KEYS[Signer::Pool as usize].public_key().as_ref().to_vec()
}

fn merge(object: &mut Value, other: Value) {
    let (Value::Object(object), Value::Object(other)) = (object, other) else { panic!("objects") };
    for (name, value) in other {
        if value.is_null() {
            object.shift_remove(&name);
        } else {
            object.insert(name, value);
        }
    }
}
