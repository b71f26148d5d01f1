//! getUser: `GET /users/{uid}`.

use super::UsersFunction;
use crate::generated::users::{GetUserRequest, GetUserResponse};
use crate::runtime::{Context, Failure, Problem};

/// Gets a user.
pub(super) async fn handle(
    function: &UsersFunction,
    request: GetUserRequest,
    context: &Context,
) -> Result<GetUserResponse, Failure> {
    match function.store.get(&request.uid).await? {
        Some(user) => Ok(GetUserResponse::Ok200(user)),
        None => {
            let problem = Problem::new(404, format!("User {} does not exist.", request.uid));
            Ok(GetUserResponse::NotFound404(problem.declared(context)?))
        }
    }
}
