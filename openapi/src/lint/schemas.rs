//! Schemas that become models: JSON Schema, draft 4, without what OpenAPI adds.

use std::collections::HashSet;

use serde_json::Value;

use super::{Lint, Rule};
use crate::document::local_pointer;
use crate::model::{AdditionalProperties, Schema, SchemaId, SchemaKind};
use crate::position::Origin;

const NAME: Rule = Rule::refused(
    "model-name",
    "\"Unable to create model for '<Name>': Model name must be alphanumeric: <Name>\"",
);
const UNSUPPORTED: Rule = Rule::refused(
    "model-keyword",
    "\"Invalid model schema specified. Unsupported keyword(s): [\\\"example\\\"]\"",
);
const IGNORED: Rule = Rule::dropped(
    "model-keyword-ignored",
    "listed as not supported in models (known issues); whether an import fails is not documented",
);
const ENUM: Rule = Rule::refused("duplicate-enum", "duplicate values are rejected (reported)");
const DEEP: Rule = Rule::dropped(
    "deep-reference",
    "references into the inside of a schema are not supported (known issues)",
);

pub(super) const RULES: &[&Rule] = &[&NAME, &UNSUPPORTED, &IGNORED, &ENUM, &DEEP];

/// Keywords that are seen to make an import fail.
const REFUSED: &[&str] = &[
    "example",
    "examples",
    "discriminator",
    "const",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "$defs",
    "$id",
    "contentEncoding",
    "contentMediaType",
];
/// Keywords that are listed as unsupported.
const NOT_SUPPORTED: &[&str] =
    &["nullable", "readOnly", "writeOnly", "default", "exclusiveMinimum", "exclusiveMaximum"];

impl Lint<'_> {
    pub(super) fn schemas(&mut self) {
        for (_, name, schema) in self.api.schemas.components() {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
                let origin = self.at(&schema.origin.pointer).map(|at| at.key_origin());
                let origin = origin.unwrap_or_else(|| schema.origin.clone());
                let message = format!("API Gateway refuses the model name `{name}`");
                self.find(&NAME, &origin, message).help =
                    Some("use letters and digits only".to_owned());
            }
        }
        for id in self.models() {
            self.model(&self.api.schemas[id]);
        }
    }

    fn model(&mut self, schema: &Schema) {
        let Value::Object(keywords) = &schema.raw else { return };
        for keyword in keywords.keys() {
            let rule = match keyword.as_str() {
                key if REFUSED.contains(&key) => &UNSUPPORTED,
                key if NOT_SUPPORTED.contains(&key) => &IGNORED,
                _ => continue,
            };
            let origin = self.keyword(&schema.origin, keyword);
            let message = format!("models cannot have the keyword `{keyword}`");
            self.find(rule, &origin, message).help = match keyword.as_str() {
                "example" => Some("move it to the media type".to_owned()),
                "default" => Some("say it in the description".to_owned()),
                "nullable" => Some("leave the property out instead".to_owned()),
                _ => None,
            };
        }
        if let Some(Value::Array(values)) = keywords.get("enum")
            && values.iter().enumerate().any(|(index, value)| values[..index].contains(value))
        {
            let origin = self.keyword(&schema.origin, "enum");
            self.find(&ENUM, &origin, "a value of the enum is there twice");
        }
        for (pointer, at) in self.references_of(schema) {
            if pointer.split('/').count() > 4 {
                let message = format!("`#{pointer}` leads into a schema");
                self.find(&DEEP, &at, message).help =
                    Some("make it a component of its own".to_owned());
            }
        }
    }

    fn keyword(&self, schema: &Origin, keyword: &str) -> Origin {
        let value = self.at(&schema.pointer).and_then(|at| at.get(keyword));
        value.map_or_else(|| schema.clone(), |value| value.key_origin())
    }

    /// References directly within a schema.
    fn references_of(&self, schema: &Schema) -> Vec<(String, Origin)> {
        let Some(at) = self.at(&schema.origin.pointer) else { return Vec::new() };
        let inner = at.members().flat_map(|(_, value)| {
            let nested: Vec<_> = value.members().map(|(_, inner)| inner).collect();
            [value.clone()].into_iter().chain(value.elements()).chain(nested)
        });
        inner
            .filter_map(|value| value.get("$ref"))
            .filter_map(|reference| {
                let pointer = local_pointer(reference.as_str()?)?;
                Some((pointer, reference.origin()))
            })
            .collect()
    }

    /// Schemas that an import makes models of: components, bodies, and what they are made of.
    /// Of parameters and headers API Gateway keeps no schema.
    fn models(&self) -> Vec<SchemaId> {
        let schemas = &self.api.schemas;
        let mut pending: Vec<SchemaId> = schemas.components().map(|(id, _, _)| id).collect();
        for operation in &self.api.operations {
            let bodies = operation.request_body.iter().flat_map(|body| &body.content);
            let answers = operation.responses.iter().flat_map(|response| &response.content);
            pending.extend(bodies.chain(answers).filter_map(|media| media.schema));
        }
        let mut seen = HashSet::new();
        let mut models = Vec::new();
        while let Some(id) = pending.pop() {
            if seen.insert(id) {
                models.push(id);
                pending.extend(parts(&schemas[id].kind));
            }
        }
        models
    }
}

fn parts(kind: &SchemaKind) -> Vec<SchemaId> {
    match kind {
        SchemaKind::Array { items, .. } => items.iter().copied().collect(),
        SchemaKind::Object { properties, additional, .. } => {
            let mut parts: Vec<_> = properties.iter().map(|property| property.schema).collect();
            if let AdditionalProperties::Schema(id) = additional {
                parts.push(*id);
            }
            parts
        }
        SchemaKind::AllOf(parts) => parts.clone(),
        SchemaKind::OneOf { variants, .. } | SchemaKind::AnyOf { variants, .. } => variants.clone(),
        SchemaKind::Not(part) => vec![*part],
        _ => Vec::new(),
    }
}
