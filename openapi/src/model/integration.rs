//! `x-amazon-apigateway-integration`, typed.

use indexmap::IndexMap;

use super::operation::Templates;
use crate::position::Origin;

/// `type` of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntegrationType {
    /// Lambda proxy integration.
    AwsProxy,
    /// Lambda custom integration or another AWS service.
    Aws,
    /// HTTP proxy integration.
    HttpProxy,
    /// HTTP custom integration.
    Http,
    /// Mock integration.
    Mock,
}

impl IntegrationType {
    /// As written in documents: `aws_proxy`, `mock`, ...
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwsProxy => "aws_proxy",
            Self::Aws => "aws",
            Self::HttpProxy => "http_proxy",
            Self::Http => "http",
            Self::Mock => "mock",
        }
    }
}

/// What API Gateway calls for an operation.
#[derive(Clone, Debug)]
pub struct Integration {
    /// `type`.
    pub kind: IntegrationType,
    /// `uri`, understood.
    pub target: IntegrationTarget,
    /// `uri` as written, placeholders filled where values were given.
    pub uri: Option<String>,
    /// `httpMethod` towards the backend, upper case; must be POST for Lambda.
    pub http_method: Option<String>,
    /// `credentials`: role ARN, or `arn:aws:iam::*:user/*`.
    pub credentials: Option<String>,
    /// `connectionId` of a VPC link, when `connectionType` is `VPC_LINK`.
    pub vpc_link: Option<String>,
    /// `passthroughBehavior`.
    pub passthrough: PassthroughBehavior,
    /// `requestParameters`: `integration.request.*` to its source expression.
    pub request_parameters: IndexMap<String, String>,
    /// `requestTemplates` by media type.
    pub request_templates: Templates,
    /// Where each of the `requestTemplates` stands.
    pub template_origins: IndexMap<String, Origin>,
    /// `contentHandling` of the request.
    pub content_handling: Option<ContentHandling>,
    /// `timeoutInMillis`, 50 to 29,000; default 29,000.
    pub timeout_millis: u32,
    /// `responses`, in document order.
    pub responses: Vec<IntegrationResponse>,
    /// `tlsConfig.insecureSkipVerification`.
    pub insecure_tls: bool,
    /// `responseTransferMode` is `STREAM`.
    pub streams_response: bool,
    /// Where the extension stands.
    pub origin: Origin,
}

/// Longest time API Gateway waits for an integration unless told less, in milliseconds.
pub const DEFAULT_TIMEOUT_MILLIS: u32 = 29_000;

/// What a `uri` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegrationTarget {
    /// A Lambda function.
    Function(FunctionReference),
    /// `arn:aws:apigateway:{region}:{[subdomain.]service}:{path|action}/{...}`.
    AwsService {
        /// Region of the service.
        region: String,
        /// `{subdomain}.` in front of the service name, for example a bucket or an account's host.
        subdomain: Option<String>,
        /// For example `s3`, `sqs`, `dynamodb`.
        service: String,
        /// What is called.
        action: AwsAction,
    },
    /// An HTTP endpoint.
    Http(String),
    /// Nothing: a mock, or an integration without `uri`.
    None,
}

/// The two forms of an AWS service integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsAction {
    /// `path/{service_api}`: the request path, may hold `{variables}`.
    Path(String),
    /// `action/{name}`: the service's action, for example `PutItem`.
    Action(String),
}

/// The function an integration calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionReference {
    /// The function's key: for the placeholder `${users_function}` it is `users`, otherwise
    /// the function name, last part of the ARN. This is how `x-lychgate.functions` names it.
    pub key: String,
    /// The function name in the ARN, with its placeholders filled where values were given.
    pub name: String,
    /// Alias or version behind the name.
    pub qualifier: Option<String>,
    /// The ARN as written, placeholders filled where values were given.
    pub arn: String,
}

impl FunctionReference {
    /// Where Lambda's API takes calls of it.
    pub fn invocation_url(&self) -> String {
        let arn = &self.arn;
        let region = arn.split(':').nth(3).unwrap_or_default();
        format!("https://lambda.{region}.amazonaws.com/2015-03-31/functions/{arn}/invocations")
    }
}

/// `passthroughBehavior`: what happens to a body no request template matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PassthroughBehavior {
    /// Pass it on.
    #[default]
    WhenNoMatch,
    /// Pass it on only if no template is declared at all.
    WhenNoTemplates,
    /// Refuse with 415.
    Never,
}

/// `contentHandling`: conversion between text and base64-coded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentHandling {
    /// `CONVERT_TO_BINARY`
    ConvertToBinary,
    /// `CONVERT_TO_TEXT`
    ConvertToText,
}

/// Which backend answers an integration response is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusSelector {
    /// `default`.
    Default,
    /// A regular expression over the status, or over `errorMessage` for Lambda.
    Pattern(String),
}

/// One entry of an integration's `responses`.
#[derive(Clone, Debug)]
pub struct IntegrationResponse {
    /// Its key.
    pub selector: StatusSelector,
    /// `statusCode`: the method response it becomes.
    pub status: u16,
    /// `responseParameters`: `method.response.header.*` to its source expression.
    pub parameters: IndexMap<String, String>,
    /// `responseTemplates` by media type.
    pub templates: Templates,
    /// Where each of the `responseTemplates` stands.
    pub template_origins: IndexMap<String, Origin>,
    /// `contentHandling`.
    pub content_handling: Option<ContentHandling>,
    /// Where the entry stands.
    pub origin: Origin,
}
