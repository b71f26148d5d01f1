//! OpenAPI 3.0's schema dialect in JSON Schema, draft 4.
//!
//! `nullable` is spelt differently; keywords that are malformed, which reading has warned about,
//! are left out, because a validator would refuse the whole schema for one of them.

use serde_json::{Map, Value, json};

use crate::document::local_pointer;

/// Keywords whose value is one schema.
pub(super) const SCHEMA: &[&str] = &["items", "additionalProperties", "not"];
/// Keywords whose value is an array of schemas.
pub(super) const SCHEMAS: &[&str] = &["allOf", "anyOf", "oneOf"];
/// Keywords whose value is a map of schemas.
pub(super) const SCHEMA_MAP: &[&str] = &["properties", "patternProperties", "definitions"];

/// The pointer a schema refers to, if it is a local reference.
pub(super) fn reference(schema: &Value) -> Option<String> {
    local_pointer(schema.get("$ref")?.as_str()?)
}

/// Whether a text is a regular expression of ECMA 262, which OpenAPI's `pattern` is.
pub(crate) fn is_pattern(text: &str) -> bool {
    regress::Regex::with_flags(text, "u").or_else(|_| regress::Regex::new(text)).is_ok()
}

/// The schema in draft 4.
pub(super) fn draft4(schema: &Value) -> Value {
    let Value::Object(keywords) = schema else {
        return if schema.is_boolean() { schema.clone() } else { json!({}) };
    };
    if let Some(target) = keywords.get("$ref") {
        let local = reference(schema).is_some();
        return if local { json!({ "$ref": target }) } else { json!({}) };
    }
    let mut translated = Map::new();
    for (key, value) in keywords {
        if let Some(value) = keyword(key, value) {
            translated.insert(key.clone(), value);
        }
    }
    bound(&mut translated, keywords, "minimum", "exclusiveMinimum");
    bound(&mut translated, keywords, "maximum", "exclusiveMaximum");
    if keywords.get("nullable") == Some(&Value::Bool(true)) {
        return allow_null(translated);
    }
    Value::Object(translated)
}

/// The value of a keyword in draft 4; `None` if it is malformed or not of draft 4.
fn keyword(key: &str, value: &Value) -> Option<Value> {
    let well_formed = match key {
        "nullable" | "exclusiveMinimum" | "exclusiveMaximum" => false,
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            value.is_u64()
        }
        "minimum" | "maximum" => value.is_number(),
        "multipleOf" => value.as_f64().is_some_and(|number| number > 0.0),
        "uniqueItems" => value.is_boolean(),
        "pattern" => value.as_str().is_some_and(is_pattern),
        "format" | "title" | "description" => value.is_string(),
        "type" => value.is_string() || is_list(value),
        "enum" | "required" | "allOf" | "anyOf" | "oneOf" => is_list(value),
        "properties" | "patternProperties" | "definitions" | "items" | "not" => value.is_object(),
        "additionalProperties" => value.is_object() || value.is_boolean(),
        _ => true,
    };
    if !well_formed {
        return None;
    }
    Some(match value {
        Value::Array(items) if key == "required" => {
            let names = items.iter().filter(|name| name.is_string());
            let names = names.fold(Vec::new(), |mut names, name| {
                if !names.contains(name) {
                    names.push(name.clone());
                }
                names
            });
            return (!names.is_empty()).then_some(Value::Array(names));
        }
        Value::Object(inner) if SCHEMA_MAP.contains(&key) => {
            Value::Object(inner.iter().map(|(name, it)| (name.clone(), draft4(it))).collect())
        }
        Value::Array(inner) if SCHEMAS.contains(&key) => {
            Value::Array(inner.iter().map(draft4).collect())
        }
        inner if SCHEMA.contains(&key) => draft4(inner),
        other => other.clone(),
    })
}

fn is_list(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty())
}

/// An exclusive bound: in draft 4 a flag beside the bound; later drafts write the number itself.
fn bound(
    translated: &mut Map<String, Value>,
    keywords: &Map<String, Value>,
    key: &str,
    exclusive: &str,
) {
    match keywords.get(exclusive) {
        Some(Value::Bool(flag)) if translated.contains_key(key) => {
            translated.insert(exclusive.to_owned(), json!(flag));
        }
        Some(Value::Number(number)) => {
            translated.insert(key.to_owned(), json!(number));
            translated.insert(exclusive.to_owned(), json!(true));
        }
        _ => {}
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_keywords_are_left_out() {
        let schema = json!({
            "type": "object",
            "required": ["a", "a", 1],
            "minProperties": -1,
            "properties": {
                "a": { "type": "string", "required": true, "pattern": "(", "maxLength": 2.5, "enum": [] },
                "b": { "type": "integer", "exclusiveMinimum": 0, "maximum": 9, "exclusiveMaximum": true },
                "c": { "type": "string", "pattern": "^\\p{L}+$" },
            },
        });
        assert_eq!(
            draft4(&schema),
            json!({
                "type": "object",
                "required": ["a"],
                "properties": {
                    "a": { "type": "string" },
                    "b": {
                        "type": "integer",
                        "maximum": 9,
                        "minimum": 0,
                        "exclusiveMinimum": true,
                        "exclusiveMaximum": true,
                    },
                    "c": { "type": "string", "pattern": "^\\p{L}+$" },
                },
            })
        );
    }

    #[test]
    fn nullable_is_a_type_or_an_alternative() {
        assert_eq!(
            draft4(&json!({ "type": "string", "nullable": true, "enum": ["a"] })),
            json!({ "type": ["string", "null"], "enum": ["a", null] })
        );
        assert_eq!(
            draft4(&json!({ "nullable": true, "allOf": [{ "$ref": "#/x" }] })),
            json!({ "anyOf": [{ "type": "null" }, { "allOf": [{ "$ref": "#/x" }] }] })
        );
    }
}
