//! The interpreter: a value against a schema, every violation collected.

use std::collections::HashMap;
use std::fmt::Display;

use serde_json::{Map, Number, Value};

use super::pointer::push;
use super::schema::{Additional, Kind, Limit, Numeral};
use super::{Broken, Literal, Schema};

/// Schemas within schemas before a value counts as nested too deeply. Values are limited to 127
/// levels by the parser; this stops schemas that refer to themselves without a level between.
const MAX_DEPTH: usize = 512;

/// Every violation, in the order of the value.
pub(super) fn violations(schema: &'static Schema, value: &Value) -> Vec<Broken> {
    let mut check = Check::default();
    check.value(schema, value);
    check.broken
}

/// A check under way.
#[derive(Default)]
pub(super) struct Check {
    pub(super) broken: Vec<Broken>,
    pointer: String,
    depth: usize,
    /// Whether a part of the value fits an alternative, by their addresses. Alternatives within
    /// alternatives would otherwise be tried again for each combination: exponential time.
    pub(super) fitting: HashMap<(usize, usize), bool>,
    /// Alternatives are being tried, so only whether something is broken matters.
    pub(super) probing: bool,
}

impl Check {
    /// Notes a violation of the part at hand.
    pub(super) fn breaks(&mut self, detail: impl Into<String>) {
        self.broken.push(Broken { pointer: self.pointer.clone(), detail: detail.into() });
    }

    /// Goes one level into the value.
    pub(super) fn inside(&mut self, token: &str, check: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        push(&mut self.pointer, token);
        check(self);
        self.pointer.truncate(length);
    }

    /// Checks the part at hand.
    pub(super) fn value(&mut self, schema: &'static Schema, value: &Value) {
        if self.depth == MAX_DEPTH {
            return self.breaks("is nested too deeply");
        }
        self.depth += 1;
        match schema.kind {
            Kind::Any => self.literals(schema, value),
            Kind::Nullable(other) if !value.is_null() => self.value(other(), value),
            Kind::Nullable(_) => {}
            Kind::OneOf | Kind::AnyOf => self.union(schema, value),
            Kind::AllOf => {
                for part in schema.parts {
                    self.value((part.schema)(), value);
                }
            }
            Kind::Not(other) => {
                if self.fits(other(), value) {
                    self.breaks("is of a shape that is not allowed");
                }
            }
            Kind::Null if value.is_null() => {}
            Kind::Null => self.breaks("is not null"),
            _ => self.typed(schema, value),
        }
        self.depth -= 1;
    }

    fn typed(&mut self, schema: &'static Schema, value: &Value) {
        match (schema.kind, value) {
            (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Integer, Value::Number(number)) if is_integer(number) => {
                self.number(schema, number);
            }
            (Kind::Number, Value::Number(number)) => self.number(schema, number),
            (Kind::Text, Value::String(text)) => self.text(schema, text),
            (Kind::List(items), Value::Array(values)) => self.list(schema, items(), values),
            (Kind::Object, Value::Object(members)) => self.object(schema, members),
            (kind, _) => return self.breaks(expected(kind)),
        }
        self.literals(schema, value);
    }

    fn literals(&mut self, schema: &Schema, value: &Value) {
        if !schema.literals.is_empty()
            && !schema.literals.iter().any(|literal| literal.equals(value))
        {
            let allowed: Vec<String> = schema.literals.iter().map(Literal::to_string).collect();
            match &allowed[..] {
                [one] => self.breaks(format!("is not {one}")),
                _ => self.breaks(format!("is not one of {}", allowed.join(", "))),
            }
        }
    }

    fn number(&mut self, schema: &Schema, number: &Number) {
        let number = Numeral::from(number);
        if let Some(Limit { value, exclusive }) = schema.minimum {
            if number.less_than(value) {
                self.breaks(format!("is less than {value}"));
            } else if exclusive && !value.less_than(number) {
                self.breaks(format!("is not greater than {value}"));
            }
        }
        if let Some(Limit { value, exclusive }) = schema.maximum {
            if value.less_than(number) {
                self.breaks(format!("is greater than {value}"));
            } else if exclusive && !number.less_than(value) {
                self.breaks(format!("is not less than {value}"));
            }
        }
        if let Some(step) = schema.multiple_of
            && !number.is_multiple_of(step)
        {
            self.breaks(format!("is not a multiple of {step}"));
        }
    }

    fn text(&mut self, schema: &Schema, text: &str) {
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        if let (Some(least), _) = schema.count
            && length < least
        {
            self.breaks(format!("is shorter than {}", counted(least, "character")));
        }
        if let (_, Some(most)) = schema.count
            && length > most
        {
            // Neither a pattern nor a format is tried on text whose length nothing limits.
            return self.breaks(format!("is longer than {}", counted(most, "character")));
        }
        for pattern in schema.patterns {
            if !pattern.is_match(text) {
                self.breaks(format!("does not match {}", pattern.as_str()));
            }
        }
        if let Some(format) = schema.format
            && !format.is_match(text)
        {
            self.breaks(format!("is not {}", format.expectation()));
        }
    }

