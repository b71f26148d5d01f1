//! Integrations.

use super::{Lint, Rule};
use crate::model::{
    Integration, IntegrationTarget, IntegrationType, Operation, PassthroughBehavior, ResponseStatus,
};

const METHOD: Rule = Rule::refused(
    "integration-method",
    "\"Enumeration value for HttpMethod must be non-empty\"; functions are invoked with POST (x-amazon-apigateway-integration)",
);
const PROXY_TARGET: Rule = Rule::refused(
    "proxy-target",
    "\"Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.\"",
);
const ENDPOINT: Rule =
    Rule::refused("http-endpoint", "\"Invalid HTTP endpoint specified for URI\"");
const TIMEOUT: Rule = Rule::refused(
    "integration-timeout",
    "\"Timeout should be between 50 ms and 29000 ms\" (x-amazon-apigateway-integration)",
);
const LONG_TIMEOUT: Rule = Rule::dropped(
    "integration-timeout-long",
    "refused like one that is too short, unless the account's quota for regional and private APIs was raised",
);
const FUNCTION_TIMEOUT: Rule = Rule::house(
    "function-timeout",
    "API Gateway gives up first: the caller gets 504 while the function goes on and is paid for",
);
const PROXY_IGNORES: Rule = Rule::dropped(
    "proxy-ignores",
    "proxy integrations pass the request and the response through (Lambda proxy integrations)",
);
const CREDENTIALS: Rule = Rule::house(
    "integration-credentials",
    "without credentials API Gateway cannot call an AWS service; only functions have policies of their own",
);
const STREAM: Rule = Rule::refused(
    "response-streaming",
    "STREAM is for aws_proxy and http_proxy only (response transfer mode)",
);
const MOCK: Rule = Rule::house(
    "mock-template",
    "a mock takes its status from the rendered request template; without a match it answers 500",
);
const NO_RESPONSES: Rule = Rule::house(
    "integration-responses",
    "an integration that is no proxy answers 500 unless a response is selected",
);
const UNDECLARED: Rule =
    Rule::refused("integration-status-undeclared", "\"No method response exists for method.\"");
const UNREACHED: Rule = Rule::house(
    "status-unreached",
    "a declared status that no integration response selects is never answered",
);

/// Statuses that API Gateway answers on its own (gateway response types).
const OF_THE_GATEWAY: &[u16] = &[400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504];

pub(super) const RULES: &[&Rule] = &[
    &METHOD,
    &PROXY_TARGET,
    &ENDPOINT,
    &TIMEOUT,
    &LONG_TIMEOUT,
    &FUNCTION_TIMEOUT,
    &PROXY_IGNORES,
    &CREDENTIALS,
    &STREAM,
    &MOCK,
    &NO_RESPONSES,
    &UNDECLARED,
    &UNREACHED,
];

