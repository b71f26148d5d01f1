//! The SSM Parameter Store.

use aws_config::SdkConfig;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use models::value::Secret;

use super::{ParameterError, Parameters};
use crate::store::BoxFuture;

/// Parameters of the account.
#[derive(Clone, Debug)]
pub struct Ssm {
    client: Client,
}

impl Ssm {
    /// The parameters that this configuration reaches.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }
}

impl Parameters for Ssm {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, ParameterError>> {
        Box::pin(async move {
            let answer = self.client.get_parameter().name(name).with_decryption(true).send().await;
            let parameter = match answer {
                Ok(answer) => answer.parameter,
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(GetParameterError::is_parameter_not_found) =>
                {
                    None
                }
                Err(error) => {
                    let source = Box::new(error);
                    return Err(ParameterError::Call { name: name.to_owned(), source });
                }
            };
            let value = parameter.and_then(|parameter| parameter.value);
            value.map(Secret::from).ok_or_else(|| ParameterError::NotFound(name.to_owned()))
        })
    }
}
