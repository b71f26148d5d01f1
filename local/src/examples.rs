//! Example values: as the document gives them, else made to fit the schema.

use openapi::Api;
use openapi::model::schema::Range;
use openapi::model::{MediaType, Operation, Property, Schema, SchemaId, SchemaKind, Schemas};
use serde_json::{Map, Value, json};

/// Schemas may refer to themselves; an example ends somewhere.
const DEEPEST: usize = 8;

/// Longest text and list made up to satisfy a minimum.
const LONGEST: u64 = 64;

/// Values that one example is made of at most: what many schemas require of one another grows with each level.
const MOST: usize = 200;

/// An example body of this media type.
pub(crate) fn of_media_type(schemas: &Schemas, media_type: &MediaType) -> Option<Value> {
    media_type.example.clone().or_else(|| Some(of_schema(schemas, media_type.schema?)))
}

/// A value the schema should accept.
pub(crate) fn of_schema(schemas: &Schemas, id: SchemaId) -> Value {
    let mut left = MOST;
    made(schemas, id, 0, &mut left)
}

/// The value of the member `name` in the operation's example request body.
pub(crate) fn in_request(api: &Api, operation: &Operation, name: &str) -> Option<Value> {
    let body = operation.request_body.as_ref()?;
    let media_type = body.content.iter().find(|media_type| media_type.is_json())?;
    if let Some(example) = &media_type.example {
        return example.get(name).cloned();
    }
    let id = media_type.schema?;
    match &api.schemas[id].kind {
        // Every operation is asked for members like a password: only the one asked for is made.
        SchemaKind::Object { properties, .. } if given(&api.schemas[id]).is_none() => {
            let property = properties.iter().find(|it| it.required && it.name == name)?;
            Some(of_schema(&api.schemas, property.schema))
        }
        _ => of_schema(&api.schemas, id).get(name).cloned(),
    }
}

/// Declared properties of a schema, those of the parts of an `allOf` included.
pub(crate) fn properties(schemas: &Schemas, id: SchemaId) -> Vec<&Property> {
    let mut found = Vec::new();
    let (mut pending, mut seen) = (vec![id], Vec::new());
    while let Some(id) = pending.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        match &schemas[id].kind {
            SchemaKind::Object { properties, .. } => found.extend(properties),
            SchemaKind::AllOf(parts) => pending.extend(parts),
            _ => {}
        }
    }
    found
}

/// What the document itself shows of a schema.
fn given(schema: &Schema) -> Option<&Value> {
    schema.example.as_ref().or(schema.default.as_ref()).or(schema.enumeration.first())
}

/// `left` counts the values that may still be made.
fn made(schemas: &Schemas, id: SchemaId, depth: usize, left: &mut usize) -> Value {
    let schema = &schemas[id];
    if let Some(given) = given(schema) {
        return given.clone();
    }
    if depth > DEEPEST || *left == 0 {
        return Value::Null;
    }
    *left -= 1;
    match &schema.kind {
        SchemaKind::Any | SchemaKind::Not(_) => json!({}),
        SchemaKind::Null => Value::Null,
        SchemaKind::Boolean => json!(true),
        SchemaKind::Integer { range, .. } => number(range, 1.0, 1.0),
        SchemaKind::Number { range, .. } => number(range, 1.5, 0.5),
        SchemaKind::String { format, min_length, max_length, .. } => {
            Value::String(text(format.as_deref(), min_length.unwrap_or(0), *max_length))
        }
        SchemaKind::Array { items, min_items, .. } => {
            let count = min_items.unwrap_or(1).clamp(1, LONGEST);
            let mut item = || items.map_or(json!({}), |id| made(schemas, id, depth + 1, left));
            Value::Array((0..count).map(|_| item()).collect())
        }
        SchemaKind::Object { properties, .. } => {
            let required = properties.iter().filter(|property| property.required);
            let members = required.map(|property| {
                (property.name.clone(), made(schemas, property.schema, depth + 1, left))
            });
            Value::Object(members.collect())
        }
        SchemaKind::AllOf(parts) => {
            merged(parts.iter().map(|part| made(schemas, *part, depth + 1, left)))
        }
        SchemaKind::OneOf { variants, discriminator }
        | SchemaKind::AnyOf { variants, discriminator } => {
            let Some(first) = variants.first() else { return json!({}) };
            let mut value = made(schemas, *first, depth + 1, left);
            if let (Some(discriminator), Value::Object(members)) = (discriminator, &mut value)
                && let Some((tag, _)) = discriminator.mapping.iter().find(|(_, id)| id == first)
            {
                members.insert(discriminator.property.clone(), json!(tag));
            }
            value
        }
    }
}

