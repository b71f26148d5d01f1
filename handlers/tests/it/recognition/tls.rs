//! The key goes to nobody but who proves, by a certificate, to be the server it is meant for.

use std::process::Command;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::clarifai::{Asked, found};
use super::stub::{Reply, Stub};
use super::{names, unavailable};

/// Certificates with their keys, each signed by itself and valid until 2120. Nothing else uses the keys.
/// For 127.0.0.1.
const LOOPBACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testdata/loopback.pem");
/// For `api.clarifai.com`.
const CLARIFAI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testdata/clarifai.pem");

const APART: &str = "LYCHGATE_APART";

/// Whether this is a process of its own that trusts this certificate alone, as `SSL_CERT_FILE` says to
/// functions, too. If not, runs the test there.
fn is_apart(test: &str, trusted: &str) -> bool {
    if std::env::var_os(APART).is_some() {
        return true;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("recognition::tls::{test}")])
        .env(APART, "")
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && told.contains("1 passed"), "{child:?}");
    false
}

/// A server with this certificate that finds a train.
async fn server(certificate: &str) -> Stub {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(certificate).unwrap()],
            PrivateKeyDer::from_pem_file(certificate).unwrap(),
        )
        .unwrap();
    Stub::start_tls(config, |_, _| Reply::new(200, found(&[("train", 0.99)]))).await
}

#[tokio::test]
async fn who_proves_to_be_the_server_gets_the_key() {
    if !is_apart("who_proves_to_be_the_server_gets_the_key", LOOPBACK) {
        return;
    }
    let stub = server(LOOPBACK).await;
    assert!(stub.url.starts_with("https://127.0.0.1:"));
    assert_eq!(names(&Asked::of(&stub).tags().await.unwrap()), ["train"]);
    assert_eq!(stub.seen()[0].headers["authorization"], "Key the-secret");
}

#[tokio::test]
async fn who_does_not_is_asked_once_and_gets_nothing() {
    if !is_apart("who_does_not_is_asked_once_and_gets_nothing", CLARIFAI) {
        return;
    }
    for (certificate, why) in
        [(LOOPBACK, "UnknownIssuer"), (CLARIFAI, "certificate not valid for name \"127.0.0.1\"")]
    {
        let stub = server(certificate).await;
        let error = unavailable(Asked::of(&stub).tags().await);
        assert!(error.contains("does not prove to be it") && error.contains(why), "{error}");
        assert_eq!((stub.connections(), stub.seen().len()), (1, 0), "{why}");
    }
}
