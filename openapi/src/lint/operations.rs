//! What every operation says about itself.

use std::collections::HashMap;

use super::{Lint, Rule};
use crate::document::At;
use crate::model::{IntegrationType, Operation};
use crate::names;
use crate::suggest;

const UNNAMED: Rule = Rule::house(
    "operation-id-missing",
    "methods, types and handlers are named by the operationId; one made from the path changes with it",
);
const NOT_CAMEL: Rule =
    Rule::house("operation-id-case", "operationIds are camelCase, verb and noun: createUser");
const COLLISION: Rule = Rule {
    severity: crate::Severity::Error,
    ..Rule::house("operation-id-collision", "both would be the same Rust method")
};
const UNTAGGED: Rule =
    Rule::house("operation-untagged", "routes and documentation are grouped by the first tag");
const TAG: Rule =
    Rule::house("tag-undeclared", "the document describes its tags; another one is mostly a slip");
const NO_SUMMARY: Rule =
    Rule::house("operation-summary", "the summary is the documentation of the generated method");
const NO_VALIDATOR: Rule = Rule::house(
    "request-validator-missing",
    "API Gateway validates nothing unless a validator is named (method request validation)",
);
const NO_INTEGRATION: Rule = Rule::refused(
    "integration-missing",
    "a method without integration cannot be deployed: \"No integration defined for method\"",
);

pub(super) const RULES: &[&Rule] = &[
    &UNNAMED,
    &NOT_CAMEL,
    &COLLISION,
    &UNTAGGED,
    &TAG,
    &NO_SUMMARY,
    &NO_VALIDATOR,
    &NO_INTEGRATION,
];

impl Lint<'_> {
    pub(super) fn operations(&mut self) {
        for operation in &self.api.operations {
            if !operation.is_preflight() {
                self.names(operation);
            }
            self.conduct(operation);
        }
        self.collisions();
    }

    fn names(&mut self, operation: &Operation) {
        let origin = &operation.origin;
        if !operation.id_declared {
            self.find(&UNNAMED, origin, "the operation has no operationId").help =
                Some(format!("add `operationId: {}`, or a better name", operation.id));
        } else if !is_camel_case(&operation.id) {
            let origin = self.key_of(origin, "operationId");
            let message = format!("the operationId `{}` is not camelCase", operation.id);
            self.find(&NOT_CAMEL, &origin, message);
        }
        if operation.tags.is_empty() {
            self.find(&UNTAGGED, origin, "the operation has no tag").help =
                Some("add `tags` with the name of its group".to_owned());
        }
        self.tags(operation);
        if operation.summary.as_deref().is_none_or(|summary| summary.trim().is_empty()) {
            self.find(&NO_SUMMARY, origin, "the operation has no summary");
        }
    }

    fn tags(&mut self, operation: &Operation) {
        let Some(tags) = self.at("/tags") else { return };
        let declared: Vec<_> = tags.elements().filter_map(|tag| tag.get("name")).collect();
        let declared: Vec<_> = declared.iter().filter_map(At::as_str).collect();
        for tag in operation.tags.iter().filter(|tag| !declared.contains(&tag.as_str())) {
            let origin = self.key_of(&operation.origin, "tags");
            let near = suggest::closest(tag, declared.iter().copied());
            self.find(&TAG, &origin, format!("the document declares no tag `{tag}`")).help =
                near.map(|near| format!("did you mean `{near}`?"));
        }
    }

    fn conduct(&mut self, operation: &Operation) {
        let origin = &operation.origin;
        let Some(integration) = &operation.integration else {
            let written = self.at(&origin.pointer);
            // One that could not be understood has its finding already.
            if written.is_none_or(|at| at.get("x-amazon-apigateway-integration").is_none()) {
                let message = format!("{} {} has no integration", operation.method, operation.path);
                self.find(&NO_INTEGRATION, origin, message).help =
                    Some("add x-amazon-apigateway-integration".to_owned());
            }
            return;
        };
        let asks = !operation.parameters.is_empty() || operation.request_body.is_some();
        if operation.validator.name.is_none() && asks && integration.kind != IntegrationType::Mock {
            self.find(&NO_VALIDATOR, origin, "no request validator is named").help =
                Some("add x-amazon-apigateway-request-validator here or at the root".to_owned());
        }
    }

    fn collisions(&mut self) {
        let mut taken: HashMap<String, &str> = HashMap::new();
        for operation in &self.api.operations {
            let name = names::value_name(&operation.id);
            match taken.get(&name) {
                Some(first) if *first != operation.id => {
                    let origin = self.key_of(&operation.origin, "operationId");
                    let message =
                        format!("`{}` and `{first}` are both `{name}` in Rust", operation.id);
                    self.find(&COLLISION, &origin, message);
                }
                _ => {
                    taken.insert(name, &operation.id);
                }
            }
        }
    }
}

fn is_camel_case(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_alphanumeric())
}
