//! `$context.error.validationErrorString` in the words of AWS.
//!
//! API Gateway speaks with the messages of the Java library json-schema-validator (fge). It names
//! no place inside the body, and an alternative that fails is one message without its reasons.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// All violations as one text: `[first, second]`, missing properties first.
pub(super) fn describe<'a>(errors: impl Iterator<Item = ValidationError<'a>>) -> String {
    let mut missing: Vec<(String, Vec<String>)> = Vec::new();
    let mut messages = Vec::new();
    for error in errors {
        if let Kind::Required { property } = error.kind() {
            let place = error.instance_path().to_string();
            let name = property.to_string();
            match missing.iter_mut().find(|(known, _)| *known == place) {
                Some((_, names)) => names.push(name),
                None => missing.push((place, vec![name])),
            }
        } else {
            messages.push(message(&error));
        }
    }
    let missing = missing
        .into_iter()
        .map(|(_, names)| format!("object has missing required properties ({})", list(names)));
    let all: Vec<String> = missing.chain(messages).collect();
    format!("[{}]", all.join(", "))
}

fn message(error: &ValidationError<'_>) -> String {
    let instance = error.instance().as_ref();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let names = unexpected.iter().map(|name| Value::from(name.as_str()).to_string());
            format!(
                "object instance has properties which are not allowed by the schema: {}",
                list(names.collect())
            )
        }
        Kind::AnyOf { context } => {
            format!("instance failed to match at least one required schema among {}", context.len())
        }
        Kind::OneOfNotValid { context } => alternatives(0, context.len()),
        Kind::OneOfMultipleValid { context } => {
            alternatives(context.iter().filter(|errors| errors.is_empty()).count(), context.len())
        }
        Kind::Not { .. } => "instance matched a schema which it should not have".to_owned(),
        Kind::Enum { options } => {
            format!("instance value ({instance}) not found in enum (possible values: {options})")
        }
        Kind::Type { kind } => format!(
            "instance type ({}) does not match any allowed primitive type (allowed: {})",
            primitive_type(instance),
            list(allowed_types(kind))
        ),
        _ => constraint(error.kind(), instance).unwrap_or_else(|| error.to_string()),
    }
}

/// Bounds and the like.
fn constraint(kind: &Kind, instance: &Value) -> Option<String> {
    let length = || match instance {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    Some(match kind {
        Kind::Minimum { limit } => bound("lower", "minimum", limit, instance),
        Kind::Maximum { limit } => bound("greater", "maximum", limit, instance),
        Kind::ExclusiveMinimum { limit } => {
            format!("numeric instance is not strictly greater than the required minimum {limit}")
        }
        Kind::ExclusiveMaximum { limit } => {
            format!("numeric instance is not strictly lower than the required maximum {limit}")
        }
        Kind::MultipleOf { multiple_of } => {
            format!("remainder of division is not zero ({instance} / {multiple_of})")
        }
        Kind::MinLength { limit } => format!(
            "string {instance} is too short (length: {}, required minimum: {limit})",
            length()
        ),
        Kind::MaxLength { limit } => format!(
            "string {instance} is too long (length: {}, maximum allowed: {limit})",
            length()
        ),
        Kind::Pattern { pattern } => {
            format!("ECMA 262 regex \"{pattern}\" does not match input string {instance}")
        }
        Kind::MinItems { limit } => format!(
            "array is too short: must have at least {limit} elements but instance has {} elements",
            length()
        ),
        Kind::MaxItems { limit } => format!(
            "array is too long: must have at most {limit} elements but instance has {} elements",
            length()
        ),
        Kind::UniqueItems => "array must not contain duplicate elements".to_owned(),
        Kind::MinProperties { limit } => format!(
            "object has too few properties (found {} but schema requires at least {limit})",
            length()
        ),
        Kind::MaxProperties { limit } => format!(
            "object has too many properties (found {} but schema requires at most {limit})",
            length()
        ),
        Kind::Format { format } if format == "email" => {
            format!("string {instance} is not a valid email address")
        }
        Kind::Format { format } => {
            format!("string {instance} is invalid against requested format ({format})")
        }
        _ => return None,
    })
}

fn alternatives(matched: usize, all: usize) -> String {
    format!("instance failed to match exactly one schema (matched {matched} out of {all})")
}

fn bound(relation: &str, keyword: &str, limit: &Value, found: &Value) -> String {
    format!(
        "numeric instance is {relation} than the required {keyword} ({keyword}: {limit}, found: {found})"
    )
}

/// JSON texts as a sorted list.
fn list(mut texts: Vec<String>) -> String {
    texts.sort();
    format!("[{}]", texts.join(","))
}

/// The library's names: a number without a fraction is an integer.
fn primitive_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => {
            "integer"
        }
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Allowed types as JSON texts; every integer is a number, and the library lists both.
fn allowed_types(kind: &TypeKind) -> Vec<String> {
    let mut names: Vec<String> = match kind {
        TypeKind::Single(kind) => vec![kind.to_string()],
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
    };
    if names.iter().any(|name| name == "number") && names.iter().all(|name| name != "integer") {
        names.push("integer".to_owned());
    }
    names.iter().map(|name| Value::from(name.as_str()).to_string()).collect()
}
