//! `x-amazon-apigateway-integration`, and what its `uri` names.

use super::Resolver;
use crate::diagnostic::Severity;
use crate::document::{At, Content};
use crate::model::integration::DEFAULT_TIMEOUT_MILLIS;
use crate::model::{
    AwsAction, ContentHandling, FunctionReference, Integration, IntegrationResponse,
    IntegrationTarget, IntegrationType, PassthroughBehavior, StatusSelector,
};
use crate::placeholder::placeholder;
use crate::suggest;

const TYPES: &[&str] = &["aws_proxy", "aws", "http_proxy", "http", "mock"];

impl<'d> Resolver<'d, '_> {
    pub(super) fn integration(&mut self, operation: &At<'d>) -> Option<Integration> {
        let at = operation.present("x-amazon-apigateway-integration")?;
        if !at.is_object() {
            self.wrong_type(Severity::Error, &at, "an object");
            return None;
        }
        if at.get("$ref").is_some() {
            let message = "integrations cannot be shared by `$ref` in a REST API";
            self.error("integration-reference", &at.origin(), message).help =
                Some("write the integration out at every operation".to_owned());
            return None;
        }
        let kind = self.integration_type(&at)?;
        let uri = at.present("uri").map(|uri| self.substituted(&uri));
        let target = self.integration_target(&at, kind, uri.as_ref());
        let tls = self.object(&at, "tlsConfig");
        Some(Integration {
            kind,
            target,
            uri: uri.and_then(|uri| uri.as_str()).map(str::to_owned),
            http_method: self.text(&at, "httpMethod").map(|method| method.to_ascii_uppercase()),
            credentials: self.text(&at, "credentials"),
            vpc_link: self.vpc_link(&at),
            passthrough: self.passthrough(&at),
            request_parameters: self.text_map(&at, "requestParameters"),
            request_templates: self.text_map(&at, "requestTemplates"),
            template_origins: self.origins(&at, "requestTemplates"),
            content_handling: self.content_handling(&at),
            timeout_millis: self.integer(&at, "timeoutInMillis").unwrap_or(DEFAULT_TIMEOUT_MILLIS),
            responses: self.integration_responses(&at),
            insecure_tls: tls.is_some_and(|tls| self.flag(&tls, "insecureSkipVerification")),
            streams_response: self
                .text(&at, "responseTransferMode")
                .is_some_and(|mode| mode.eq_ignore_ascii_case("STREAM")),
            origin: at.origin(),
        })
    }

    fn integration_type(&mut self, at: &At<'d>) -> Option<IntegrationType> {
        let Some(value) = at.present("type") else {
            self.error("integration-type", &at.origin(), "the integration has no `type`").help =
                Some(format!("one of {}", TYPES.join(", ")));
            return None;
        };
        let text = self.value_text(&value)?;
        match text.to_ascii_lowercase().as_str() {
            "aws_proxy" => Some(IntegrationType::AwsProxy),
            "aws" => Some(IntegrationType::Aws),
            "http_proxy" => Some(IntegrationType::HttpProxy),
            "http" => Some(IntegrationType::Http),
            "mock" => Some(IntegrationType::Mock),
            other => {
                let help = match suggest::closest(other, TYPES.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("one of {}", TYPES.join(", ")),
                };
                let message = format!("there is no integration type `{text}`");
                self.error("integration-type", &value.origin(), message).help = Some(help);
                None
            }
        }
    }

    fn integration_target(
        &mut self,
        at: &At<'d>,
        kind: IntegrationType,
        uri: Option<&At<'d>>,
    ) -> IntegrationTarget {
        if kind == IntegrationType::Mock {
            return IntegrationTarget::None;
        }
        let Some(uri) = uri else {
            let message = format!("an integration of type {} needs a `uri`", kind.as_str());
            self.error("integration-uri", &at.origin(), message);
            return IntegrationTarget::None;
        };
        let Some(text) = uri.as_str() else {
            // API Gateway: "Unable to parse API definition because of a malformed integration".
            let message = format!("`uri` must be text, not {}", uri.node().kind());
            self.error("integration-uri", &uri.origin(), message).help =
                Some("CloudFormation functions are not filled here; use \"${name}\"".to_owned());
            return IntegrationTarget::None;
        };
        let target = match kind {
            IntegrationType::Http | IntegrationType::HttpProxy => {
                Some(IntegrationTarget::Http(text.to_owned()))
            }
            _ => function_of(uri).map(IntegrationTarget::Function).or_else(|| aws_service(text)),
        };
        if target.is_none() {
            let (message, help) = not_an_integration(text);
            self.error("integration-uri", &uri.origin(), message).help = Some(help.to_owned());
        }
        target.unwrap_or(IntegrationTarget::None)
    }

    fn vpc_link(&mut self, at: &At<'d>) -> Option<String> {
        let link = self.text(at, "connectionType")?.eq_ignore_ascii_case("VPC_LINK");
        link.then(|| self.text(at, "connectionId")).flatten()
    }

    fn passthrough(&mut self, at: &At<'d>) -> PassthroughBehavior {
        let Some(text) = self.text(at, "passthroughBehavior") else {
            return PassthroughBehavior::default();
        };
        match text.to_ascii_lowercase().as_str() {
            "when_no_match" => PassthroughBehavior::WhenNoMatch,
            "when_no_templates" => PassthroughBehavior::WhenNoTemplates,
            "never" => PassthroughBehavior::Never,
            _ => {
                let origin = at.get("passthroughBehavior").map(|value| value.origin());
                let message = format!("there is no passthroughBehavior `{text}`");
                self.error("passthrough-behavior", &origin.unwrap_or_default(), message).help =
                    Some("one of when_no_match, when_no_templates, never".to_owned());
                PassthroughBehavior::default()
            }
        }
    }

    fn content_handling(&mut self, at: &At<'d>) -> Option<ContentHandling> {
        let text = self.text(at, "contentHandling")?;
        match text.to_ascii_uppercase().as_str() {
            "CONVERT_TO_BINARY" => return Some(ContentHandling::ConvertToBinary),
            "CONVERT_TO_TEXT" => return Some(ContentHandling::ConvertToText),
            _ => {}
        }
        let origin = at.get("contentHandling").map(|value| value.origin()).unwrap_or_default();
        let message = format!("there is no contentHandling `{text}`");
        self.error("content-handling", &origin, message).help =
            Some("one of CONVERT_TO_BINARY, CONVERT_TO_TEXT".to_owned());
        None
    }

    fn integration_responses(&mut self, at: &At<'d>) -> Vec<IntegrationResponse> {
        let Some(declared) = self.object(at, "responses") else { return Vec::new() };
        let mut responses = Vec::new();
        for (key, at) in declared.members() {
            if at.present("statusCode").is_none() {
                let message = format!("the integration response `{key}` has no `statusCode`");
                self.error("integration-response-status", &at.origin(), message);
                continue;
            }
            let Some(status) = self.status_code(&at) else { continue };
            let selector = match key {
                "default" => StatusSelector::Default,
                pattern => StatusSelector::Pattern(pattern.to_owned()),
            };
            responses.push(IntegrationResponse {
                selector,
                status,
                parameters: self.text_map(&at, "responseParameters"),
                templates: self.text_map(&at, "responseTemplates"),
                template_origins: self.origins(&at, "responseTemplates"),
                content_handling: self.content_handling(&at),
                origin: at.origin(),
            });
        }
        responses
    }
}

