//! An API as facts: a name and a text each, alike for a document and for its export.
//!
//! Left out is what an export cannot know (prose, examples, operationIds, `x-lychgate`) and what
//! belongs to the environment (policy, endpoint).

use std::collections::BTreeMap;

use indexmap::IndexMap;
use openapi::model::{
    GatewayResponse, Integration, IntegrationType, Operation, SchemaId, SecurityScheme,
    StatusSelector,
};
use openapi::{Api, model};
use serde_json::{Map, Value};

/// Facts by name.
pub(super) type Facts = IndexMap<String, String>;

/// Every fact about an API.
pub(super) fn of(api: &Api) -> Facts {
    let mut facts = Facts::new();
    for operation in &api.operations {
        operation_facts(api, operation, &mut facts);
    }
    for (kind, response) in &api.gateway_responses {
        gateway_response(kind.as_str(), response, &mut facts);
    }
    for media_type in &api.binary_media_types {
        facts.insert(format!("binary media type {media_type}"), "yes".to_owned());
    }
    if let Some(bytes) = api.minimum_compression_size {
        facts.insert("minimum compression size".to_owned(), bytes.to_string());
    }
    if api.api_key_from_authorizer {
        facts.insert("API key source".to_owned(), "AUTHORIZER".to_owned());
    }
    facts
}

fn operation_facts(api: &Api, operation: &Operation, facts: &mut Facts) {
    let name = format!("{} {}", operation.method, operation.path);
    facts.insert(name.clone(), "declared".to_owned());
    for parameter in &operation.parameters {
        // An import drops parameters in cookies.
        if parameter.location != model::ParameterLocation::Cookie {
            let need = if parameter.required { "required" } else { "optional" };
            let location = parameter.location.as_str();
            facts.insert(format!("{name} parameter {} in {location}", parameter.name), need.into());
        }
    }
    for body in operation.request_body.iter().flat_map(|body| &body.content) {
        if let Some(schema) = body.schema {
            facts.insert(format!("{name} body {}", body.essence()), schema_text(api, schema));
        }
    }
    let validates = match (operation.validator.parameters, operation.validator.body) {
        (true, true) => "parameters and body",
        (true, false) => "parameters",
        (false, true) => "body",
        (false, false) => "nothing",
    };
    facts.insert(format!("{name} validates"), validates.to_owned());
    facts.insert(format!("{name} authorization"), authorization(api, operation));
    if let Some(integration) = &operation.integration {
        integration_facts(&name, integration, facts);
    }
}

