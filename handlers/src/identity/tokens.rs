//! What whoever asks for tokens is told, be it for a password or for a refresh token.

use models::Tokens;

use super::{PoolError, PoolTokens, too_many};
use crate::runtime::{Failure, Problem};

/// What whoever asks for tokens is told.
pub(super) enum TokensAnswer {
    /// They are a user's.
    Tokens(Tokens),
    /// The words they were asked for with are not a user's.
    Wrong(Problem),
    /// There were too many requests, or too many wrong words.
    TooMany(Problem),
}

impl TokensAnswer {
    /// What the pool's answer means. Whatever it has against the words is told with this one sentence,
    /// so that nobody finds out who is known.
    ///
    /// # Errors
    /// If the call failed.
    pub(super) fn of(
        answer: Result<PoolTokens, PoolError>,
        wrong: &'static str,
    ) -> Result<Self, Failure> {
        match answer {
            Ok(tokens) => Ok(Self::Tokens(Tokens {
                id_token: tokens.id_token,
                access_token: tokens.access_token,
                refresh_token: tokens.refresh_token,
                token_type: tokens.token_type,
                expires_in: tokens.expires_in,
            })),
            Err(
                PoolError::Refused
                | PoolError::Invalid { .. }
                | PoolError::WeakPassword(_)
                | PoolError::Taken,
            ) => Ok(Self::Wrong(Problem::new(401, wrong))),
            Err(PoolError::TooMany) => Ok(Self::TooMany(too_many())),
            Err(error @ PoolError::Call { .. }) => Err(error.into()),
        }
    }
}
