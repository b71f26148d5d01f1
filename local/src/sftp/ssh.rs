//! SSH: one user, one key, and nothing but SFTP.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
    run_stream,
};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::USER;
use super::folder::Folder;
use super::keys::Keys;
use super::requests::{LONGEST_PACKET, Requests};

/// Serves until stopped; connections end then.
pub(super) async fn serve(
    socket: std::net::TcpListener,
    keys: Keys,
    folder: Folder,
    mut stopped: watch::Receiver<bool>,
) {
    let listener = match TcpListener::from_std(socket) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the embedded SFTP server cannot listen"),
    };
    let caller = Caller { key: keys.user().clone(), folder, channels: HashMap::new() };
    let config = Arc::new(configuration(keys));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // An error means that the sender is gone, which is a stop as well.
            _ = stopped.wait_for(|stop| *stop) => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(Arc::clone(&config), stream, caller.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the embedded SFTP server cannot accept a connection");
                    // Out of file descriptors, most likely: some may come free.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

fn configuration(keys: Keys) -> Config {
    Config {
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        // Guessing is of no use against a key.
        auth_rejection_time: Duration::ZERO,
        keys: vec![keys.host],
        nodelay: true,
        ..Config::default()
    }
}

async fn connection(config: Arc<Config>, stream: TcpStream, caller: Caller) {
    let served = match run_stream(config, stream, caller).await {
        Ok(session) => session.await,
        Err(error) => Err(error),
    };
    if let Err(error) = served {
        tracing::debug!(%error, "an SFTP connection ended");
    }
}

/// Whoever is at the other end of a connection.
struct Caller {
    key: PublicKey,
    folder: Folder,
    /// Open channels that have not asked for anything yet.
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Clone for Caller {
    /// The next caller, who has no channels.
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), folder: self.folder.clone(), channels: HashMap::new() }
    }
}

impl Caller {
    fn judge(&self, user: &str, key: &PublicKey) -> Auth {
        if user == USER && key.key_data() == self.key.key_data() {
            Auth::Accept
        } else {
            Auth::reject()
        }
    }
}

impl Handler for Caller {
    type Error = russh::Error;

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(self.judge(user, offer.public_key))
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(self.judge(user, key.public_key))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.exit_status_request(channel, 0)?;
        session.close(channel)
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(channel) = self.channels.remove(&id).filter(|_| name == "sftp") else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let config = russh_sftp::server::Config { max_client_packet_len: LONGEST_PACKET };
        let requests = Requests::of(self.folder.clone());
        russh_sftp::server::run_with_config(channel.into_stream(), requests, config).await;
        Ok(())
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}
