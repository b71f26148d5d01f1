//! refreshTokens: `POST /refresh`.

use super::{IdentityFunction, PoolError, answer, too_many};
use crate::generated::identity::{RefreshTokensRequest, RefreshTokensResponse};
use crate::runtime::{Context, Failure, Problem};

/// Gets a user's fresh tokens.
pub(super) async fn handle(
    function: &IdentityFunction,
    request: RefreshTokensRequest,
    context: &Context,
) -> Result<RefreshTokensResponse, Failure> {
    match function.pool.refresh(request.body.refresh_token.expose()).await {
        Ok(tokens) => Ok(RefreshTokensResponse::Ok200(answer(tokens))),
        Err(
            PoolError::Refused
            | PoolError::Invalid { .. }
            | PoolError::WeakPassword(_)
            | PoolError::Taken,
        ) => {
            let problem = Problem::new(401, "The refresh token is not good: sign in again.");
            Ok(RefreshTokensResponse::Unauthorized401(problem.declared(context)?))
        }
        Err(PoolError::TooMany) => {
            Ok(RefreshTokensResponse::TooManyRequests429(too_many().declared(context)?))
        }
        Err(error @ PoolError::Call { .. }) => Err(error.into()),
    }
}
