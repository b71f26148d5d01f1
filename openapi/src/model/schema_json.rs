//! A schema of the model as a self-contained JSON Schema, draft 4.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};

use super::{SchemaId, Schemas};
use crate::document::unescape;

/// Keywords whose value is one schema.
const SCHEMA: &[&str] = &["items", "additionalProperties", "not"];
/// Keywords whose value is an array of schemas.
const SCHEMAS: &[&str] = &["allOf", "anyOf", "oneOf"];
/// Keywords whose value is a map of schemas.
const SCHEMA_MAP: &[&str] = &["properties", "patternProperties", "definitions"];

/// The schema, and beside it every schema it may refer to, each at its own pointer.
pub(super) fn self_contained(schemas: &Schemas, id: SchemaId) -> Value {
    // By length: what stands inside another target comes after it, and is then there already.
    let mut reachable: BTreeMap<(usize, String), Value> = BTreeMap::new();
    let mut pending = vec![schemas[id].raw.clone()];
    while let Some(raw) = pending.pop() {
        for pointer in references(&raw) {
            let Entry::Vacant(place) = reachable.entry((pointer.len(), pointer)) else { continue };
            // A reference that leads nowhere allows anything, as API Gateway ignores it.
            let target = schemas.targets.get(&place.key().1).cloned().unwrap_or_else(|| json!({}));
            pending.push(target.clone());
            place.insert(target);
        }
    }
    let mut root = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "allOf": [draft4(&schemas[id].raw)],
    });
    for ((_, pointer), target) in &reachable {
        graft(&mut root, pointer, draft4(target));
    }
    root
}

/// Pointers of every `$ref` in schema position.
fn references(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![schema];
    while let Some(schema) = pending.pop() {
        if let Some(pointer) = reference(schema) {
            found.push(pointer);
        } else if let Value::Object(keywords) = schema {
            for (key, value) in keywords {
                match value {
                    Value::Object(inner) if SCHEMA_MAP.contains(&key.as_str()) => {
                        pending.extend(inner.values());
                    }
                    Value::Array(inner) if SCHEMAS.contains(&key.as_str()) => pending.extend(inner),
                    inner if SCHEMA.contains(&key.as_str()) => pending.push(inner),
                    _ => {}
                }
            }
        }
    }
    found
}

/// The pointer a schema refers to, if it is a local reference.
fn reference(schema: &Value) -> Option<String> {
    schema.get("$ref")?.as_str()?.strip_prefix('#').map(str::to_owned)
}

/// Puts a schema at its pointer unless something is there already.
fn graft(root: &mut Value, pointer: &str, target: Value) {
    if pointer.is_empty() || root.pointer(pointer).is_some() {
        return;
    }
    let mut here = root;
    let mut tokens: Vec<String> = pointer.split('/').skip(1).map(unescape).collect();
    let Some(last) = tokens.pop() else { return };
    for token in tokens {
        let Value::Object(entries) = here else { return };
        here = entries.entry(token).or_insert_with(|| json!({}));
    }
    if let Value::Object(entries) = here {
        entries.insert(last, target);
    }
}

/// OpenAPI 3.0's dialect in draft 4: only `nullable` is spelt differently.
fn draft4(schema: &Value) -> Value {
    let Value::Object(keywords) = schema else { return schema.clone() };
    if keywords.contains_key("$ref") {
        return match reference(schema) {
            Some(_) => json!({ "$ref": keywords["$ref"] }),
            None => json!({}),
        };
    }
    let nullable = keywords.get("nullable") == Some(&Value::Bool(true));
    let mut translated = Map::new();
    for (key, value) in keywords.iter().filter(|(key, _)| *key != "nullable") {
        let value = match value {
            Value::Object(inner) if SCHEMA_MAP.contains(&key.as_str()) => Value::Object(
                inner.iter().map(|(name, schema)| (name.clone(), draft4(schema))).collect(),
            ),
            Value::Array(inner) if SCHEMAS.contains(&key.as_str()) => {
                Value::Array(inner.iter().map(draft4).collect())
            }
            inner if SCHEMA.contains(&key.as_str()) => draft4(inner),
            other => other.clone(),
        };
        translated.insert(key.clone(), value);
    }
    if nullable { allow_null(translated) } else { Value::Object(translated) }
}

fn allow_null(mut keywords: Map<String, Value>) -> Value {
    let typed = keywords.get("type").is_some_and(Value::is_string);
    let composed = SCHEMAS.iter().chain(&["not"]).any(|key| keywords.contains_key(*key));
    if !typed || composed {
        return json!({ "anyOf": [{ "type": "null" }, keywords] });
    }
    if let Some(kind) = keywords.get_mut("type") {
        *kind = json!([kind, "null"]);
    }
    if let Some(Value::Array(values)) = keywords.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    Value::Object(keywords)
}
