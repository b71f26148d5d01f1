//! Keys that OpenAPI 3.0 does not know: mostly slips, and API Gateway drops what they hold.

use super::{Lint, Rule};
use crate::document::At;
use crate::model::ExtensionPlace;
use crate::suggest;

const UNEXPECTED: Rule = Rule::dropped(
    "unexpected-attribute",
    "\"Parse issue: attribute paths.'/area/{zipCode}'(get).parameters.[zipCode].type is unexpected\"",
);

pub(super) const RULES: &[&Rule] = &[&UNEXPECTED];

const ROOT: &[&str] =
    &["openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"];
const INFO: &[&str] = &["title", "description", "termsOfService", "contact", "license", "version"];
const OPERATION: &[&str] = &[
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
];
const PARAMETER: &[&str] = &[
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "allowEmptyValue",
    "style",
    "explode",
    "allowReserved",
    "schema",
    "example",
    "examples",
    "content",
];
const REQUEST_BODY: &[&str] = &["description", "content", "required"];
const RESPONSE: &[&str] = &["description", "headers", "content", "links"];
const MEDIA_TYPE: &[&str] = &["schema", "example", "examples", "encoding"];
const COMPONENTS: &[&str] = &[
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
];
const SECURITY_SCHEME: &[&str] =
    &["type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"];
const METHODS: &[&str] =
    &["get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"];

impl Lint<'_> {
    pub(super) fn attributes(&mut self) {
        let root = self.root.clone();
        self.known(&root, ROOT);
        self.inside(&root, "info", |lint, info| lint.known(info, INFO));
        self.inside(&root, "components", Self::component_attributes);
        self.each(&root, "paths", |lint, item| {
            lint.elements(item, "parameters", Self::parameter_attributes);
            for method in METHODS {
                lint.inside(item, method, Self::operation_attributes);
            }
        });
    }

    fn component_attributes(&mut self, components: &At<'_>) {
        self.known(components, COMPONENTS);
        self.each(components, "parameters", Self::parameter_attributes);
        self.each(components, "requestBodies", Self::body_attributes);
        self.each(components, "responses", Self::response_attributes);
        self.each(components, "headers", Self::parameter_attributes);
        self.each(components, "securitySchemes", |lint, at| lint.known(at, SECURITY_SCHEME));
    }

    fn operation_attributes(&mut self, operation: &At<'_>) {
        self.known(operation, OPERATION);
        self.elements(operation, "parameters", Self::parameter_attributes);
        self.inside(operation, "requestBody", Self::body_attributes);
        self.each(operation, "responses", Self::response_attributes);
        self.inside(operation, "x-amazon-apigateway-integration", |lint, integration| {
            lint.known(integration, ExtensionPlace::Integration.known());
            lint.each(integration, "responses", |lint, at| {
                lint.known(at, ExtensionPlace::IntegrationResponse.known());
            });
        });
    }

    fn parameter_attributes(&mut self, parameter: &At<'_>) {
        self.known(parameter, PARAMETER);
        self.each(parameter, "content", |lint, media| lint.known(media, MEDIA_TYPE));
    }

    fn body_attributes(&mut self, body: &At<'_>) {
        self.known(body, REQUEST_BODY);
        self.each(body, "content", |lint, media| lint.known(media, MEDIA_TYPE));
    }

    fn response_attributes(&mut self, response: &At<'_>) {
        self.known(response, RESPONSE);
        self.each(response, "content", |lint, media| lint.known(media, MEDIA_TYPE));
        self.each(response, "headers", Self::parameter_attributes);
    }

    fn inside(&mut self, at: &At<'_>, key: &str, examine: impl Fn(&mut Self, &At<'_>)) {
        if let Some(value) = at.get(key) {
            examine(self, &value);
        }
    }

    fn each(&mut self, at: &At<'_>, key: &str, examine: impl Fn(&mut Self, &At<'_>)) {
        if let Some(value) = at.get(key) {
            value.members().for_each(|(_, member)| examine(self, &member));
        }
    }

    fn elements(&mut self, at: &At<'_>, key: &str, examine: impl Fn(&mut Self, &At<'_>)) {
        if let Some(value) = at.get(key) {
            value.elements().for_each(|element| examine(self, &element));
        }
    }

    fn known(&mut self, at: &At<'_>, known: &[&str]) {
        // What stands beside a `$ref` is ignored by definition.
        if at.get("$ref").is_some() {
            return;
        }
        for (key, value) in at.members() {
            if known.contains(&key) || key.starts_with("x-") {
                continue;
            }
            let message = format!("`{key}` is not known here; it is ignored");
            let near = suggest::closest(key, known.iter().copied());
            self.find(&UNEXPECTED, &value.key_origin(), message).help = match (near, key) {
                (Some(near), _) => Some(format!("did you mean `{near}`?")),
                (None, "type" | "format" | "enum" | "items" | "default") => {
                    Some("put it into `schema`".to_owned())
                }
                _ => None,
            };
        }
    }
}