fn authorization(api: &Api, operation: &Operation) -> String {
    let mut parts = Vec::new();
    if operation.auth == Some(model::AuthType::AwsIam) {
        parts.push("AWS_IAM".to_owned());
    }
    for (name, scopes) in operation.security.iter().flatten() {
        if let Some(scheme) = api.security_schemes.get(name)
            && let Some(text) = scheme_text(scheme)
        {
            parts.push(format!("{text} {}", scopes.join(" ")).trim_end().to_owned());
        }
    }
    parts.sort();
    parts.dedup();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// What a scheme means to API Gateway; nothing if it drops it.
fn scheme_text(scheme: &SecurityScheme) -> Option<String> {
    if scheme.is_iam() {
        return Some("AWS_IAM".to_owned());
    }
    if scheme.is_api_key() {
        return Some("API key".to_owned());
    }
    let authorizer = scheme.authorizer.as_ref()?;
    let what = match (&authorizer.uri, authorizer.provider_arns.as_slice()) {
        (Some(uri), _) => uri.clone(),
        (None, arns) => arns.join(" "),
    };
    Some(format!("{:?} {what} cached {} s", authorizer.kind, authorizer.ttl_seconds))
}

fn integration_facts(operation: &str, integration: &Integration, facts: &mut Facts) {
    let mut add = |key: &str, value: String| {
        facts.insert(format!("{operation} integration {key}"), value);
    };
    add("type", integration.kind.as_str().to_owned());
    // A mock calls nobody: an address, which exports may hold all the same, means nothing.
    let calls = integration.kind != IntegrationType::Mock;
    if let Some(uri) = integration.uri.as_ref().filter(|_| calls) {
        add("uri", uri.clone());
    }
    // The import fills in what a function needs.
    if let Some(method) = integration.http_method.as_ref().filter(|_| calls) {
        add("httpMethod", method.clone());
    }
    if let Some(role) = &integration.credentials {
        add("credentials", role.clone());
    }
    if let Some(link) = &integration.vpc_link {
        add("connectionId", link.clone());
    }
    add("passthroughBehavior", format!("{:?}", integration.passthrough));
    add("timeoutInMillis", integration.timeout_millis.to_string());
    if let Some(handling) = integration.content_handling {
        add("contentHandling", format!("{handling:?}"));
    }
    for (to, from) in &integration.request_parameters {
        add(&format!("requestParameters {to}"), from.clone());
    }
    for (media_type, template) in &integration.request_templates {
        add(&format!("requestTemplates {media_type}"), template.clone());
    }
    for response in &integration.responses {
        let selector = match &response.selector {
            StatusSelector::Default => "default".to_owned(),
            StatusSelector::Pattern(pattern) => pattern.clone(),
        };
        add(&format!("response {selector} statusCode"), response.status.to_string());
        for (to, from) in &response.parameters {
            add(&format!("response {selector} responseParameters {to}"), from.clone());
        }
        for (media_type, template) in &response.templates {
            add(&format!("response {selector} responseTemplates {media_type}"), template.clone());
        }
        if let Some(handling) = response.content_handling {
            add(&format!("response {selector} contentHandling"), format!("{handling:?}"));
        }
    }
}

fn gateway_response(kind: &str, response: &GatewayResponse, facts: &mut Facts) {
    if let Some(status) = response.status {
        facts.insert(format!("gateway response {kind} statusCode"), status.to_string());
    }
    for (to, from) in &response.parameters {
        facts.insert(format!("gateway response {kind} responseParameters {to}"), from.clone());
    }
    for (media_type, template) in &response.templates {
        // What an export says of a response that nobody changed.
        if template != r#"{"message":$context.error.messageString}"# {
            let name = format!("gateway response {kind} responseTemplates {media_type}");
            facts.insert(name, template.clone());
        }
    }
}

/// A schema as JSON with sorted keys, references replaced by what they refer to.
fn schema_text(api: &Api, id: SchemaId) -> String {
    let document = api.schemas.json_schema(id);
    canonical(&document, &document, &mut Vec::new()).to_string()
}

/// Members that say nothing about which values fit.
const PROSE: &[&str] = &["description", "title", "example", "components", "definitions", "$schema"];

fn canonical(schema: &Value, document: &Value, seen: &mut Vec<String>) -> Value {
    match schema {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                if let Some(depth) = seen.iter().rev().position(|known| known == reference) {
                    return Value::from(format!("the schema {} above", depth + 1));
                }
                let target = reference.strip_prefix('#').and_then(|it| document.pointer(it));
                seen.push(reference.to_owned());
                let value = target.map_or(Value::Null, |target| canonical(target, document, seen));
                seen.pop();
                return value;
            }
            let kept = members.iter().filter(|(key, _)| !PROSE.contains(&key.as_str()));
            sorted(kept.map(|(key, value)| match (key.as_str(), value) {
                // Names of properties, which may be anything.
                ("properties", Value::Object(properties)) => {
                    let each = properties.iter();
                    let each = each.map(|(key, it)| (key, canonical(it, document, seen)));
                    (key, sorted(each))
                }
                _ => (key, canonical(value, document, seen)),
            }))
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| canonical(item, document, seen)).collect())
        }
        other => other.clone(),
    }
}

fn sorted<'k>(members: impl Iterator<Item = (&'k String, Value)>) -> Value {
    let sorted: BTreeMap<&String, Value> = members.collect();
    Value::Object(
        sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect::<Map<_, _>>(),
    )
}
