//! The embedded user pools, asked by the AWS SDK.

pub(crate) mod tokens;

mod accounts;
mod administration;
mod authorizer;
mod cloud;
mod enumeration;
mod trigger;

use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::initiate_auth::InitiateAuthError;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType};
use aws_sdk_cognitoidentityprovider::{Client, Config};
use local::cognito::{Cognito, SentCode, UserPoolSpec};
use openapi::model::PasswordPolicy;

pub(crate) const POOL: &str = "us-east-1_Members01";
pub(crate) const CLIENT: &str = "1members1members1members1m";
pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "Correct-horse-1";

/// A pool that lets users sign up, with nothing unusual about it.
pub(crate) fn spec() -> UserPoolSpec {
    UserPoolSpec {
        name: "local-members".to_owned(),
        id: POOL.to_owned(),
        client_id: CLIENT.to_owned(),
        self_sign_up: true,
        password_policy: PasswordPolicy {
            length: 12,
            lowercase: true,
            uppercase: true,
            digits: true,
            symbols: false,
        },
        pre_sign_up: None,
        token_minutes: 60,
        refresh_days: 30,
    }
}

/// Running user pools.
pub(crate) struct Pools {
    pub(crate) cognito: Cognito,
    pub(crate) client: Client,
    codes: Arc<Mutex<Vec<String>>>,
}

impl Pools {
    pub(crate) fn start() -> Self {
        Self::with(&[spec()], None)
    }

    pub(crate) fn with(specs: &[UserPoolSpec], file: Option<&Path>) -> Self {
        let codes = Arc::new(Mutex::new(Vec::new()));
        let sent = Arc::clone(&codes);
        let on_code = move |it: &SentCode<'_>| sent.lock().unwrap().push(it.code.to_owned());
        let cognito = Cognito::start(file, Box::new(on_code)).unwrap();
        cognito.ensure(specs);
        let client = client(&cognito.endpoint());
        Self { cognito, client, codes }
    }

    /// The code that was sent last.
    pub(crate) fn code(&self) -> String {
        self.codes.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) async fn sign_up(&self, email: &str) -> Result<String, String> {
        let request = self.client.sign_up().client_id(CLIENT).username(email).password(PASSWORD);
        request.send().await.map(|answer| answer.user_sub).map_err(said)
    }

    /// A user who can sign in; answers the sub.
    pub(crate) async fn user(&self, email: &str) -> String {
        let sub = self.sign_up(email).await.unwrap();
        let confirm = self.client.admin_confirm_sign_up().user_pool_id(POOL).username(email);
        confirm.send().await.unwrap();
        sub
    }

    pub(crate) async fn sign_in(
        &self,
        email: &str,
        password: &str,
    ) -> Result<AuthenticationResultType, String> {
        let request = self.client.initiate_auth().client_id(CLIENT);
        let request = request
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", email)
            .auth_parameters("PASSWORD", password);
        signed_in(request.send().await.map(|answer| answer.authentication_result))
    }

    pub(crate) async fn refresh(&self, token: &str) -> Result<AuthenticationResultType, String> {
        let request = self.client.initiate_auth().client_id(CLIENT);
        let request = request
            .auth_flow(AuthFlowType::RefreshTokenAuth)
            .auth_parameters("REFRESH_TOKEN", token);
        signed_in(request.send().await.map(|answer| answer.authentication_result))
    }
}

fn signed_in<R: std::fmt::Debug>(
    answer: Result<Option<AuthenticationResultType>, SdkError<InitiateAuthError, R>>,
) -> Result<AuthenticationResultType, String> {
    answer.map(Option::unwrap).map_err(said)
}

/// `Exception: message`
pub(crate) fn said<E: ProvideErrorMetadata + std::fmt::Debug>(error: E) -> String {
    format!("{}: {}", error.code().unwrap_or("none"), error.message().unwrap_or("none"))
}

pub(crate) fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}
