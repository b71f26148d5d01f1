//! signUp: `POST /signup`.

use models::Member;

use super::{IdentityFunction, PoolError, too_many};
use crate::generated::identity::{SignUpRequest, SignUpResponse};
use crate::runtime::{Context, Failure, Problem, Violation};

/// Creates a user, who may sign in at once.
pub(super) async fn handle(
    function: &IdentityFunction,
    request: SignUpRequest,
    context: &Context,
) -> Result<SignUpResponse, Failure> {
    let credentials = request.body;
    match function.pool.sign_up(&credentials.email, credentials.password.expose()).await {
        Ok(user_id) => Ok(SignUpResponse::Created201(Member { user_id })),
        Err(PoolError::Taken) => {
            let problem = Problem::new(409, "Somebody has signed up with this email address.");
            Ok(SignUpResponse::Conflict409(problem.declared(context)?))
        }
        Err(PoolError::WeakPassword(detail)) => invalid("/password", detail, context),
        Err(PoolError::Invalid { member, detail }) => invalid(member, detail, context),
        Err(PoolError::TooMany) => {
            Ok(SignUpResponse::TooManyRequests429(too_many().declared(context)?))
        }
        Err(error @ (PoolError::Refused | PoolError::Call { .. })) => Err(error.into()),
    }
}

fn invalid(pointer: &str, detail: String, context: &Context) -> Result<SignUpResponse, Failure> {
    let violation = Violation { location: "body", pointer: pointer.to_owned(), detail };
    let problem = Problem::invalid(vec![violation]).declared(context)?;
    Ok(SignUpResponse::UnprocessableContent422(problem))
}