/// Objects joined; of anything else the last.
fn merged(parts: impl Iterator<Item = Value>) -> Value {
    let mut members = Map::new();
    let mut other = None;
    for part in parts {
        match part {
            Value::Object(more) => members.extend(more),
            part => other = Some(part),
        }
    }
    match other {
        Some(other) if members.is_empty() => other,
        _ => Value::Object(members),
    }
}

/// `usual` if the bounds allow it, else a bound, or the next step inside an exclusive one.
fn number(range: &Range, usual: f64, step: f64) -> Value {
    let bound =
        |number: &Option<serde_json::Number>| number.as_ref().and_then(serde_json::Number::as_f64);
    let mut value = usual;
    if let Some(maximum) = bound(&range.maximum) {
        value = value.min(if range.exclusive_maximum { maximum - step } else { maximum });
    }
    if let Some(minimum) = bound(&range.minimum) {
        value = value.max(if range.exclusive_minimum { minimum + step } else { minimum });
    }
    if let Some(multiple) = bound(&range.multiple_of).filter(|multiple| *multiple > 0.0) {
        value = (value / multiple).ceil() * multiple;
    }
    if value.fract() == 0.0 && value.abs() < 9e15 {
        #[allow(clippy::cast_possible_truncation, reason = "the magnitude was just checked")]
        return json!(value as i64);
    }
    json!(value)
}

fn text(format: Option<&str>, min_length: u64, max_length: Option<u64>) -> String {
    let usual = match format {
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("email") => "ada@example.com",
        Some("uri" | "url") => "https://example.com/",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("byte") => "AA==",
        _ => "text",
    };
    let mut text = usual.to_owned();
    while (text.chars().count() as u64) < min_length.min(LONGEST) {
        text.push('x');
    }
    match max_length {
        Some(max_length) if format.is_none() => {
            text.chars().take(usize::try_from(max_length).unwrap_or(usize::MAX)).collect()
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(minimum: Option<i64>, exclusive_minimum: bool, maximum: Option<i64>) -> Range {
        Range {
            minimum: minimum.map(Into::into),
            exclusive_minimum,
            maximum: maximum.map(Into::into),
            ..Range::default()
        }
    }

    #[test]
    fn numbers_keep_within_their_bounds() {
        assert_eq!(number(&range(None, false, None), 1.0, 1.0), json!(1));
        assert_eq!(number(&range(Some(5), true, None), 1.0, 1.0), json!(6));
        assert_eq!(number(&range(None, false, Some(-3)), 1.0, 1.0), json!(-3));
        let even = Range { multiple_of: Some(4.into()), ..range(Some(5), false, None) };
        assert_eq!(number(&even, 1.0, 1.0), json!(8));
    }

    #[test]
    fn texts_keep_within_their_lengths() {
        assert_eq!(text(None, 6, None), "textxx");
        assert_eq!(text(None, 0, Some(2)), "te");
        assert_eq!(text(Some("uuid"), 0, Some(36)).len(), 36);
        assert_eq!(text(None, u64::MAX, None).len() as u64, LONGEST);
    }

    #[test]
    fn what_schemas_require_of_one_another_ends() {
        let names = |make: fn(usize) -> String| (0..12).map(make).collect::<Vec<_>>();
        let all = names(|name| format!("m{name}: {{ $ref: '#/components/schemas/S{name}' }}"));
        let required = names(|name| format!("m{name}")).join(", ");
        let schemas = (0..12).map(|name| {
            let properties = all.join(", ");
            format!("    S{name}: {{ type: array, minItems: 64, items: {{ type: object, required: [{required}], properties: {{ {properties} }} }} }}\n")
        });
        let text = format!(
            "openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\npaths: {{}}\ncomponents:\n  schemas:\n{}",
            schemas.collect::<String>()
        );
        let api = openapi::parse("api.yaml", &text, &openapi::Placeholders::none()).api.unwrap();
        let (id, ..) = api.schemas.components().next().unwrap();
        let example = of_schema(&api.schemas, id).to_string();
        assert!(example.len() < 1_000_000, "{}", example.len());
    }

    #[test]
    fn parts_of_an_object_are_joined() {
        let parts = [json!({"a": 1}), json!({"b": 2})];
        assert_eq!(merged(parts.into_iter()), json!({"a": 1, "b": 2}));
        assert_eq!(merged([json!(7)].into_iter()), json!(7));
    }
}