impl Lint<'_> {
    pub(super) fn integrations(&mut self) {
        for operation in &self.api.operations {
            let Some(integration) = &operation.integration else { continue };
            self.target(integration);
            self.timeout(integration);
            match integration.kind {
                IntegrationType::AwsProxy | IntegrationType::HttpProxy => self.proxy(integration),
                _ => self.custom(operation, integration),
            }
        }
    }

    fn target(&mut self, integration: &Integration) {
        let origin = self.key_of(&integration.origin, "uri");
        let method = self.key_of(&integration.origin, "httpMethod");
        match (&integration.target, integration.http_method.as_deref()) {
            (IntegrationTarget::None, _) => {}
            (target, None) => {
                let message = "the integration has no httpMethod";
                let function = matches!(target, IntegrationTarget::Function(_));
                self.find(&METHOD, &method, message).help =
                    function.then(|| "write `httpMethod: POST`, whatever the operation".to_owned());
            }
            (IntegrationTarget::Function(_), Some(other)) if other != "POST" => {
                let message = format!("functions are invoked with POST, not with {other}");
                self.find(&METHOD, &method, message).help =
                    Some("write `httpMethod: POST`, whatever the operation".to_owned());
            }
            _ => {}
        }
        match &integration.target {
            IntegrationTarget::AwsService { service, .. } => {
                if integration.kind == IntegrationType::AwsProxy && service != "firehose" {
                    let message = format!("aws_proxy cannot call {service}");
                    self.find(&PROXY_TARGET, &origin, message).help =
                        Some("write `type: aws` with templates".to_owned());
                }
                if integration.credentials.is_none() {
                    let message = format!("the integration of {service} has no credentials");
                    self.find(&CREDENTIALS, &integration.origin, message);
                }
            }
            IntegrationTarget::Http(uri) if !is_endpoint(uri) => {
                let message = format!("`{uri}` is no HTTP endpoint");
                self.find(&ENDPOINT, &origin, message);
            }
            _ => {}
        }
    }

    fn timeout(&mut self, integration: &Integration) {
        let millis = integration.timeout_millis;
        let origin = self.key_of(&integration.origin, "timeoutInMillis");
        let rule = match millis {
            ..50 => Some(&TIMEOUT),
            50..=29_000 => None,
            _ => Some(&LONG_TIMEOUT),
        };
        if let Some(rule) = rule {
            let message = format!("{millis} ms is no timeout of API Gateway");
            self.find(rule, &origin, message).help = Some("50 to 29000 ms".to_owned());
        }
        let IntegrationTarget::Function(function) = &integration.target else { return };
        let Some(declared) = self.api.lychgate.functions.get(&function.key) else { return };
        if u64::from(declared.timeout_seconds) * 1000 > u64::from(millis) {
            let message = format!(
                "the function `{}` may take {} s, but API Gateway waits {millis} ms",
                function.key, declared.timeout_seconds
            );
            self.find(&FUNCTION_TIMEOUT, &origin, message);
        }
    }

    fn proxy(&mut self, integration: &Integration) {
        let kind = integration.kind;
        let mut ignored = Vec::new();
        if !integration.request_templates.is_empty() {
            ignored.push("requestTemplates");
        }
        if kind == IntegrationType::AwsProxy && !integration.request_parameters.is_empty() {
            // Header mappings of a Lambda proxy integration still take effect.
            let headers = |key: &String| key.starts_with("integration.request.header.");
            if !integration.request_parameters.keys().all(headers) {
                ignored.push("requestParameters");
            }
        }
        let shapes = |it: &crate::model::IntegrationResponse| {
            !it.parameters.is_empty() || !it.templates.is_empty()
        };
        if integration.responses.iter().any(shapes) {
            ignored.push("responses");
        }
        for key in ignored {
            let origin = self.at(&integration.origin.pointer).and_then(|at| at.get(key));
            let origin = origin.map_or_else(|| integration.origin.clone(), |at| at.key_origin());
            let message = format!("{} ignores `{key}`", kind.as_str());
            self.find(&PROXY_IGNORES, &origin, message);
        }
    }

    fn custom(&mut self, operation: &Operation, integration: &Integration) {
        let origin = &integration.origin;
        if integration.streams_response {
            let origin = self.key_of(origin, "responseTransferMode");
            let message = format!("{} cannot stream its response", integration.kind.as_str());
            self.find(&STREAM, &origin, message);
        }
        let passes = integration.passthrough != PassthroughBehavior::Never;
        if integration.kind == IntegrationType::Mock
            && integration.request_templates.is_empty()
            && !passes
        {
            self.find(&MOCK, origin, "the mock has no request template").help =
                Some("add application/json: '{\"statusCode\": 200}'".to_owned());
        }
        if integration.responses.is_empty() {
            self.find(&NO_RESPONSES, origin, "the integration declares no responses").help =
                Some("add `responses` with at least `default`".to_owned());
        }
        for response in &integration.responses {
            let status = ResponseStatus::Code(response.status);
            if !operation.responses.iter().any(|declared| declared.status == status) {
                let origin = self.key_of(&response.origin, "statusCode");
                let message = format!("the operation declares no response {status}");
                self.find(&UNDECLARED, &origin, message).help =
                    Some(format!("declare \"{status}\" under `responses` of the operation"));
            }
        }
        self.unreached(operation, integration);
    }

    fn unreached(&mut self, operation: &Operation, integration: &Integration) {
        if integration.responses.is_empty() {
            return;
        }
        for response in &operation.responses {
            let ResponseStatus::Code(code) = response.status else { continue };
            let selected = integration.responses.iter().any(|it| it.status == code);
            if !selected && !OF_THE_GATEWAY.contains(&code) {
                let origin = self.at(&response.origin.pointer).map(|at| at.key_origin());
                let origin = origin.unwrap_or_else(|| response.origin.clone());
                let message = format!("no integration response answers {code}");
                self.find(&UNREACHED, &origin, message).help =
                    Some("add one under `responses` of the integration".to_owned());
            }
        }
    }
}

/// A URL, or one whose start a variable or placeholder holds.
fn is_endpoint(uri: &str) -> bool {
    uri.starts_with("http://") || uri.starts_with("https://") || uri.starts_with("${")
}
