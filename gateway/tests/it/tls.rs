//! HTTPS endpoints: whose certificate is trusted.

use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::command_line::Running;
use crate::harness::{Reply, Server, document, echo};
use crate::http_stub::{answer, converse};

/// Signed by itself, for `localhost` and 127.0.0.1, valid until 2120. Nothing else uses its key.
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testdata/localhost.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testdata/localhost.key.pem");

/// An HTTPS endpoint that always answers `over TLS`; its port.
async fn endpoint() -> u16 {
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_file(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who does not trust the certificate ends the handshake.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let log = Arc::new(Mutex::new(Vec::new()));
                converse(stream, 0, log, Arc::new(|_| answer(200, "", "over TLS"))).await;
            });
        }
    });
    port
}

fn api(uri: &str, tls: Value) -> String {
    let operation = json!({
        "responses": { "200": { "description": "" } },
        "x-amazon-apigateway-integration": {
            "type": "http_proxy", "httpMethod": "GET", "uri": uri, "tlsConfig": tls }
    });
    document(json!({ "/a": { "get": operation } }))
}

async fn get(uri: &str, tls: Value) -> Reply {
    let server = Server::start(&api(uri, tls), echo()).await;
    server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await
}

#[tokio::test]
async fn a_certificate_nobody_trusts_counts_as_wrong_configuration() {
    let uri = format!("https://localhost:{}/", endpoint().await);
    let reply = get(&uri, json!({})).await;
    let ise = r#"{"message": "Internal server error"}"#;
    assert_eq!((reply.status, reply.text().as_str()), (500, ise));
}

#[tokio::test]
async fn insecure_skip_verification_takes_any_certificate() {
    let uri = format!("https://127.0.0.1:{}/", endpoint().await);
    let reply = get(&uri, json!({ "insecureSkipVerification": true })).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "over TLS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machines_roots_are_trusted() {
    let uri = format!("https://localhost:{}/", endpoint().await);
    let roots = [("SSL_CERT_FILE", CERTIFICATE)];
    let gateway = Running::start_in(&roots, &api(&uri, json!({})), &[]);
    let reply = gateway.get("/dev/a");
    assert!(reply.starts_with("HTTP/1.1 200") && reply.ends_with("over TLS"), "{reply}");
}

#[tokio::test]
async fn an_endpoint_without_tls_is_a_network_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&answer(400, "", "plain HTTP, please")).await.unwrap();
        // It stays open until the other side has had enough.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let reply = get(&uri, json!({ "insecureSkipVerification": true })).await;
    assert_eq!(reply.text(), r#"{"message": "Network error communicating with endpoint"}"#);
}