/// API Gateway: "AWS ARN for integration must contain path or action", "Invalid ARN specified".
fn not_an_integration(uri: &str) -> (String, &'static str) {
    if uri.starts_with("arn:") && uri.contains(":lambda:") && !uri.contains("/functions/") {
        return (
            "`uri` is the ARN of a function, not that of its invocation".to_owned(),
            "write arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/<this ARN>/invocations",
        );
    }
    (
        format!("`{uri}` is no `uri` of an AWS integration"),
        "write arn:aws:apigateway:<region>:<service>:path/... or .../action/...",
    )
}

/// The function a `uri` names, placeholders filled or not.
pub(super) fn function_of(uri: &At<'_>) -> Option<FunctionReference> {
    let Content::String { text, .. } = &uri.node().content else { return None };
    let written = uri.as_written().unwrap_or(text);
    let (arn, name, qualifier) = function_parts(text)?;
    let key = match function_parts(written) {
        Some((_, name, _)) => function_key(name),
        None => function_key(name),
    };
    Some(FunctionReference {
        key,
        name: name.to_owned(),
        qualifier: qualifier.map(str::to_owned),
        arn: arn.to_owned(),
    })
}

/// ARN, name and qualifier of the function whose invocation a `uri` is. A `uri` or ARN that is
/// one placeholder stands for them all.
fn function_parts(uri: &str) -> Option<(&str, &str, Option<&str>)> {
    if lone_placeholder(uri).is_some() {
        return Some((uri, uri, None));
    }
    let (_, rest) = uri.split_once("/functions/")?;
    let arn = rest
        .strip_suffix("/invocations")
        .or_else(|| rest.strip_suffix("/response-streaming-invocations"))
        .unwrap_or(rest);
    let name = match arn.split_once(":function:") {
        Some((_, name)) => name,
        None if variable(arn).is_some() => arn,
        None => return None,
    };
    if name.is_empty() {
        return None;
    }
    match split_outside_braces(name) {
        Some((name, qualifier)) => Some((arn, name, Some(qualifier))),
        None => Some((arn, name, None)),
    }
}