    fn list(&mut self, schema: &Schema, items: &'static Schema, values: &[Value]) {
        self.count(schema, values.len(), "item");
        for (index, value) in values.iter().enumerate() {
            self.inside(&index.to_string(), |check| check.value(items, value));
        }
        if schema.unique {
            let mut first: HashMap<String, usize> = HashMap::with_capacity(values.len());
            for (index, value) in values.iter().enumerate() {
                let earlier = *first.entry(canonical(value)).or_insert(index);
                if earlier != index {
                    self.inside(&index.to_string(), |check| {
                        check.breaks(format!("is the same as item {earlier}"));
                    });
                }
            }
        }
    }

    fn object(&mut self, schema: &Schema, members: &Map<String, Value>) {
        self.count(schema, members.len(), "member");
        for property in schema.properties {
            match members.get(property.name) {
                Some(value) => {
                    self.inside(property.name, |check| check.value((property.schema)(), value));
                }
                None if property.required => {
                    self.inside(property.name, |check| check.breaks("is missing"));
                }
                None => {}
            }
        }
        if matches!(schema.additional, Additional::Open) {
            return;
        }
        for (name, value) in members {
            if schema.properties.iter().any(|property| property.name == name) {
                continue;
            }
            self.inside(name, |check| match schema.additional {
                Additional::Each(other) => check.value(other(), value),
                _ => check.breaks("is not a declared member"),
            });
        }
    }

    fn count(&mut self, schema: &Schema, count: usize, noun: &str) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        if let (Some(least), _) = schema.count
            && count < least
        {
            self.breaks(format!("has fewer than {}", counted(least, noun)));
        }
        if let (_, Some(most)) = schema.count
            && count > most
        {
            self.breaks(format!("has more than {}", counted(most, noun)));
        }
    }
}

/// What a value that is not of this kind lacks.
fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "is not true or false",
        Kind::Integer => "is not an integer",
        Kind::Number => "is not a number",
        Kind::Text => "is not a string",
        Kind::List(_) => "is not an array",
        _ => "is not an object",
    }
}

fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Integers are written without fraction or exponent. Those beyond 64 bits arrive as doubles;
/// they count as integers here so that the message is about their range.
fn is_integer(number: &Number) -> bool {
    const BEYOND_64_BITS: f64 = 18_446_744_073_709_551_616.0;
    !number.is_f64() || number.as_f64().is_some_and(|value| value.abs() >= BEYOND_64_BITS)
}

/// Text that is equal for values that are equal in JSON: members sorted, `1.0` as `1`.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => Numeral::from(number).to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| {
                    format!("{}:{}", Value::String(name.clone()), canonical(value))
                })
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

impl From<&Number> for Numeral {
    fn from(number: &Number) -> Self {
        if let Some(value) = number.as_i64() {
            Self::Integer(value.into())
        } else if let Some(value) = number.as_u64() {
            Self::Integer(value.into())
        } else {
            Self::Decimal(number.as_f64().unwrap_or(f64::NAN))
        }
    }
}

impl Numeral {
    fn as_f64(self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "only compared with a double")]
            Self::Integer(value) => value as f64,
            Self::Decimal(value) => value,
        }
    }

    fn less_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left < right,
            (left, right) => left.as_f64() < right.as_f64(),
        }
    }

    fn is_multiple_of(self, step: Self) -> bool {
        match (self, step) {
            (_, Self::Integer(0)) => true,
            (Self::Integer(value), Self::Integer(step)) => value % step == 0,
            (value, step) => {
                // 0.3 is a multiple of 0.1 though no double says so exactly.
                let quotient = value.as_f64() / step.as_f64();
                (quotient - quotient.round()).abs() <= quotient.abs().max(1.0) * 1e-12
            }
        }
    }
}

impl Display for Numeral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            // Display writes 1.0 as 1 and never an exponent; Debug writes large ones with one.
            Self::Decimal(value) if value.abs() < 1e15 => value.fmt(f),
            Self::Decimal(value) => write!(f, "{value:?}"),
        }
    }
}

impl Literal {
    fn equals(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(literal), Value::String(text)) => literal == text,
            (Self::Boolean(literal), Value::Bool(value)) => literal == value,
            (Self::Integer(literal), Value::Number(number)) => match Numeral::from(number) {
                Numeral::Integer(value) => *literal == value,
                value @ Numeral::Decimal(_) => {
                    value.as_f64() == Numeral::Integer(*literal).as_f64()
                }
            },
            (Self::Decimal(literal), Value::Number(number)) => number.as_f64() == Some(*literal),
            (Self::Json(literal), value) => serde_json::from_str::<Value>(literal)
                .is_ok_and(|literal| canonical(&literal) == canonical(value)),
            _ => false,
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(value) => value.fmt(f),
            Self::Decimal(value) => Numeral::Decimal(*value).fmt(f),
            Self::Boolean(value) => value.fmt(f),
            Self::Json(json) => f.write_str(json),
        }
    }
}
