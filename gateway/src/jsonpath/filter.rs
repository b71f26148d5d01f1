//! `[?( … )]`: conditions on an element.

use std::cmp::Ordering;

use fancy_regex::Regex;
use serde_json::Value;

use super::Path;
use super::select::Search;

/// What a filter asks of an element.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
    Matches(Operand, Box<Regex>),
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Path(Path),
    Literal(Value),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Condition {
    /// Whether `element` meets the condition.
    pub(super) fn holds(&self, search: &mut Search<'_>, element: &Value) -> Result<bool, String> {
        match self {
            Self::Any(conditions) => {
                for condition in conditions {
                    if condition.holds(search, element)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::All(conditions) => {
                for condition in conditions {
                    if !condition.holds(search, element)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(condition) => Ok(!condition.holds(search, element)?),
            Self::Exists(operand) => Ok(operand.value(search, element)?.is_some()),
            Self::Compare(left, comparison, right) => {
                let (left, right) = (left.value(search, element)?, right.value(search, element)?);
                Ok(comparison.holds(left.as_ref(), right.as_ref()))
            }
            Self::Matches(operand, pattern) => match operand.value(search, element)? {
                Some(Value::String(text)) => {
                    pattern.is_match(&text).map_err(|error| error.to_string())
                }
                _ => Ok(false),
            },
        }
    }
}

impl Operand {
    fn value(&self, search: &mut Search<'_>, element: &Value) -> Result<Option<Value>, String> {
        match self {
            Self::Path(path) => search.run(path, element),
            Self::Literal(value) => Ok(Some(value.clone())),
        }
    }
}

impl Comparison {
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let among = || match (left, right) {
            (Some(left), Some(Value::Array(items))) => items.iter().any(|item| equal(left, item)),
            _ => false,
        };
        let same = || match (left, right) {
            (Some(left), Some(right)) => equal(left, right),
            (None, other) | (other, None) => other.is_none(),
        };
        let order = || match (left, right) {
            (Some(Value::String(left)), Some(Value::String(right))) => Some(left.cmp(right)),
            (Some(left), Some(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
            _ => None,
        };
        match self {
            Self::Equal => same(),
            Self::NotEqual => !same(),
            Self::Less => order() == Some(Ordering::Less),
            Self::LessOrEqual => order().is_some_and(Ordering::is_le),
            Self::Greater => order() == Some(Ordering::Greater),
            Self::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
            Self::In => among(),
            Self::NotIn => !among(),
        }
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}
