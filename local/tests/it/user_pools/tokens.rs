//! Tokens taken apart, and tokens that no pool issued: with a pool's own key, which whoever can read the
//! data directory has, or with none.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Header and claims of a token.
pub(crate) fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    [(); 2].map(|()| serde_json::from_slice(&parts.next().unwrap()).unwrap())
}

/// A token with another header or other claims, and the same signature.
pub(crate) fn tampered(token: &str, change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let [mut header, mut claims] = parts(token);
    change(&mut header, &mut claims);
    format!("{}.{}", unsigned(&header, &claims), token.rsplit_once('.').unwrap().1)
}

/// A token with other claims, signed by the pool's own key for id tokens. `file` is that of the pools.
pub(crate) fn forged(file: &Path, token: &str, change: impl FnOnce(&mut Value)) -> String {
    let [header, mut claims] = parts(token);
    change(&mut claims);
    let pool = claims["iss"].as_str().unwrap().rsplit_once('/').unwrap().1;
    let connection = rusqlite::Connection::open(file).unwrap();
    let key: Vec<u8> = connection
        .query_row(
            "SELECT private_key FROM keys WHERE pool = ?1 AND purpose = 'id'",
            [pool],
            |row| row.get(0),
        )
        .unwrap();
    let pair = KeyPair::from_pkcs8(&key).unwrap();
    let text = unsigned(&header, &claims);
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token but for its signature.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
