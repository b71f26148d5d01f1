//! The way to the server: the port that sends a file, and SFTP.

use std::fmt::Debug;
use std::time::Duration;

use crate::parameters::{Cached, ParameterError, Parameters};
use crate::sftp::{
    Destination, KnownHosts, KnownHostsError, Options, PrivateKey, PrivateKeyError, RemoteFile,
    Sent, Server, Source, TransferError, send,
};
use crate::store::BoxFuture;

/// How long keys are kept before they are asked for again.
const KEYS_KEPT: Duration = Duration::from_secs(300);

/// What sends files.
pub trait Transport: Debug + Send + Sync {
    /// Sends the source under the file's name, or goes on where an earlier try stopped. `progress`
    /// is told the bytes that have arrived.
    fn send<'a>(
        &'a self,
        source: &'a dyn Source,
        file: &'a RemoteFile,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> BoxFuture<'a, Result<Sent, SendError>>;
}

/// The file has not been sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A key cannot be read.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The private key is none.
    #[error("the private key of the SFTP user cannot be used")]
    PrivateKey(#[from] PrivateKeyError),
    /// The host keys are none.
    #[error("the host keys of the SFTP server cannot be used")]
    KnownHosts(#[from] KnownHostsError),
    /// The server, or the way to it.
    #[error(transparent)]
    Transfer(#[from] TransferError),
}

impl SendError {
    /// Whether the same may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transfer(error) => error.is_passing(),
            Self::Parameter(ParameterError::Call { .. }) => true,
            // Somebody has to set them; until then there are the queue's other tries.
            Self::Parameter(ParameterError::NotFound(_))
            | Self::PrivateKey(_)
            | Self::KnownHosts(_) => false,
        }
    }
}

/// SFTP, with keys from parameters.
#[derive(Debug)]
pub struct Sftp<P> {
    parameters: Cached<P>,
    destination: Destination,
    private_key: String,
    known_hosts: String,
}

impl<P: Parameters> Sftp<P> {
    /// The server at the destination; `private_key` and `known_hosts` are names of parameters.
    pub fn new(
        parameters: P,
        destination: Destination,
        private_key: String,
        known_hosts: String,
    ) -> Self {
        let parameters = Cached::new(parameters, KEYS_KEPT);
        Self { parameters, destination, private_key, known_hosts }
    }

    async fn server(&self) -> Result<Server, SendError> {
        let private_key = self.parameters.get(&self.private_key).await?;
        let known_hosts = self.parameters.get(&self.known_hosts).await?;
        Ok(Server {
            destination: self.destination.clone(),
            private_key: PrivateKey::parse(private_key.expose())?,
            known_hosts: KnownHosts::parse(known_hosts.expose())?,
        })
    }
}

impl<P: Parameters> Transport for Sftp<P> {
    fn send<'a>(
        &'a self,
        source: &'a dyn Source,
        file: &'a RemoteFile,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> BoxFuture<'a, Result<Sent, SendError>> {
        Box::pin(async move {
            let server = self.server().await?;
            Ok(send(source, &server, file, &Options::default(), progress).await?)
        })
    }
}
