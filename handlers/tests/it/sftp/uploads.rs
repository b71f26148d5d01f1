//! What arrives.

use std::sync::Mutex;

use bytes::Bytes;
use handlers::sftp::{KnownHosts, Options, PrivateKey, RemoteFile, Sent};
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, EcdsaCurve};

use super::openssh::{self, OpenSsh, Setup};
use super::{bytes, file, send};

/// What AWS Transfer Family offers: version 3, and no extension.
const PLAIN: &str = "-P posix-rename,fsync,limits,statvfs,hardlink,setstat,fsetstat,lsetstat";

#[tokio::test]
async fn files_of_every_size_arrive_byte_for_byte_and_leave_nothing_beside_them() {
    let Some(openssh) = openssh::start() else { return };
    for size in [0, 1, 32 << 10, 261_119, 261_120, 261_121, 9_000_001] {
        let source = bytes(size);
        let told = Mutex::new(Vec::new());
        let tell = |done| told.lock().unwrap().push(done);
        let (server, file, options) = (openssh.server(), file("final.zip"), Options::default());
        let sent = handlers::sftp::send(&source, &server, &file, &options, &tell).await.unwrap();
        assert_eq!(sent, Sent { size: size as u64, resumed_at: 0 });
        assert!(openssh.file("final.zip") == source, "{size}");
        assert_eq!(openssh.names(), ["final.zip"]);
        let told = told.into_inner().unwrap();
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.last().copied().unwrap_or(0), size as u64);
    }
}

#[tokio::test]
async fn a_file_that_has_the_name_is_replaced() {
    for sftp in ["", PLAIN] {
        let Some(openssh) = OpenSsh::start(Setup::sftp(sftp)) else { return };
        openssh.place("final.zip", b"an older and longer file");
        send(&Bytes::from("new"), &openssh.server(), &file("final.zip")).await.unwrap();
        assert_eq!(openssh.file("final.zip"), b"new");
        assert_eq!(openssh.names(), ["final.zip"]);
    }
}

#[tokio::test]
async fn a_server_without_extensions_gets_the_same_bytes() {
    let Some(openssh) = OpenSsh::start(Setup::sftp(PLAIN)) else { return };
    let source = bytes(3_000_001);
    send(&source, &openssh.server(), &file("final.zip")).await.unwrap();
    assert!(openssh.file("final.zip") == source);
    assert_eq!(openssh.names(), ["final.zip"]);
}

#[tokio::test]
async fn transfers_of_one_name_do_not_mix() {
    let Some(openssh) = openssh::start() else { return };
    let sources = [bytes(4_000_000), Bytes::from(vec![7; 4_000_000])];
    let files = ["t-1", "t-2"].map(|id| RemoteFile::new("final.zip", id).unwrap());
    let server = openssh.server();
    let (one, other) =
        tokio::join!(send(&sources[0], &server, &files[0]), send(&sources[1], &server, &files[1]));
    one.unwrap();
    other.unwrap();
    assert_eq!(openssh.names(), ["final.zip"]);
    let arrived = openssh.file("final.zip");
    assert!(sources.iter().any(|source| arrived == *source), "a mixture of both");
}

#[tokio::test]
async fn names_and_directories_may_have_any_letters() {
    let Some(openssh) = openssh::start() else { return };
    let directory = openssh.files().join("für Ämter");
    std::fs::create_dir(&directory).unwrap();
    std::os::unix::fs::chown(&directory, Some(65534), None).ok();
    let mut server = openssh.server();
    let path = format!("{}/f%C3%BCr%20%C3%84mter", openssh.files().display());
    server.destination = openssh.url(openssh.port(), &path).parse().unwrap();
    send(&Bytes::from("a"), &server, &file("Übersicht (1) %20.zip")).await.unwrap();
    assert_eq!(std::fs::read(directory.join("Übersicht (1) %20.zip")).unwrap(), b"a");
}

#[tokio::test]
async fn a_server_known_by_its_ecdsa_key_is_asked_for_that_one() {
    let Some(openssh) = openssh::start() else { return };
    let mut server = openssh.server();
    server.known_hosts = KnownHosts::parse(&openssh.known_hosts(openssh.port(), 1)).unwrap();
    send(&Bytes::from("a"), &server, &file("final.zip")).await.unwrap();
}

#[tokio::test]
async fn ecdsa_keys_log_in() {
    let Some(openssh) = openssh::start() else { return };
    let mut server = openssh.server();
    for curve in [EcdsaCurve::NistP256, EcdsaCurve::NistP384, EcdsaCurve::NistP521] {
        let key = openssh::key(Algorithm::Ecdsa { curve });
        openssh.authorize(&key);
        let text = key.to_openssh(LineEnding::LF).unwrap();
        server.private_key = PrivateKey::parse(&text).unwrap();
        send(&Bytes::from("a"), &server, &file("final.zip")).await.unwrap();
    }
}
