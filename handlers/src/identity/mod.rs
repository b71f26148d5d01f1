//! The functions `identity` and `sign-up-trigger`: users of the pool sign up and in.
//!
//! ```text
//! POST /signup ──▶ sign_up ─┐                ┌─▶ trigger (confirms)
//! POST /signin ──▶ sign_in ─┼─▶ user pool ───┤
//! POST /refresh ─▶ refresh ─┘                └─▶ tokens
//! ```
//!
//! Whether an address is known is told by signing up alone: whoever signs in with wrong words hears the
//! same words, whatever is wrong. Passwords and tokens are of types (`format: password`) that no log shows.

mod refresh_tokens;
mod sign_in;
mod sign_up;
mod tokens;
mod trigger;
mod user_pool;

use std::sync::Arc;

use crate::aws;
use crate::generated::identity::*;
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::runtime::{Context, Failure, Problem};

pub use trigger::{NotSignUp, confirm};
pub use user_pool::{Cognito, InMemoryPool, PoolError, PoolTokens, UserPool};

/// Serves the operations of the function `identity`.
#[derive(Clone, Debug)]
pub struct IdentityFunction {
    pool: Arc<dyn UserPool>,
}

impl IdentityFunction {
    /// A function that knows the users of this pool.
    pub fn new(pool: Arc<dyn UserPool>) -> Self {
        Self { pool }
    }

    /// Reads the configuration and connects to Cognito.
    ///
    /// # Errors
    /// If a variable is missing.
    pub async fn start(lookup: Lookup<'_>) -> Result<Self, MissingVariable> {
        let client_id = required(lookup, "USER_POOL_CLIENT_ID")?;
        Ok(Self::new(Arc::new(Cognito::new(&aws::config().await, client_id))))
    }
}

/// One answer, whatever it was that there were too many of.
fn too_many() -> Problem {
    Problem::new(429, "The user pool takes no more of this for a while: try again later.")
}

impl Identity for IdentityFunction {
    async fn sign_up(
        &self,
        request: SignUpRequest,
        context: &Context,
    ) -> Result<SignUpResponse, Failure> {
        sign_up::handle(self, request, context).await
    }

    async fn sign_in(
        &self,
        request: SignInRequest,
        context: &Context,
    ) -> Result<SignInResponse, Failure> {
        sign_in::handle(self, request, context).await
    }

    async fn refresh_tokens(
        &self,
        request: RefreshTokensRequest,
        context: &Context,
    ) -> Result<RefreshTokensResponse, Failure> {
        refresh_tokens::handle(self, request, context).await
    }
}
