//! What a doc comment says of a schema: the document's prose, and the constraints.

use openapi::model::Schema;
use openapi::model::schema::Range;
use serde_json::Value;

use super::shape::{Kind, Shape};

/// What the document says about a schema, and which constraints it puts on values.
pub(super) fn paragraphs(schema: &Schema, shape: &Shape, otherwise: &str) -> Vec<String> {
    let mut paragraphs = vec![prose(schema).unwrap_or_else(|| otherwise.to_owned())];
    let constraints = constraints(shape);
    if !constraints.is_empty() {
        paragraphs.push(format!("Constraints: {}.", constraints.join(", ")));
    }
    paragraphs.extend(remarks(schema));
    paragraphs
}

/// Title and description.
pub(super) fn prose(schema: &Schema) -> Option<String> {
    let told = [&schema.title, &schema.description];
    let told: Vec<&str> = told.into_iter().flatten().map(String::as_str).collect();
    let title_repeats = told.len() == 2 && told[1].starts_with(told[0]);
    let told = if title_repeats { &told[1..] } else { &told[..] };
    (!told.is_empty()).then(|| told.join("\n\n"))
}

/// Default and deprecation.
pub(super) fn remarks(schema: &Schema) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(default) = &schema.default {
        remarks.push(format!("Absent means `{}`.", default.to_string().replace('`', "'")));
    }
    if schema.deprecated {
        remarks.push("Deprecated.".to_owned());
    }
    remarks
}

fn constraints(shape: &Shape) -> Vec<String> {
    let mut all = Vec::new();
    match &shape.kind {
        Kind::Text(text) => {
            all.extend(count(text.min, text.max, "character"));
            all.extend(text.patterns.iter().map(|pattern| format!("matches {}", code(pattern))));
            all.extend(text.format.iter().map(|format| format!("format {}", code(format))));
        }
        Kind::Integer { range, .. } | Kind::Number { range } => all.extend(self::range(range)),
        Kind::List { min, max, unique, .. } => {
            all.extend(count(*min, *max, "item"));
            all.extend(unique.then(|| "no item twice".to_owned()));
        }
        Kind::Object(object) => all.extend(count(object.min, object.max, "member")),
        _ => {}
    }
    if let (false, Some(values)) = (matches!(shape.kind, Kind::Text(_)), &shape.literals) {
        let values: Vec<String> = values.iter().map(Value::to_string).map(|v| code(&v)).collect();
        all.push(format!("one of {}", values.join(", ")));
    }
    all
}

fn count(min: Option<u64>, max: Option<u64>, noun: &str) -> Option<String> {
    let noun = |count| if count == 1 { noun.to_owned() } else { format!("{noun}s") };
    match (min.filter(|&min| min > 0), max) {
        (None, None) => None,
        (Some(min), None) => Some(format!("at least {min} {}", noun(min))),
        (None, Some(max)) => Some(format!("at most {max} {}", noun(max))),
        (Some(min), Some(max)) if min == max => Some(format!("{min} {}", noun(min))),
        (Some(min), Some(max)) => Some(format!("{min} to {max} {}", noun(max))),
    }
}

fn range(range: &Range) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(minimum) = &range.minimum {
        let word = if range.exclusive_minimum { "greater than" } else { "at least" };
        all.push(format!("{word} {minimum}"));
    }
    if let Some(maximum) = &range.maximum {
        let word = if range.exclusive_maximum { "less than" } else { "at most" };
        all.push(format!("{word} {maximum}"));
    }
    all.extend(range.multiple_of.iter().map(|step| format!("a multiple of {step}")));
    all
}

/// Text between backticks, more of them than it holds itself.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}
