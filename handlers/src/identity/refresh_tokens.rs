//! refreshTokens: `POST /refresh`.

use super::IdentityFunction;
use super::tokens::TokensAnswer;
use crate::generated::identity::{RefreshTokensRequest, RefreshTokensResponse};
use crate::runtime::{Context, Failure};

/// Expired, revoked or none at all: the pool does not say, and it makes no difference.
const STALE: &str = "The refresh token is not good: sign in again.";

/// Gets a user's fresh tokens.
pub(super) async fn handle(
    function: &IdentityFunction,
    request: RefreshTokensRequest,
    context: &Context,
) -> Result<RefreshTokensResponse, Failure> {
    let answer = function.pool.refresh(request.body.refresh_token.expose()).await;
    Ok(match TokensAnswer::of(answer, STALE)? {
        TokensAnswer::Tokens(tokens) => RefreshTokensResponse::Ok200(tokens),
        TokensAnswer::Wrong(problem) => {
            RefreshTokensResponse::Unauthorized401(problem.declared(context)?)
        }
        TokensAnswer::TooMany(problem) => {
            RefreshTokensResponse::TooManyRequests429(problem.declared(context)?)
        }
    })
}
