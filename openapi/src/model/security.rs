//! Security schemes and API Gateway authorizers.

use indexmap::IndexMap;

use super::{FunctionReference, ParameterLocation};
use crate::position::Origin;

/// Schemes that must all pass, each with the scopes it needs.
pub type SecurityRequirement = IndexMap<String, Vec<String>>;

/// An entry of `components.securitySchemes`.
#[derive(Clone, Debug)]
pub struct SecurityScheme {
    /// `type`: `apiKey`, `http`, `oauth2`, `openIdConnect`.
    pub kind: String,
    /// `name` of an apiKey: the header, query parameter or cookie that carries it.
    pub parameter: Option<String>,
    /// `in` of an apiKey.
    pub location: Option<ParameterLocation>,
    /// `scheme` of an http scheme, for example `bearer`.
    pub http_scheme: Option<String>,
    /// `x-amazon-apigateway-authtype`, for example `awsSigv4`.
    pub authtype: Option<String>,
    /// `x-amazon-apigateway-authorizer`.
    pub authorizer: Option<Authorizer>,
    /// Where it is declared.
    pub origin: Origin,
}

impl SecurityScheme {
    /// Operations that use it need an API key of a usage plan: an apiKey scheme named
    /// `x-api-key` in a header, without an authorizer.
    pub fn is_api_key(&self) -> bool {
        self.kind == "apiKey"
            && self.authorizer.is_none()
            && self.location == Some(ParameterLocation::Header)
            && self.parameter.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("x-api-key"))
    }

    /// Operations that use it are authorized by IAM (`x-amazon-apigateway-authtype: awsSigv4`).
    pub fn is_iam(&self) -> bool {
        self.authtype.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("awsSigv4"))
    }
}

/// `type` of `x-amazon-apigateway-auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthType {
    /// `NONE`
    None,
    /// `AWS_IAM`
    AwsIam,
}

/// `type` of an authorizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorizerType {
    /// Lambda authorizer that gets a token.
    Token,
    /// Lambda authorizer that gets the request.
    Request,
    /// Cognito user pools.
    CognitoUserPools,
}

/// `x-amazon-apigateway-authorizer`.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// `type`
    pub kind: AuthorizerType,
    /// `authorizerUri`
    pub uri: Option<String>,
    /// The function that `authorizerUri` names.
    pub function: Option<FunctionReference>,
    /// `authorizerCredentials`
    pub credentials: Option<String>,
    /// `identitySource`, split at commas; derived from the scheme's name for token and Cognito.
    pub identity_sources: Vec<String>,
    /// `identityValidationExpression`
    pub validation_expression: Option<String>,
    /// `authorizerResultTtlInSeconds`, 0 to 3,600; default 300.
    pub ttl_seconds: u32,
    /// `providerARNs`
    pub provider_arns: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}
