//! createUser: `POST /users`.

use models::UserCreated;

use super::UsersFunction;
use crate::generated::users::{CreateUserRequest, CreateUserResponse};
use crate::runtime::{Context, Failure, Problem};

/// Puts the user unless its uid is taken.
pub(super) async fn handle(
    function: &UsersFunction,
    request: CreateUserRequest,
    context: &Context,
) -> Result<CreateUserResponse, Failure> {
    let user = request.body;
    if !function.store.insert(&user).await? {
        let problem = Problem::new(409, format!("User {} exists.", user.uid));
        return Ok(CreateUserResponse::Conflict409(problem.declared(context)?));
    }
    let message = format!("Put user {} with email {} to DynamoDB.", user.username, user.email);
    Ok(CreateUserResponse::Created201 {
        body: UserCreated { message },
        // Every character a uid may have stands for itself in a path.
        location: context.member_path(&user.uid),
    })
}
