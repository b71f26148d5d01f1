//! From an address to SFTP: TCP, SSH with a pinned host key, login by key, the subsystem.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{self, AuthResult, DisconnectReason};
use russh::keys::ssh_key::{Algorithm, HashAlg};
use russh::keys::{EcdsaCurve, PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, Disconnect, Preferred};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::{HostKeyError, TransferError};
use super::known_hosts::{KnownHosts, Verdict, recorded_name};
use super::options::{Options, proposal};
use super::session::Session;
use super::{Destination, Server};

/// Kinds of host keys that can be checked, most liked first.
const HOST_KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
];

/// A session for files on the server. It ends when dropped.
pub(super) struct Connection {
    pub(super) session: Session,
    // Channels live as long as their connection's handle.
    ssh: client::Handle<Peer>,
}

/// The server at the other end, as russh tells of it.
struct Peer {
    server: Destination,
    known_hosts: KnownHosts,
    /// Why the connection ended, for whoever finds it ended.
    end: Arc<Mutex<Option<String>>>,
}

impl Connection {
    pub(super) async fn open(server: &Server, options: &Options) -> Result<Self, TransferError> {
        let opening = async {
            let end = Arc::default();
            let mut ssh = connect(server, options, &end).await?;
            log_in(&mut ssh, server).await?;
            let channel = sftp_channel(&ssh, server.destination.user()).await?;
            let session = Session::open(channel, options, end).await?;
            Ok(Self { session, ssh })
        };
        let after = options.connect_timeout;
        timeout(after, opening)
            .await
            .unwrap_or(Err(TransferError::Silent { during: "logging in", after }))
    }

    /// Says goodbye, if anybody listens.
    pub(super) async fn close(self) {
        let goodbye = self.ssh.disconnect(Disconnect::ByApplication, "", "");
        let _ = timeout(Duration::from_secs(1), goodbye).await;
    }
}

async fn connect(
    server: &Server,
    options: &Options,
    end: &Arc<Mutex<Option<String>>>,
) -> Result<client::Handle<Peer>, TransferError> {
    let (host, port) = (server.destination.host(), server.destination.port());
    let recorded = server.known_hosts.algorithms(host, port);
    if !recorded.is_empty() && recorded.iter().all(|key| matches!(key, Algorithm::Rsa { .. })) {
        return Err(HostKeyError::OnlyRsa { name: recorded_name(host, port) }.into());
    }
    let stream = TcpStream::connect((host, port)).await.map_err(|source| {
        TransferError::Unreachable { server: format!("{host}:{port}"), source }
    })?;
    let peer = Peer {
        server: server.destination.clone(),
        known_hosts: server.known_hosts.clone(),
        end: Arc::clone(end),
    };
    // Small answers must not wait for more to come (Nagle); it matters for the last of many writes.
    let _ = stream.set_nodelay(true);
    client::connect_stream(Arc::new(configuration(&recorded, options)), stream, peer).await
}

fn configuration(recorded: &[Algorithm], options: &Options) -> client::Config {
    let known = HOST_KEYS.iter().filter(|key| recorded.contains(key));
    let unknown = HOST_KEYS.iter().filter(|key| !recorded.contains(key));
    client::Config {
        preferred: Preferred {
            key: Cow::Owned(known.chain(unknown).cloned().collect()),
            cipher: Cow::Borrowed(proposal(options.cipher)),
            ..Preferred::DEFAULT
        },
        // Three questions without an answer end the connection; so does a socket that takes no more.
        keepalive_interval: Some(options.silence_timeout / 4),
        keepalive_max: 3,
        inactivity_timeout: Some(options.silence_timeout),
        ..client::Config::default()
    }
}

async fn log_in(ssh: &mut client::Handle<Peer>, server: &Server) -> Result<(), TransferError> {
    let user = server.destination.user();
    // Only RSA keys need a hash to be chosen.
    let key = PrivateKeyWithHashAlg::new(server.private_key.key(), None);
    match ssh.authenticate_publickey(user, key).await? {
        AuthResult::Success => Ok(()),
        AuthResult::Failure { .. } => Err(TransferError::KeyRefused {
            user: user.to_owned(),
            fingerprint: server.private_key.fingerprint(),
        }),
    }
}

async fn sftp_channel(
    ssh: &client::Handle<Peer>,
    user: &str,
) -> Result<Channel<client::Msg>, TransferError> {
    let refused = || TransferError::NoSftp { user: user.to_owned() };
    let mut channel = ssh.channel_open_session().await.map_err(|error| match error {
        russh::Error::ChannelOpenFailure(_) => refused(),
        other => other.into(),
    })?;
    channel.request_subsystem(true, "sftp").await?;
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => return Ok(channel),
            Some(ChannelMsg::Failure | ChannelMsg::Close | ChannelMsg::Eof) => {
                return Err(refused());
            }
            // Window adjustments come at any time.
            Some(_) => {}
            None => return Err(russh::Error::Disconnect.into()),
        }
    }
}

impl client::Handler for Peer {
    type Error = TransferError;

    async fn check_server_key(
        &mut self,
        offered: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        match offered {
            PublicKeyOrCertificate::PublicKey { key, .. } => {
                judge(&self.known_hosts, &self.server, key)?;
                Ok(true)
            }
            // None was asked for.
            PublicKeyOrCertificate::Certificate(_) => Ok(false),
        }
    }

    async fn disconnected(
        &mut self,
        reason: DisconnectReason<Self::Error>,
    ) -> Result<(), Self::Error> {
        let reason = match reason {
            DisconnectReason::ReceivedDisconnect(told) => {
                format!("the server said goodbye ({:?})", told.reason_code)
            }
            DisconnectReason::Error(TransferError::Lost { reason, .. }) => reason,
            DisconnectReason::Error(error) => error.to_string(),
        };
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        Ok(())
    }
}

fn judge(
    known_hosts: &KnownHosts,
    server: &Destination,
    key: &PublicKey,
) -> Result<(), HostKeyError> {
    let name = recorded_name(server.host(), server.port());
    let kind = key.algorithm().to_string();
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    match known_hosts.judge(server.host(), server.port(), key) {
        Verdict::Known => Ok(()),
        Verdict::UnknownHost => {
            let public = key.to_openssh().unwrap_or_default().trim().to_owned();
            Err(HostKeyError::Unknown { name, kind, fingerprint, public })
        }
        Verdict::OtherKeys(lines) => {
            let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
            Err(HostKeyError::Changed { name, kind, fingerprint, lines: lines.join(", ") })
        }
        Verdict::Revoked(line) => Err(HostKeyError::Revoked { name, kind, fingerprint, line }),
    }
}

impl From<russh::Error> for TransferError {
    fn from(error: russh::Error) -> Self {
        const DURING: &str = "logging in";
        match error {
            russh::Error::NoCommonAlgo { kind, theirs, .. } => Self::NoCommonAlgorithm {
                kind: match kind {
                    russh::AlgorithmKind::Kex => "key exchange".to_owned(),
                    russh::AlgorithmKind::Key => "kind of host key".to_owned(),
                    other => format!("{other:?}").to_lowercase(),
                },
                offered: theirs.join(", "),
            },
            russh::Error::KeepaliveTimeout => {
                Self::Lost { during: DURING, reason: "it answers no more".to_owned() }
            }
            russh::Error::InactivityTimeout => {
                Self::Lost { during: DURING, reason: "nothing goes through any more".to_owned() }
            }
            other => Self::Lost { during: DURING, reason: other.to_string() },
        }
    }
}

/// The longest that a request may take once it is on its way: object stores behind a server finish a
/// large file when it is closed, and rename it by copying.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);
