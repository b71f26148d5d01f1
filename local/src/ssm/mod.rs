//! The embedded Parameter Store of SSM, on a port of the loopback interface: what functions read
//! their settings and secrets from.

mod operations;
mod store;

use std::path::Path;
use std::sync::Arc;

pub use store::{ParameterSpec, ParameterValue, StoreError};

use crate::aws_json::{self, Server};
use operations::ParameterOperations;
use store::Store;

/// Why the embedded Parameter Store does not run.
#[derive(Debug, thiserror::Error)]
pub enum SsmError {
    /// What was put before cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No port, no thread.
    #[error("cannot start the embedded Parameter Store")]
    Start(#[from] std::io::Error),
}

/// A running Parameter Store; dropping it stops it.
#[derive(Debug)]
pub struct Ssm {
    store: Arc<Store>,
    server: Server,
}

impl Ssm {
    /// Opens the file, or keeps parameters in memory without one, and serves them on a free port.
    pub fn start(file: Option<&Path>) -> Result<Self, SsmError> {
        let store = Arc::new(Store::open(file)?);
        let operations = Arc::new(ParameterOperations(Arc::clone(&store)));
        let server = Server::start("ssm", aws_json::listen()?, operations)?;
        Ok(Self { store, server })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_SSM`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Has the declared parameters, except where somebody put another value.
    pub fn ensure(&self, specs: &[ParameterSpec]) {
        self.store.ensure(specs);
    }
}
