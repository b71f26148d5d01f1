//! Parameter mappings of integrations and gateway responses.

use super::{Lint, Rule};
use crate::model::{Integration, IntegrationType, Operation, ParameterLocation, ResponseStatus};
use crate::position::Origin;

const KEY: Rule = Rule::refused("mapping-key", "\"Invalid mapping identifier specified\"");
const SOURCE: Rule = Rule::refused(
    "mapping-source",
    "\"Invalid mapping expression specified: Validation Result: warnings : [], errors : [...]\"",
);
const UNDECLARED: Rule = Rule::refused(
    "mapping-undeclared",
    "\"Invalid mapping expression parameter specified: method.request.header.Authorization\"",
);
const URI_VARIABLE: Rule = Rule::dropped(
    "mapping-path-variable",
    "integration.request.path.<name> must match a {name} in the uri (HTTP integrations)",
);
const GATEWAY: Rule = Rule::dropped(
    "gateway-response-parameter",
    "parameters of gateway responses are headers, set to 'text' or method.request.* (gateway responses)",
);

pub(super) const RULES: &[&Rule] = &[&KEY, &SOURCE, &UNDECLARED, &URI_VARIABLE, &GATEWAY];

impl Lint<'_> {
    pub(super) fn mappings(&mut self) {
        for operation in &self.api.operations {
            let Some(integration) = &operation.integration else { continue };
            self.request_mappings(operation, integration);
            if !matches!(integration.kind, IntegrationType::AwsProxy | IntegrationType::HttpProxy) {
                self.response_mappings(operation, integration);
            }
        }
        for response in self.api.gateway_responses.values() {
            let at = self.key_of(&response.origin, "responseParameters");
            for (key, source) in &response.parameters {
                let origin = self.key_of(&at, key);
                if !key.starts_with("gatewayresponse.header.") {
                    let message = format!("`{key}` is no gatewayresponse.header.<name>");
                    self.find(&GATEWAY, &origin, message);
                } else if !is_static(source) && !source.starts_with("method.request.") {
                    let message = format!("`{source}` is neither 'text' nor method.request.*");
                    self.find(&GATEWAY, &origin, message).help =
                        Some(format!("for text write \"'{source}'\""));
                }
            }
        }
    }

    fn request_mappings(&mut self, operation: &Operation, integration: &Integration) {
        let at = self.key_of(&integration.origin, "requestParameters");
        for (key, source) in &integration.request_parameters {
            let origin = self.key_of(&at, key);
            let target = key.strip_prefix("integration.request.").and_then(|k| k.split_once('.'));
            match target {
                Some(("path", name)) => {
                    let uri = integration.uri.as_deref().unwrap_or_default();
                    if !uri.contains(&format!("{{{name}}}")) {
                        let message = format!("the uri has no variable `{{{name}}}`");
                        self.find(&URI_VARIABLE, &origin, message);
                    }
                }
                Some(("header" | "querystring", name)) if !name.is_empty() => {}
                _ => {
                    let message = format!("`{key}` is no part of an integration request");
                    self.find(&KEY, &origin, message).help = Some(
                        "write integration.request.header, .querystring or .path and a name"
                            .to_owned(),
                    );
                }
            }
            self.request_source(operation, source, &origin);
        }
    }

    fn request_source(&mut self, operation: &Operation, source: &str, origin: &Origin) {
        if is_static(source) || is_context(source) {
            return;
        }
        let Some(rest) = source.strip_prefix("method.request.") else {
            return self.bad_source(source, origin);
        };
        if rest == "body" || rest.starts_with("body.") {
            return;
        }
        let Some((place, name)) = rest.split_once('.') else {
            return self.bad_source(source, origin);
        };
        let location = match place {
            "header" | "multivalueheader" => ParameterLocation::Header,
            "querystring" | "multivaluequerystring" => ParameterLocation::Query,
            "path" => ParameterLocation::Path,
            _ => return self.bad_source(source, origin),
        };
        let same = |declared: &str| match location {
            ParameterLocation::Header => declared.eq_ignore_ascii_case(name),
            _ => declared == name,
        };
        let mut parameters = operation.parameters.iter();
        if !parameters.any(|known| known.location == location && same(&known.name)) {
            let place = location.as_str();
            let message = format!("the operation declares no {place} parameter `{name}`");
            self.find(&UNDECLARED, origin, message).help =
                Some("declare it under `parameters` of the operation".to_owned());
        }
    }

    fn bad_source(&mut self, source: &str, origin: &Origin) {
        let message = format!("`{source}` is nothing a parameter can be mapped from");
        self.find(&SOURCE, origin, message).help = Some(format!(
            "for text write \"'{source}'\", else method.request.*, context.* or stageVariables.*"
        ));
    }

    fn response_mappings(&mut self, operation: &Operation, integration: &Integration) {
        for response in &integration.responses {
            let status = ResponseStatus::Code(response.status);
            let declared = operation.responses.iter().find(|declared| declared.status == status);
            let at = self.key_of(&response.origin, "responseParameters");
            for (key, source) in &response.parameters {
                let origin = self.key_of(&at, key);
                let Some(name) = key.strip_prefix("method.response.header.") else {
                    let message = format!("`{key}` is no part of a method response");
                    self.find(&KEY, &origin, message).help =
                        Some("write method.response.header and a name".to_owned());
                    continue;
                };
                let known = |declared: &crate::model::Response| {
                    declared.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name))
                };
                if declared.is_some_and(|declared| !known(declared)) {
                    let message = format!("the response {status} declares no header `{name}`");
                    self.find(&UNDECLARED, &origin, message).help =
                        Some(format!("declare it under `headers` of the response {status}"));
                }
                if !is_static(source)
                    && !is_context(source)
                    && !source.starts_with("integration.response.")
                {
                    self.bad_source(source, &origin);
                }
            }
        }
    }
}

fn is_static(source: &str) -> bool {
    source.len() >= 2 && source.starts_with('\'') && source.ends_with('\'')
}

fn is_context(source: &str) -> bool {
    source.starts_with("context.") || source.starts_with("stageVariables.")
}
