//! What servers refuse, what is refused to servers, and what is said about it.

use bytes::Bytes;
use handlers::sftp::{HostKeyError, KnownHosts, PrivateKey, TransferError};
use russh::keys::Algorithm;
use russh::keys::ssh_key::{HashAlg, LineEnding};

use super::openssh::{self, OpenSsh, Setup, key};
use super::{bytes, file, send};

async fn refusal(openssh: &OpenSsh, known_hosts: &str) -> (HostKeyError, String) {
    let mut server = openssh.server();
    server.known_hosts = KnownHosts::parse(known_hosts).unwrap();
    let error = send(&Bytes::from("a"), &server, &file("a")).await.unwrap_err();
    assert!(!error.is_passing(), "{error}");
    assert!(openssh.names().is_empty());
    let text = error.to_string();
    let TransferError::HostKey(error) = error else { panic!("{error}") };
    (error, text)
}

#[tokio::test]
async fn a_server_with_another_key_is_refused_with_the_key_it_offers() {
    let Some(openssh) = openssh::start() else { return };
    let port = openssh.port();
    let fingerprint = openssh.host_keys[0].public_key().fingerprint(HashAlg::Sha256).to_string();
    let other = key(Algorithm::Ed25519).public_key().to_openssh().unwrap();

    let (error, text) = refusal(&openssh, &format!("# pinned\n[127.0.0.1]:{port} {other}")).await;
    assert!(matches!(error, HostKeyError::Changed { .. }), "{error}");
    assert!(text.contains(&fingerprint) && text.contains("line 2"), "{text}");

    let (error, text) = refusal(&openssh, &format!("127.0.0.1 {other}")).await;
    assert!(matches!(error, HostKeyError::Unknown { .. }), "{error}");
    assert!(text.contains(&fingerprint), "{text}");
    // The line that it proposes is the one that is missing.
    assert!(text.contains(openssh.known_hosts(port, 0).trim()), "{text}");

    let known = openssh.known_hosts(port, 0);
    let (error, text) = refusal(&openssh, &format!("{known}\n@revoked {known}")).await;
    assert!(matches!(error, HostKeyError::Revoked { line: 2, .. }), "{error}");
    assert!(text.contains(&fingerprint), "{text}");
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_named_by_its_fingerprint() {
    let Some(openssh) = openssh::start() else { return };
    let mut server = openssh.server();
    let stranger = key(Algorithm::Ed25519);
    server.private_key = PrivateKey::parse(&stranger.to_openssh(LineEnding::LF).unwrap()).unwrap();
    let error = send(&Bytes::from("a"), &server, &file("a")).await.unwrap_err();
    assert!(matches!(error, TransferError::KeyRefused { .. }), "{error}");
    assert!(error.to_string().contains(&server.private_key.fingerprint()), "{error}");
    assert!(!error.is_passing());
}

#[tokio::test]
async fn a_directory_that_may_not_be_written_is_named() {
    let Some(openssh) = openssh::start() else { return };
    openssh.protect();
    let error = send(&Bytes::from("a"), &openssh.server(), &file("a")).await.unwrap_err();
    assert!(matches!(error, TransferError::NotPermitted { .. }), "{error}");
    assert!(error.to_string().contains(&*openssh.files().to_string_lossy()), "{error}");
    assert!(!error.is_passing());
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_named() {
    let Some(openssh) = openssh::start() else { return };
    let mut server = openssh.server();
    server.destination = openssh.url(openssh.port(), "/nowhere/inbox").parse().unwrap();
    let error = send(&Bytes::from("a"), &server, &file("a")).await.unwrap_err();
    assert_eq!(error.to_string(), "the SFTP server has no directory /nowhere/inbox");
    assert!(!error.is_passing());
}

#[tokio::test]
async fn a_directory_of_the_files_name_stays() {
    for sftp in ["", "-P posix-rename"] {
        let Some(openssh) = OpenSsh::start(Setup::sftp(sftp)) else { return };
        std::fs::create_dir(openssh.files().join("final.zip")).unwrap();
        let (source, server) = (Bytes::from("a"), openssh.server());
        let error = send(&source, &server, &file("final.zip")).await.unwrap_err();
        assert!(matches!(error, TransferError::NameTaken { .. }), "{error}");
        assert!(!error.is_passing());
        assert_eq!(openssh.names(), ["final.zip"]);
    }
}

#[tokio::test]
async fn a_limit_on_the_size_of_files_is_guessed_and_leaves_nothing() {
    // As a full disk looks to a client: OpenSSH answers `Failure` to a write, and no more.
    let before = "trap '' XFSZ; ulimit -f 4096";
    let Some(openssh) = OpenSsh::start(Setup { before, ..Setup::sftp("") }) else { return };
    let error = send(&bytes(9_000_000), &openssh.server(), &file("a")).await.unwrap_err();
    assert!(matches!(error, TransferError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("a disk, a quota or a limit"), "{error}");
    assert!(openssh.names().is_empty());
}

#[tokio::test]
async fn a_full_disk_is_named_with_what_is_free() {
    let setup = Setup { small_disk: true, ..Setup::sftp("") };
    let Some(openssh) = OpenSsh::start(setup) else { return };
    let error = send(&bytes(9_000_000), &openssh.server(), &file("a")).await.unwrap_err();
    assert!(matches!(error, TransferError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("disk is full"), "{error}");
}

#[tokio::test]
async fn a_server_without_sftp_is_told_apart() {
    let Some(openssh) = OpenSsh::start(Setup::default()) else { return };
    let error = send(&Bytes::from("a"), &openssh.server(), &file("a")).await.unwrap_err();
    assert!(matches!(error, TransferError::NoSftp { .. }), "{error}");
    assert!(!error.is_passing());
}
