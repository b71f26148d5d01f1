//! signIn: `POST /signin`.

use super::{IdentityFunction, PoolError, answer, too_many};
use crate::generated::identity::{SignInRequest, SignInResponse};
use crate::runtime::{Context, Failure, Problem};

/// One sentence, whether it is the address or the password: nobody finds out who is known.
const WRONG: &str = "Email address or password is wrong.";

/// Gets a user's tokens.
pub(super) async fn handle(
    function: &IdentityFunction,
    request: SignInRequest,
    context: &Context,
) -> Result<SignInResponse, Failure> {
    let credentials = request.body;
    match function.pool.sign_in(&credentials.email, credentials.password.expose()).await {
        Ok(tokens) => Ok(SignInResponse::Ok200(answer(tokens))),
        Err(
            PoolError::Refused
            | PoolError::Invalid { .. }
            | PoolError::WeakPassword(_)
            | PoolError::Taken,
        ) => {
            let problem = Problem::new(401, WRONG).declared(context)?;
            Ok(SignInResponse::Unauthorized401(problem))
        }
        Err(PoolError::TooMany) => {
            Ok(SignInResponse::TooManyRequests429(too_many().declared(context)?))
        }
        Err(error @ PoolError::Call { .. }) => Err(error.into()),
    }
}
