//! Schemas as people read them: a row per member, those of members below it.

use openapi::model::schema::Range;
use openapi::model::{AdditionalProperties, Schema, SchemaId, SchemaKind, Schemas};

/// Members below members; schemas may contain themselves.
const DEEPEST: u8 = 4;

/// Rows of one schema; what is longer, its name says.
const MOST: usize = 200;

/// Schemas looked at for the rows of one: those that only refer to others make no row.
const MOST_VISITS: usize = 1000;

/// Longest text of a list of values.
const LONGEST: usize = 160;

/// A member, or the schema itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// 0 for the schema's own members.
    pub(super) depth: u8,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
    /// What values must fulfil besides.
    pub(super) rule: String,
    pub(super) description: String,
}

/// The rows of a schema: its members, or what it is if it has none.
pub(super) fn of(schemas: &Schemas, id: SchemaId) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut visits = MOST_VISITS;
    members(schemas, id, 0, &mut rows, &mut visits);
    if rows.is_empty() {
        rows.push(row(schemas, String::new(), id, true, 0));
    }
    rows
}

/// The type in a few words.
pub(super) fn kind(schemas: &Schemas, id: SchemaId) -> String {
    named(schemas, id, 0)
}

/// What values must fulfil besides.
pub(super) fn rule(schemas: &Schemas, id: SchemaId) -> String {
    rule_of(&schemas[id])
}

fn row(schemas: &Schemas, name: String, id: SchemaId, required: bool, depth: u8) -> Row {
    let schema = &schemas[id];
    Row {
        depth,
        name,
        kind: kind(schemas, id),
        required,
        rule: rule_of(schema),
        description: schema.description.clone().unwrap_or_default(),
    }
}

fn members(schemas: &Schemas, id: SchemaId, depth: u8, rows: &mut Vec<Row>, visits: &mut usize) {
    if depth > DEEPEST || rows.len() >= MOST || *visits == 0 {
        return;
    }
    *visits -= 1;
    match &schemas[id].kind {
        SchemaKind::Object { properties, additional, .. } => {
            for property in properties {
                let name = property.name.clone();
                rows.push(row(schemas, name, property.schema, property.required, depth));
                members(schemas, property.schema, depth + 1, rows, visits);
            }
            if let AdditionalProperties::Schema(other) = additional {
                rows.push(row(schemas, "any other".to_owned(), *other, false, depth));
                members(schemas, *other, depth + 1, rows, visits);
            }
        }
        SchemaKind::Array { items: Some(items), .. } => {
            members(schemas, *items, depth, rows, visits);
        }
        SchemaKind::AllOf(parts) => {
            parts.iter().for_each(|part| members(schemas, *part, depth, rows, visits));
        }
        SchemaKind::OneOf { variants, .. } | SchemaKind::AnyOf { variants, .. } => {
            for (index, variant) in variants.iter().enumerate() {
                let name = format!("choice {}", index + 1);
                rows.push(row(schemas, name, *variant, false, depth));
                members(schemas, *variant, depth + 1, rows, visits);
            }
        }
        _ => {}
    }
}

fn named(schemas: &Schemas, id: SchemaId, depth: u8) -> String {
    let schema = &schemas[id];
    let plain = plain_kind(schemas, schema, depth);
    let text = match &schema.name {
        Some(name) if plain == "object" => name.clone(),
        _ => plain,
    };
    if schema.nullable { format!("{text} or null") } else { text }
}

fn plain_kind(schemas: &Schemas, schema: &Schema, depth: u8) -> String {
    let with = |kind: &str, format: &Option<String>| match format {
        Some(format) => format!("{kind} ({format})"),
        None => kind.to_owned(),
    };
    match &schema.kind {
        SchemaKind::Any | SchemaKind::Not(_) => "anything".to_owned(),
        SchemaKind::Null => "null".to_owned(),
        SchemaKind::Boolean => "boolean".to_owned(),
        SchemaKind::Integer { format, .. } => with("integer", format),
        SchemaKind::Number { format, .. } => with("number", format),
        SchemaKind::String { format, .. } => with("string", format),
        SchemaKind::Array { items: Some(items), .. } if depth < DEEPEST => {
            format!("list of {}", named(schemas, *items, depth + 1))
        }
        SchemaKind::Array { .. } => "list".to_owned(),
        SchemaKind::Object { .. } | SchemaKind::AllOf(_) => "object".to_owned(),
        SchemaKind::OneOf { .. } => "one of".to_owned(),
        SchemaKind::AnyOf { .. } => "any of".to_owned(),
    }
}

