//! Declared responses.

use super::{Lint, Rule};
use crate::model::{
    IntegrationType, MediaType, Operation, Response, ResponseStatus, SchemaId, SchemaKind,
};

/// The component that every error answers with.
const PROBLEM: &str = "Problem";

const WILDCARD: Rule = Rule::refused(
    "wildcard-status",
    "imports with responses like 5XX are rejected (reported); method responses have one code",
);
const DEFAULT: Rule = Rule::dropped(
    "default-response",
    "a method response has a status code; how an import treats `default` is not documented",
);
const PRIMITIVE: Rule = Rule::dropped(
    "primitive-body",
    "\"Unsupported model type 'StringSchema' in 201 response to method 'POST /events'. Ignoring.\"",
);
const NO_SCHEMA: Rule = Rule::dropped(
    "body-without-schema",
    "\"Invalid format for model application/json for method GET\"",
);
const NO_EXAMPLE: Rule = Rule::house(
    "example-missing",
    "an example is what a reader tries first, and what the local run can print",
);
const NO_DESCRIPTION: Rule = Rule::house(
    "response-description",
    "OpenAPI 3.0 requires it, and generated documentation shows it",
);
const NO_SUCCESS: Rule =
    Rule::house("success-missing", "an operation that only fails has no type to return");
const NO_500: Rule = Rule::house(
    "failure-undeclared",
    "any function may fail; a declared 500 is what clients can decode then",
);
const NO_422: Rule = Rule::house(
    "violations-undeclared",
    "requests that break declared constraints are answered with 422 and every violation",
);
const NOT_PROBLEM: Rule = Rule::house(
    "error-schema",
    "one schema for every error (RFC 9457) lets clients handle errors in one place",
);

pub(super) const RULES: &[&Rule] = &[
    &WILDCARD,
    &DEFAULT,
    &PRIMITIVE,
    &NO_SCHEMA,
    &NO_EXAMPLE,
    &NO_DESCRIPTION,
    &NO_SUCCESS,
    &NO_500,
    &NO_422,
    &NOT_PROBLEM,
];

impl Lint<'_> {
    pub(super) fn responses(&mut self) {
        let problem = self.api.schemas.components().find(|(_, name, _)| *name == PROBLEM);
        let problem = problem.map(|(id, _, _)| id);
        let fails = |operation: &Operation| operation.responses.iter().any(is_error);
        if problem.is_none() && self.api.operations.iter().any(fails) {
            let origin = self.at("/paths").map(|paths| paths.origin()).unwrap_or_default();
            let message = format!("there is no schema `{PROBLEM}` for errors to share");
            self.find(&NOT_PROBLEM, &origin, message).help =
                Some(format!("declare components.schemas.{PROBLEM} as RFC 9457 has it"));
        }
        for operation in &self.api.operations {
            for response in &operation.responses {
                self.response(response, problem);
            }
            if let Some(body) = &operation.request_body {
                self.content(&body.content, "request");
            }
            self.statuses(operation);
        }
    }

    fn response(&mut self, response: &Response, problem: Option<SchemaId>) {
        let key = self.at(&response.origin.pointer).map(|at| at.key_origin());
        let key = key.unwrap_or_else(|| response.origin.clone());
        match response.status {
            ResponseStatus::Range(_) => {
                let message = format!("`{}` is no single status code", response.status);
                self.find(&WILDCARD, &key, message).help =
                    Some("declare each status that is answered".to_owned());
            }
            ResponseStatus::Default => {
                let message = "`default` is no status code";
                self.find(&DEFAULT, &key, message).help =
                    Some("declare each status that is answered".to_owned());
            }
            ResponseStatus::Code(_) => {}
        }
        if response.description.trim().is_empty() {
            self.find(&NO_DESCRIPTION, &key, "the response has no description");
        }
        self.content(&response.content, "response");
        if let Some(problem) = problem.filter(|_| is_error(response)) {
            let right = |media: &MediaType| media.schema == Some(problem);
            if !response.content.is_empty() && !response.content.iter().all(right) {
                let message = format!("the error {} is not a `{PROBLEM}`", response.status);
                self.find(&NOT_PROBLEM, &key, message).help =
                    Some(format!("refer to #/components/schemas/{PROBLEM}"));
            }
        }
    }

    fn content(&mut self, content: &[MediaType], of: &str) {
        for media in content {
            let Some(id) = media.schema else {
                let written = self.at(&media.origin.pointer);
                // A broken reference has its finding already.
                if written.is_none_or(|at| at.get("schema").is_none()) {
                    let message = format!("the {of} body {} has no schema", media.media_type);
                    self.find(&NO_SCHEMA, &media.origin, message);
                }
                continue;
            };
            if media.is_json() && media.example.is_none() {
                let message = format!("the {of} body {} has no example", media.media_type);
                self.find(&NO_EXAMPLE, &media.origin, message);
            }
            let schema = &self.api.schemas[id];
            if of == "response"
                && schema.name.is_none()
                && media.is_json()
                && is_primitive(&schema.kind)
            {
                let origin = schema.origin.clone();
                let message = "API Gateway ignores a response schema that is inline and no object";
                self.find(&PRIMITIVE, &origin, message).help =
                    Some("move it to components.schemas".to_owned());
            }
        }
    }

    fn statuses(&mut self, operation: &Operation) {
        if operation.responses.is_empty() {
            return;
        }
        let origin = self.key_of(&operation.origin, "responses");
        let declares = |wanted: fn(u16) -> bool| {
            operation.responses.iter().any(|response| match response.status {
                ResponseStatus::Code(code) => wanted(code),
                ResponseStatus::Range(class) => {
                    (0..100).any(|rest| wanted(u16::from(class) * 100 + rest))
                }
                ResponseStatus::Default => true,
            })
        };
        if !declares(|code| code < 400) {
            self.find(&NO_SUCCESS, &origin, "no success is declared");
        }
        let kind = operation.integration.as_ref().map(|integration| integration.kind);
        if kind != Some(IntegrationType::AwsProxy) {
            return;
        }
        if !declares(|code| code == 500) {
            self.find(&NO_500, &origin, "no response 500 is declared");
        }
        let asks = operation.request_body.is_some()
            || operation.parameters.iter().any(|parameter| parameter.schema.is_some());
        if asks && !declares(|code| code == 422) {
            self.find(&NO_422, &origin, "no response 422 is declared").help =
                Some("requests that break constraints are answered with it".to_owned());
        }
    }
}

fn is_error(response: &Response) -> bool {
    match response.status {
        ResponseStatus::Code(code) => code >= 400,
        ResponseStatus::Range(class) => class >= 4,
        ResponseStatus::Default => false,
    }
}

const fn is_primitive(kind: &SchemaKind) -> bool {
    matches!(
        kind,
        SchemaKind::Boolean
            | SchemaKind::Integer { .. }
            | SchemaKind::Number { .. }
            | SchemaKind::String { .. }
    )
}
