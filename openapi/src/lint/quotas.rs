//! Quotas of API Gateway (quotas for configuring and running a REST API).

use std::collections::HashSet;

use super::{Lint, Rule};
use crate::model::{IntegrationResponse, PathTemplate, Segment};
use crate::position::Origin;

const SIZE: Rule = Rule::refused("document-size", "definition file: 6 MB");
const RESOURCES: Rule =
    Rule::dropped("quota-resources", "resources per API: 300, which may be raised");
const AUTHORIZERS: Rule =
    Rule::dropped("quota-authorizers", "authorizers per API: 10, which may be raised");
const POLICY: Rule = Rule::refused("quota-policy", "resource policy: 8192 characters");
const TEMPLATE: Rule = Rule::refused("quota-template", "mapping template: 300 KB");

pub(super) const RULES: &[&Rule] = &[&SIZE, &RESOURCES, &AUTHORIZERS, &POLICY, &TEMPLATE];

const IMPORT_LIMIT: usize = 6 * 1024 * 1024;
const RESOURCE_LIMIT: usize = 300;
const AUTHORIZER_LIMIT: usize = 10;
const POLICY_LIMIT: usize = 8192;
const TEMPLATE_LIMIT: usize = 300 * 1024;

impl Lint<'_> {
    pub(super) fn quotas(&mut self) {
        let root = self.root.origin();
        if self.text.len() > IMPORT_LIMIT {
            let message = format!("the document has {} bytes, more than 6 MB", self.text.len());
            self.find(&SIZE, &root, message).help =
                Some("leave descriptions and examples out of the deployed copy".to_owned());
        }
        let resources = self.resources();
        if resources > RESOURCE_LIMIT {
            let origin = self.key_of(&root, "paths");
            let message =
                format!("the paths make {resources} resources, more than {RESOURCE_LIMIT}");
            self.find(&RESOURCES, &origin, message);
        }
        let authorizers = self.api.security_schemes.values().filter(|it| it.authorizer.is_some());
        if let Some(beyond) = authorizers.clone().nth(AUTHORIZER_LIMIT) {
            let message = format!("there are {} authorizers, more than 10", authorizers.count());
            self.find(&AUTHORIZERS, &beyond.origin.clone(), message);
        }
        let policy =
            self.api.policy.as_ref().map(|policy| policy.document.to_string().chars().count());
        if policy.is_some_and(|length| length > POLICY_LIMIT) {
            let origin = self.key_of(&root, "x-amazon-apigateway-policy");
            let message = format!("the policy has more than {POLICY_LIMIT} characters");
            self.find(&POLICY, &origin, message);
        }
        self.templates();
    }

    /// One resource per distinct path prefix, the root included.
    fn resources(&self) -> usize {
        let mut prefixes: HashSet<&[Segment]> = HashSet::from([&[][..]]);
        for operation in &self.api.operations {
            let PathTemplate { segments, .. } = &operation.path;
            prefixes.extend((1..=segments.len()).map(|length| &segments[..length]));
        }
        prefixes.len()
    }

    fn templates(&mut self) {
        for integration in self.api.operations.iter().filter_map(|it| it.integration.as_ref()) {
            let answers = integration.responses.iter().map(response_templates);
            let asks = [(&integration.origin, "requestTemplates", &integration.request_templates)];
            for (origin, key, templates) in asks.into_iter().chain(answers) {
                for template in templates.values().filter(|text| text.len() > TEMPLATE_LIMIT) {
                    let origin = self.key_of(origin, key);
                    let message =
                        format!("a template has {} bytes, more than 300 KB", template.len());
                    self.find(&TEMPLATE, &origin, message);
                }
            }
        }
    }
}

fn response_templates(
    response: &IntegrationResponse,
) -> (&Origin, &'static str, &crate::model::operation::Templates) {
    (&response.origin, "responseTemplates", &response.templates)
}
