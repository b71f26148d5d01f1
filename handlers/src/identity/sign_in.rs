//! signIn: `POST /signin`.

use super::IdentityFunction;
use super::tokens::TokensAnswer;
use crate::generated::identity::{SignInRequest, SignInResponse};
use crate::runtime::{Context, Failure};

/// One sentence, whether it is the address or the password: nobody finds out who is known.
const WRONG: &str = "Email address or password is wrong.";

/// Gets a user's tokens.
pub(super) async fn handle(
    function: &IdentityFunction,
    request: SignInRequest,
    context: &Context,
) -> Result<SignInResponse, Failure> {
    let credentials = request.body;
    let answer = function.pool.sign_in(&credentials.email, credentials.password.expose()).await;
    Ok(match TokensAnswer::of(answer, WRONG)? {
        TokensAnswer::Tokens(tokens) => SignInResponse::Ok200(tokens),
        TokensAnswer::Wrong(problem) => SignInResponse::Unauthorized401(problem.declared(context)?),
        TokensAnswer::TooMany(problem) => {
            SignInResponse::TooManyRequests429(problem.declared(context)?)
        }
    })
}
