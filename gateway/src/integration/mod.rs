//! Integration: what answers a request, decided for each operation at start.
//!
//! What no variant of a plan executes is refused at start, or answered with a configuration error if
//! unsupported parts are allowed.

mod aws_service;
mod content_handling;
mod endpoint;
mod function;
mod http;
mod lambda;
mod lambda_proxy;
mod mock;
mod parameters;
mod request;
mod response;
mod template;

use openapi::Diagnostic;
use openapi::model::{Integration, IntegrationTarget, IntegrationType, Operation};

use crate::answer::Answer;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::refusal::Refusal;
use aws_service::AwsService;
use function::Function;
use http::{Http, HttpProxy};
use lambda::Lambda;
use lambda_proxy::LambdaProxy;
use mock::Mock;

/// How one operation is answered.
#[derive(Debug)]
pub(crate) enum Plan {
    LambdaProxy(LambdaProxy),
    Lambda(Lambda),
    HttpProxy(HttpProxy),
    Http(Http),
    AwsService(Box<AwsService>),
    Mock(Mock),
    /// Declared, but not executed, or broken in a way API Gateway notices only when it is called.
    Unavailable,
}

impl Plan {
    /// The plan of an operation. What cannot be executed is reported.
    pub(crate) fn new(
        operation: &Operation,
        deployment: &Deployment<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let Some(integration) = &operation.integration else {
            diagnostics.push(
                Diagnostic::error(
                    "missing-integration",
                    &operation.origin,
                    format!("{} {} has no integration", operation.method, operation.path),
                )
                .with_help("add x-amazon-apigateway-integration: API Gateway refuses to deploy a method without one"),
            );
            return Self::Unavailable;
        };
        if integration.streams_response {
            diagnostics.push(unsupported(operation, integration, "STREAM answer of the "));
            return Self::Unavailable;
        }
        let stage = deployment.stage;
        let plan = match (integration.kind, &integration.target) {
            (IntegrationType::AwsProxy, IntegrationTarget::Function(function)) => {
                Function::new(integration, stage.function(function), diagnostics).map(|function| {
                    Self::LambdaProxy(LambdaProxy::new(function, integration, diagnostics))
                })
            }
            (IntegrationType::Aws, IntegrationTarget::Function(function)) => {
                Function::new(integration, stage.function(function), diagnostics).map(|function| {
                    Self::Lambda(Lambda::new(function, operation, integration, diagnostics))
                })
            }
            (IntegrationType::HttpProxy, IntegrationTarget::Http(uri)) => {
                HttpProxy::new(uri, integration, stage, diagnostics).map(Self::HttpProxy)
            }
            (IntegrationType::Http, IntegrationTarget::Http(uri)) => {
                Http::new(uri, operation, integration, stage, diagnostics).map(Self::Http)
            }
            (IntegrationType::Aws, IntegrationTarget::AwsService { .. }) => {
                AwsService::new(operation, integration, deployment, diagnostics)
                    .map(|service| Self::AwsService(Box::new(service)))
            }
            (IntegrationType::AwsProxy, IntegrationTarget::AwsService { service, .. }) => {
                diagnostics.push(proxy_of_service(service, integration));
                None
            }
            (IntegrationType::Mock, _) => {
                Some(Self::Mock(Mock::new(operation, integration, diagnostics)))
            }
            _ => {
                diagnostics.push(unsupported(operation, integration, ""));
                None
            }
        };
        plan.unwrap_or(Self::Unavailable)
    }

    /// Answers a request that passed every check.
    pub(crate) async fn execute(&self, exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
        match self {
            Self::LambdaProxy(lambda) => lambda.execute(exchange).await,
            Self::Lambda(lambda) => lambda.execute(exchange).await,
            Self::HttpProxy(http) => http.execute(exchange).await,
            Self::Http(http) => http.execute(exchange).await,
            Self::AwsService(service) => service.execute(exchange).await,
            Self::Mock(mock) => mock.execute(exchange),
            Self::Unavailable => Err(Refusal::configuration_error()),
        }
    }
}

fn unsupported(operation: &Operation, integration: &Integration, part: &str) -> Diagnostic {
    let kind = integration.kind.as_str();
    let (method, path) = (operation.method, &operation.path);
    let what = match &integration.target {
        IntegrationTarget::AwsService { service, .. } => format!("{kind} integration of {service}"),
        IntegrationTarget::Function(_) => format!("{kind} integration of a function"),
        IntegrationTarget::Http(_) | IntegrationTarget::None => format!("{kind} integration"),
    };
    Diagnostic::error(
        "unsupported-integration",
        &integration.origin,
        format!("the {part}{what} of {method} {path} is not executed"),
    )
    .with_help("--allow-unsupported starts anyway and answers it with status 500")
}

/// "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream
/// invocations."
fn proxy_of_service(service: &str, integration: &Integration) -> Diagnostic {
    Diagnostic::error(
        "aws-proxy-service",
        &integration.origin,
        format!("API Gateway calls functions by aws_proxy, and not {service}"),
    )
    .with_help("write `type: aws`, and map request and response")
}
