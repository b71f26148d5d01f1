//! A Cognito user pool, by its client.
//!
//! These calls are not signed: whoever knows the client's id may make them, and this function needs no
//! rights. The SDK's types of requests do not show passwords and tokens.

use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType,
};
use models::value::Secret;

use super::{PoolError, PoolTokens, UserPool};
use crate::store::BoxFuture;

/// The pool that a client belongs to.
#[derive(Clone, Debug)]
pub struct Cognito {
    client: Client,
    client_id: String,
}

impl Cognito {
    /// The pool of this client, as this configuration reaches it.
    pub fn new(config: &SdkConfig, client_id: String) -> Self {
        Self { client: Client::new(config), client_id }
    }

    async fn authenticate(
        &self,
        flow: AuthFlowType,
        parameters: &[(&str, &str)],
    ) -> Result<PoolTokens, PoolError> {
        const ACTION: &str = "get tokens";
        let mut call = self.client.initiate_auth().client_id(&self.client_id).auth_flow(flow);
        for (name, value) in parameters {
            call = call.auth_parameters(*name, *value);
        }
        let answer = call.send().await.map_err(failure(ACTION))?;
        let Some(result) = answer.authentication_result else {
            // A password that an administrator gave, a second factor: there is no route to answer.
            tracing::warn!(challenge = ?answer.challenge_name, "the user pool wants more of a user");
            return Err(PoolError::Refused);
        };
        tokens(result).ok_or_else(|| PoolError::Call {
            action: ACTION,
            source: "the answer lacks a token".into(),
        })
    }
}

impl UserPool for Cognito {
    fn sign_up<'a>(
        &'a self,
        email: &'a str,
        password: &'a str,
    ) -> BoxFuture<'a, Result<String, PoolError>> {
        const ACTION: &str = "sign a user up";
        Box::pin(async move {
            let attribute = AttributeType::builder().name("email").value(email).build();
            let attribute = attribute
                .map_err(|error| PoolError::Call { action: ACTION, source: Box::new(error) })?;
            let call = self.client.sign_up().client_id(&self.client_id).user_attributes(attribute);
            let answer = call.username(email).password(password).send().await;
            Ok(answer.map_err(failure(ACTION))?.user_sub)
        })
    }

    fn sign_in<'a>(
        &'a self,
        email: &'a str,
        password: &'a str,
    ) -> BoxFuture<'a, Result<PoolTokens, PoolError>> {
        Box::pin(async move {
            let parameters = [("USERNAME", email), ("PASSWORD", password)];
            self.authenticate(AuthFlowType::UserPasswordAuth, &parameters).await
        })
    }

    fn refresh<'a>(
        &'a self,
        refresh_token: &'a str,
    ) -> BoxFuture<'a, Result<PoolTokens, PoolError>> {
        Box::pin(async move {
            let parameters = [("REFRESH_TOKEN", refresh_token)];
            self.authenticate(AuthFlowType::RefreshTokenAuth, &parameters).await
        })
    }
}

fn tokens(result: AuthenticationResultType) -> Option<PoolTokens> {
    Some(PoolTokens {
        id_token: Secret::from(result.id_token?),
        access_token: Secret::from(result.access_token?),
        refresh_token: result.refresh_token.map(Secret::from),
        token_type: result.token_type.unwrap_or_else(|| "Bearer".to_owned()),
        expires_in: result.expires_in.into(),
    })
}

/// What the SDK reports, as an error of the port.
fn failure<E>(action: &'static str) -> impl FnOnce(SdkError<E>) -> PoolError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    move |error| {
        let code = error.code().unwrap_or_default();
        let message = error.message().unwrap_or_default();
        by_code(code, message)
            .unwrap_or_else(|| PoolError::Call { action, source: Box::new(error) })
    }
}

/// An error by Cognito's name for it, if the caller may have made it.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html>
fn by_code(code: &str, message: &str) -> Option<PoolError> {
    Some(match code {
        "UsernameExistsException" | "AliasExistsException" => PoolError::Taken,
        "InvalidPasswordException" => PoolError::WeakPassword(policy(message)),
        // Cognito locks a user out for a while, and has no code for it.
        "NotAuthorizedException" if message.starts_with("Password attempts exceeded") => {
            PoolError::TooMany
        }
        "NotAuthorizedException"
        | "UserNotFoundException"
        | "UserNotConfirmedException"
        | "PasswordResetRequiredException" => PoolError::Refused,
        "TooManyRequestsException"
        | "LimitExceededException"
        | "TooManyFailedAttemptsException" => PoolError::TooMany,
        "InvalidParameterException" => {
            let is_password = message.to_lowercase().contains("password");
            let member = if is_password { "/password" } else { "/email" };
            PoolError::Invalid { member, detail: "is not one that the user pool takes".to_owned() }
        }
        _ => return None,
    })
}

/// What the password lacks: the policy's own sentence, without what stands before it.
fn policy(message: &str) -> String {
    let said = message.strip_prefix("Password did not conform with policy: ").unwrap_or(message);
    if said.is_empty() { "does not fit the policy".to_owned() } else { said.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cognito_reports_is_told_apart() {
        let text = |code, message| format!("{:?}", by_code(code, message));
        let policy = "Password did not conform with policy: Password must have numeric characters";
        for (code, message, expected) in [
            ("UsernameExistsException", "User already exists", "Some(Taken)"),
            (
                "InvalidPasswordException",
                policy,
                r#"Some(WeakPassword("Password must have numeric characters"))"#,
            ),
            ("NotAuthorizedException", "Incorrect username or password.", "Some(Refused)"),
            ("NotAuthorizedException", "Password attempts exceeded", "Some(TooMany)"),
            ("UserNotFoundException", "User does not exist.", "Some(Refused)"),
            ("UserNotConfirmedException", "User is not confirmed.", "Some(Refused)"),
            ("TooManyRequestsException", "Rate exceeded", "Some(TooMany)"),
            ("ResourceNotFoundException", "User pool client c does not exist.", "None"),
            ("InternalErrorException", "", "None"),
        ] {
            assert_eq!(text(code, message), expected, "{code}");
        }
    }

    #[test]
    fn an_invalid_member_is_named_and_what_was_sent_is_not() {
        let message = "1 validation error detected: Value 'hunter2' at 'password' failed";
        let Some(PoolError::Invalid { member, detail }) =
            by_code("InvalidParameterException", message)
        else {
            panic!("another error")
        };
        assert_eq!(member, "/password");
        assert!(!detail.contains("hunter2"));
    }
}
