//! The embedded user pools of Cognito, on a port of the loopback interface: who may sign in, and the
//! signed tokens that say so.
//!
//! ```text
//! SDK ──▶ sign_up, sign_in, account, administration ──▶ Store (SQLite): users, sessions, keys
//!             │            │
//!             │            └──▶ password (argon2), tokens (RS256)
//!             └──▶ trigger ──▶ function `preSignUp`
//! gateway ──▶ /POOL/.well-known/jwks.json ──▶ keys
//! ```
//!
//! A pool is what `terraform/identity.tf` makes of the same document: users are known by their email
//! address, clients are not told whether a user exists. Pools and clients have the same ids on
//! every machine, and tokens name the issuer they would have at AWS, so that they outlive a restart,
//! which changes the port. Keys differ, so no other machine takes them.

mod account;
mod administration;
mod challenge;
mod clock;
mod constraints;
mod description;
mod fault;
mod keys;
mod lockout;
mod operations;
mod password;
mod pools;
mod sign_in;
mod sign_up;
mod store;
#[cfg(test)]
mod tests;
mod tokens;
mod trigger;
mod user;

use std::path::Path;
use std::sync::Arc;

use gateway::invoke::Invoke;
use tokio::runtime::Handle;

pub use pools::UserPoolSpec;
pub(crate) use pools::{arn, client_id, pool_id};
pub use sign_up::{CodeListener, SentCode};
pub use store::StoreError;

use crate::aws_json::{self, Server};
use challenge::Challenges;
use clock::Clock;
use keys::Keys;
use operations::UserPoolOperations;
use password::Passwords;
use pools::Pools;
use store::Store;
use trigger::Triggers;

/// Why the embedded user pools do not run.
#[derive(Debug, thiserror::Error)]
pub enum CognitoError {
    /// There is nothing to keep users in.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No port, no thread.
    #[error("cannot start the embedded user pools")]
    Start(#[from] std::io::Error),
}

/// Running user pools; dropping them stops them.
#[derive(Debug)]
pub struct Cognito {
    service: Arc<UserPoolOperations>,
    server: Server,
}

impl Cognito {
    /// Opens the file, or keeps users in memory without one, and serves the pools on a free port.
    /// `on_code` gets the codes that AWS would send by email.
    pub fn start(file: Option<&Path>, on_code: CodeListener) -> Result<Self, CognitoError> {
        let socket = aws_json::listen()?;
        let endpoint = aws_json::endpoint(socket.local_addr()?);
        let store = Arc::new(Store::open(file)?);
        let service = Arc::new(UserPoolOperations {
            pools: Pools::default(),
            keys: Keys::new(Arc::clone(&store)),
            store,
            passwords: Passwords::default(),
            triggers: Triggers::default(),
            challenges: Challenges::default(),
            clock: Clock::default(),
            on_code,
            endpoint,
        });
        let server = Server::start("cognito", socket, Arc::clone(&service))?;
        Ok(Self { service, server })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Has triggers call these functions on the runtime that has their processes. Until then no user
    /// can sign up where a function has a say.
    pub fn connect(&self, functions: Arc<dyn Invoke>, runtime: Handle) {
        self.service.triggers.connect(functions, runtime);
    }

    /// Has exactly these pools. Users of one that goes stay, until it comes back.
    pub fn ensure(&self, specs: &[UserPoolSpec]) {
        self.service.pools.ensure(specs);
    }
}
