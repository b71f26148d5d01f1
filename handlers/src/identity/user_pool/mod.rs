//! Users and their passwords: the port to the pool that keeps them, its in-memory twin and Cognito.

mod cognito;
mod memory;

use std::fmt::Debug;

use models::value::Secret;

pub use cognito::Cognito;
pub use memory::InMemoryPool;

use crate::store::BoxFuture;

/// A pool of users, who are known by their email address.
pub trait UserPool: Debug + Send + Sync {
    /// Creates a user; answers what identifies the user for good.
    fn sign_up<'a>(
        &'a self,
        email: &'a str,
        password: &'a str,
    ) -> BoxFuture<'a, Result<String, PoolError>>;

    /// A user's tokens.
    fn sign_in<'a>(
        &'a self,
        email: &'a str,
        password: &'a str,
    ) -> BoxFuture<'a, Result<PoolTokens, PoolError>>;

    /// Fresh tokens of whoever got this refresh token.
    fn refresh<'a>(
        &'a self,
        refresh_token: &'a str,
    ) -> BoxFuture<'a, Result<PoolTokens, PoolError>>;
}

/// A user's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolTokens {
    /// Says who the user is.
    pub id_token: Secret,
    /// Says what the user may do with the pool.
    pub access_token: Secret,
    /// Gets fresh tokens; absent where the one that was sent stays good.
    pub refresh_token: Option<Secret>,
    /// How tokens are sent: `Bearer`.
    pub token_type: String,
    /// Seconds that the first two live.
    pub expires_in: i64,
}

/// The pool did not do it. None of these says a password or a token.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// Somebody has the email address.
    #[error("the email address is taken")]
    Taken,
    /// The password does not fit the pool's policy, which says what it lacks.
    #[error("the password is too weak")]
    WeakPassword(String),
    /// The pool does not take a member of the request.
    #[error("the user pool does not take {member}")]
    Invalid {
        /// JSON pointer to it.
        member: &'static str,
        /// Why, as the end of a sentence.
        detail: String,
    },
    /// There is no such user, or the password or the token is another: the pool does not say.
    #[error("the user pool does not know this user by these words")]
    Refused,
    /// Too many requests, or too many wrong passwords.
    #[error("the user pool takes no more of this for a while")]
    TooMany,
    /// The call failed.
    #[error("cannot {action}")]
    Call {
        /// For example `sign a user up`.
        action: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
