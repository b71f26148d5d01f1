//! The operations of user pools, as the JSON protocol of Cognito has them, and what pools publish.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::challenge::{self, Challenges};
use super::clock::Clock;
use super::keys::Keys;
use super::password::Passwords;
use super::pools::Pools;
use super::sign_up::CodeListener;
use super::store::Store;
use super::trigger::Triggers;
use super::{account, administration, description, sign_in, sign_up};
use crate::aws_json::{Fault, Operations, input};

/// What is not in this list changes pools, which are as the document declares them, or is about what
/// the document cannot declare.
const OFFERED: &str = "SignUp, ConfirmSignUp, ResendConfirmationCode, InitiateAuth, \
    RespondToAuthChallenge, GetTokensFromRefreshToken, RevokeToken, GlobalSignOut, GetUser, ChangePassword, DeleteUser, \
    ListUsers, AdminCreateUser, AdminGetUser, AdminConfirmSignUp, AdminSetUserPassword, \
    AdminUserGlobalSignOut, AdminDeleteUser, AdminInitiateAuth, ListUserPools, DescribeUserPool, \
    ListUserPoolClients and DescribeUserPoolClient";

/// Answers requests from the store.
pub(super) struct UserPoolOperations {
    pub(super) pools: Pools,
    pub(super) store: Arc<Store>,
    pub(super) keys: Keys,
    pub(super) passwords: Passwords,
    pub(super) triggers: Triggers,
    pub(super) challenges: Challenges,
    pub(super) clock: Clock,
    pub(super) on_code: CodeListener,
    /// Where the service answers.
    pub(super) endpoint: String,
}

impl Operations for UserPoolOperations {
    const TARGET: &'static str = "AWSCognitoIdentityProviderService";
    const MEDIA_TYPE: &'static str = "application/x-amz-json-1.1";

    async fn call(&self, operation: &str, bytes: &[u8]) -> Result<Value, Fault> {
        match operation {
            "SignUp" => sign_up::sign_up(self, input(bytes)?).await,
            "ConfirmSignUp" => sign_up::confirm(self, &input(bytes)?),
            "ResendConfirmationCode" => sign_up::resend_code(self, &input(bytes)?),
            "InitiateAuth" => sign_in::initiate(self, &input(bytes)?).await,
            "AdminInitiateAuth" => sign_in::initiate_as_administrator(self, &input(bytes)?).await,
            "RespondToAuthChallenge" => challenge::respond(self, &input(bytes)?).await,
            "GetTokensFromRefreshToken" => sign_in::refresh_tokens(self, &input(bytes)?).await,
            "RevokeToken" => sign_in::revoke(self, &input(bytes)?),
            "GlobalSignOut" => account::sign_out(self, &input(bytes)?).await,
            "GetUser" => account::get(self, &input(bytes)?).await,
            "ChangePassword" => account::change_password(self, &input(bytes)?).await,
            "DeleteUser" => account::delete(self, &input(bytes)?).await,
            "ListUsers" => administration::list(self, &input(bytes)?),
            "AdminCreateUser" => administration::create(self, input(bytes)?).await,
            "AdminGetUser" => administration::get(self, &input(bytes)?),
            "AdminConfirmSignUp" => administration::confirm(self, &input(bytes)?),
            "AdminSetUserPassword" => administration::set_password(self, &input(bytes)?).await,
            "AdminUserGlobalSignOut" => administration::sign_out(self, &input(bytes)?),
            "AdminDeleteUser" => administration::delete(self, &input(bytes)?),
            "ListUserPools" => Ok(description::pools(self)),
            "DescribeUserPool" => description::pool(self, &input(bytes)?),
            "ListUserPoolClients" => description::clients(self, &input(bytes)?),
            "DescribeUserPoolClient" => description::client(self, &input(bytes)?),
            other => Err(Fault::unknown_operation(other, OFFERED)),
        }
    }

    async fn document(&self, path: &str) -> Option<Result<Value, Fault>> {
        let (pool, name) = path.strip_prefix('/')?.split_once("/.well-known/")?;
        let pool = self.pools.find(pool)?;
        match name {
            "jwks.json" => Some(self.keys.of(&pool.id).await.map(|keys| keys.published())),
            "openid-configuration" => Some(Ok(description::openid(&pool, &self.endpoint))),
            _ => None,
        }
    }
}

impl fmt::Debug for UserPoolOperations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPoolOperations").field("pools", &self.pools).finish_non_exhaustive()
    }
}
