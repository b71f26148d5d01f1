//! A schema of the model as a self-contained JSON Schema, draft 4.

use serde_json::{Value, json};

use super::{SchemaId, Schemas};

pub(super) fn self_contained(schemas: &Schemas, id: SchemaId) -> Value {
    json!({ "allOf": [schemas[id].raw], "components": { "schemas": schemas.components } })
}