fn rule_of(schema: &Schema) -> String {
    let mut rules = Vec::new();
    match &schema.kind {
        SchemaKind::Integer { range, .. } | SchemaKind::Number { range, .. } => {
            rules.extend(bounds(range));
        }
        SchemaKind::String { min_length, max_length, pattern, .. } => {
            rules.extend(sizes(*min_length, *max_length, "characters"));
            rules.extend(pattern.as_ref().map(|pattern| format!("matches {pattern}")));
        }
        SchemaKind::Array { min_items, max_items, unique_items, .. } => {
            rules.extend(sizes(*min_items, *max_items, "elements"));
            rules.extend(unique_items.then(|| "each once".to_owned()));
        }
        SchemaKind::Object { min_properties, max_properties, additional, .. } => {
            rules.extend(sizes(*min_properties, *max_properties, "members"));
            let closed = *additional == AdditionalProperties::Denied;
            rules.extend(closed.then(|| "no other members".to_owned()));
        }
        _ => {}
    }
    if !schema.enumeration.is_empty() {
        let values: Vec<_> = schema.enumeration.iter().map(ToString::to_string).collect();
        rules.push(shortened(&values.join(", ")));
    }
    if let Some(default) = &schema.default {
        rules.push(format!("unless given {}", shortened(&default.to_string())));
    }
    let marks = [
        (schema.read_only, "only in answers"),
        (schema.write_only, "only in requests"),
        (schema.deprecated, "deprecated"),
    ];
    rules.extend(marks.iter().filter(|(is, _)| *is).map(|(_, mark)| (*mark).to_owned()));
    rules.join("; ")
}

fn sizes(least: Option<u64>, most: Option<u64>, of: &str) -> Option<String> {
    match (least.filter(|least| *least > 0), most) {
        (Some(least), Some(most)) if least == most => Some(format!("{least} {of}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most} {of}")),
        (Some(least), None) => Some(format!("at least {least} {of}")),
        (None, Some(most)) => Some(format!("at most {most} {of}")),
        (None, None) => None,
    }
}

fn bounds(range: &Range) -> Vec<String> {
    let sign = |exclusive, strict, loose| if exclusive { strict } else { loose };
    let least = range.minimum.as_ref();
    let most = range.maximum.as_ref();
    let multiple = range.multiple_of.as_ref();
    [
        least.map(|least| format!("{} {least}", sign(range.exclusive_minimum, ">", "\u{2265}"))),
        most.map(|most| format!("{} {most}", sign(range.exclusive_maximum, "<", "\u{2264}"))),
        multiple.map(|multiple| format!("a multiple of {multiple}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(LONGEST);
    format!("{}\u{2026}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_rows_with_what_must_hold_of_them() {
        let text = r##"openapi: 3.0.3
info: { title: t, version: "1" }
paths: {}
components:
  schemas:
    Pet:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: { type: string, minLength: 1, maxLength: 9, description: Its name. }
        age: { type: integer, minimum: 0, maximum: 99, exclusiveMaximum: true, nullable: true }
        friends: { type: array, maxItems: 3, items: { $ref: "#/components/schemas/Pet" } }
        mood: { type: string, enum: [good, bad], default: good }
"##;
        let reading = openapi::parse("api.yaml", text, &openapi::Placeholders::none());
        let api = reading.api.unwrap();
        let (id, ..) = api.schemas.components().next().unwrap();
        let rows = of(&api.schemas, id);
        let told = |index: usize| {
            let row: &Row = &rows[index];
            format!("{} {} | {} | {} | {}", row.depth, row.name, row.kind, row.required, row.rule)
        };
        assert_eq!(told(0), "0 name | string | true | 1 to 9 characters");
        assert_eq!(rows[0].description, "Its name.");
        assert_eq!(told(1), "0 age | integer or null | false | \u{2265} 0; < 99");
        assert_eq!(told(2), "0 friends | list of Pet | false | at most 3 elements");
        assert_eq!(told(3), "1 name | string | true | 1 to 9 characters");
        assert!(rows.iter().all(|row| row.depth <= DEEPEST) && rows.len() <= MOST + 8);
        let last = rows.last().unwrap();
        assert_eq!(last.rule, "\"good\", \"bad\"; unless given \"good\"");
        assert_eq!(kind(&api.schemas, id), "Pet");
        assert_eq!(rule(&api.schemas, id), "no other members");
    }

    #[test]
    fn schemas_that_hold_nothing_but_themselves_end() {
        let text = r##"openapi: 3.0.3
info: { title: t, version: "1" }
paths: {}
components:
  schemas:
    Nest: { type: array, items: { $ref: "#/components/schemas/Nest" } }
"##;
        let reading = openapi::parse("api.yaml", text, &openapi::Placeholders::none());
        let api = reading.api.unwrap();
        for (id, ..) in api.schemas.components() {
            assert_eq!(of(&api.schemas, id).len(), 1);
        }
    }
}
