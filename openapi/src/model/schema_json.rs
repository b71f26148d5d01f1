//! A schema of the model as a self-contained JSON Schema, draft 4.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Value, json};

use super::draft4::{SCHEMA, SCHEMA_MAP, SCHEMAS, draft4, reference};
use super::{SchemaId, Schemas};
use crate::document::unescape;

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