/// The name if the text is one `${...}` of any syntax and nothing else: `${Users.Arn}`.
fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.is_empty() && !name.contains(['{', '}'])).then_some(name)
}

/// The name if the text is one placeholder and nothing else.
fn lone_placeholder(text: &str) -> Option<&str> {
    placeholder(text).filter(|(_, length)| *length == text.len()).map(|(name, _)| name)
}

/// Splits at the first colon that is not inside `${...}`.
fn split_outside_braces(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some((&text[..index], &text[index + 1..])),
            _ => {}
        }
    }
    None
}

/// `${users_function}` is `users`; placeholders for an ARN lose what says so, as CloudFormation's
/// `${Users.Arn}` does; anything else is a function's name.
fn function_key(name: &str) -> String {
    const ROLES: &[&str] = &[
        "_function",
        "_function_name",
        "_function_arn",
        "_invoke_arn",
        "_invoke_uri",
        "_lambda_arn",
        "_lambda_uri",
        "_arn",
        "_uri",
    ];
    if let Some(resource) = variable(name).and_then(|name| name.strip_suffix(".Arn")) {
        return resource.to_owned();
    }
    let Some(placeholder) = lone_placeholder(name) else { return name.to_owned() };
    let longest = ROLES
        .iter()
        .filter_map(|role| placeholder.strip_suffix(role))
        .filter(|key| !key.is_empty())
        .min_by_key(|key| key.len());
    longest.unwrap_or(placeholder).to_owned()
}

/// `arn:aws:apigateway:{region}:{[subdomain.]service}:{path|action}/{...}`
fn aws_service(uri: &str) -> Option<IntegrationTarget> {
    let rest = uri.strip_prefix("arn:")?;
    let (_partition, rest) = split_outside_braces(rest)?;
    let rest = rest.strip_prefix("apigateway:")?;
    let (region, rest) = split_outside_braces(rest)?;
    let (service, call) = split_outside_braces(rest)?;
    let (form, value) = call.split_once('/')?;
    let action = match form {
        "path" => AwsAction::Path(value.to_owned()),
        "action" => AwsAction::Action(value.to_owned()),
        _ => return None,
    };
    let (subdomain, service) = match service.rsplit_once('.') {
        Some((subdomain, service)) => (Some(subdomain.to_owned()), service),
        None => (None, service),
    };
    Some(IntegrationTarget::AwsService {
        region: region.to_owned(),
        subdomain,
        service: service.to_owned(),
        action,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVOKE: &str = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions";

    #[test]
    fn function_name_and_qualifier_are_parts_of_the_arn() {
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:users:live";
        let uri = format!("{INVOKE}/{arn}/invocations");
        assert_eq!(function_parts(&uri), Some((arn, "users", Some("live"))));
    }

    #[test]
    fn colons_inside_variables_split_nothing() {
        let arn = "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${stageVariables.f}";
        let uri = format!("{INVOKE}/{arn}/invocations");
        assert_eq!(function_parts(&uri), Some((arn, "${stageVariables.f}", None)));
    }

    #[test]
    fn placeholders_give_the_key() {
        assert_eq!(function_key("${users_function}"), "users");
        assert_eq!(function_key("${users_function_arn}"), "users");
        assert_eq!(function_key("${users}"), "users");
        assert_eq!(function_key("${UsersFunction.Arn}"), "UsersFunction");
        assert_eq!(function_key("my-users"), "my-users");
        assert_eq!(function_key("${stageVariables.f}"), "${stageVariables.f}");
    }

    #[test]
    fn service_integrations_have_a_path_or_an_action() {
        let target = aws_service("arn:aws:apigateway:eu-west-1:runtime.sagemaker:path/a/{b}");
        assert_eq!(
            target,
            Some(IntegrationTarget::AwsService {
                region: "eu-west-1".to_owned(),
                subdomain: Some("runtime".to_owned()),
                service: "sagemaker".to_owned(),
                action: AwsAction::Path("a/{b}".to_owned()),
            })
        );
        assert_eq!(aws_service("arn:aws:lambda:eu-west-1:1:function:f"), None);
    }
}
