//! Paths and their operations.

use std::collections::HashMap;

use super::Resolver;
use super::validators::Validators;
use crate::diagnostic::Severity;
use crate::document::At;
use crate::model::{Api, Method, Operation, PathTemplate};
use crate::names;
use crate::suggest;

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
const NOT_METHODS: &[&str] = &["parameters", "summary", "description", "servers"];
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", ANY_METHOD];

impl<'d> Resolver<'d, '_> {
    pub(super) fn operations(&mut self, api: &Api, validators: &Validators) -> Vec<Operation> {
        let root = self.root.clone();
        let mut operations = Vec::new();
        if root.present("paths").is_none() {
            self.warn("no-paths", &root.origin(), "the document declares no paths").help =
                Some("add `paths` with at least one operation".to_owned());
        }
        for (text, item) in self.entries(&root, "paths") {
            if !text.starts_with('/') {
                let message = format!("the path `{text}` must start with `/`");
                self.error("path-without-slash", &item.key_origin(), message);
                continue;
            }
            let path = PathTemplate::parse(text);
            for (method, at) in self.methods(&item) {
                operations.push(self.operation(api, validators, &path, method, &item, &at));
            }
        }
        self.name_operations(&mut operations);
        operations
    }

    fn methods(&mut self, item: &At<'d>) -> Vec<(Method, At<'d>)> {
        if !item.is_object() {
            self.wrong_type(Severity::Warning, item, "an object");
            return Vec::new();
        }
        let mut methods = Vec::new();
        for (key, at) in item.members() {
            if let Some(method) = method(key) {
                if at.is_object() {
                    methods.push((method, at));
                } else {
                    self.wrong_type(Severity::Error, &at, "an operation");
                }
            } else {
                self.not_a_method(key, &at);
            }
        }
        methods
    }

    fn not_a_method(&mut self, key: &str, at: &At<'d>) {
        let origin = at.key_origin();
        match key {
            "$ref" => {
                let message = "a path item cannot be a reference";
                self.error("path-item-reference", &origin, message).help =
                    Some("write its operations here".to_owned());
            }
            "trace" => {
                let message = "API Gateway has no method TRACE";
                self.error("unsupported-method", &origin, message);
            }
            _ if NOT_METHODS.contains(&key) || key.starts_with("x-") => {}
            _ => {
                let message = format!("`{key}` is no HTTP method; it is ignored");
                let help = suggest::closest(key, METHODS.iter().copied())
                    .map(|near| format!("did you mean `{near}`?"));
                self.warn("unexpected-attribute", &origin, message).help = help;
            }
        }
    }

    fn operation(
        &mut self,
        api: &Api,
        validators: &Validators,
        path: &PathTemplate,
        method: Method,
        item: &At<'d>,
        at: &At<'d>,
    ) -> Operation {
        let id = self.text(at, "operationId").filter(|id| !id.is_empty());
        Operation {
            id_declared: id.is_some(),
            id: id.unwrap_or_default(),
            method,
            path: path.clone(),
            tags: self.strings(at, "tags"),
            summary: self.text(at, "summary"),
            description: self.text(at, "description"),
            deprecated: self.flag(at, "deprecated"),
            parameters: self.parameters(item, at, path),
            request_body: self.request_body(at),
            responses: self.responses(at),
            security: self.security(at, &api.security_schemes),
            auth: self.auth(at),
            validator: self.validator(at, validators),
            integration: self.integration(at),
            origin: at.origin(),
        }
    }

    /// Finds operationIds that are used twice, and makes one for each operation without.
    fn name_operations(&mut self, operations: &mut [Operation]) {
        let mut taken: HashMap<String, String> = HashMap::new();
        for operation in operations.iter().filter(|operation| operation.id_declared) {
            let here = format!("{} {}", operation.method, operation.path);
            let Some(first) = taken.get(&operation.id) else {
                taken.insert(operation.id.clone(), here);
                continue;
            };
            let message = format!("the operationId `{}` is used twice", operation.id);
            let help = format!("{first} has it already; give {here} another");
            let pointer = format!("{}/operationId", operation.origin.pointer);
            let origin = self.root.follow_plain(&pointer).map(|at| at.origin());
            let origin = origin.unwrap_or_else(|| operation.origin.clone());
            self.error("duplicate-operation-id", &origin, message).help = Some(help);
        }
        for operation in operations.iter_mut().filter(|operation| !operation.id_declared) {
            let base = names::derived_operation_id(operation.method, &operation.path.text);
            let mut id = base.clone();
            let mut number = 2;
            while taken.contains_key(&id) {
                id = format!("{base}{number}");
                number += 1;
            }
            taken.insert(id.clone(), operation.path.text.clone());
            operation.id = id;
        }
    }
}

fn method(key: &str) -> Option<Method> {
    Some(match key {
        "get" => Method::Get,
        "put" => Method::Put,
        "post" => Method::Post,
        "delete" => Method::Delete,
        "options" => Method::Options,
        "head" => Method::Head,
        "patch" => Method::Patch,
        ANY_METHOD => Method::Any,
        _ => return None,
    })
}
