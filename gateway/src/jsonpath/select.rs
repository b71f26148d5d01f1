//! [`Path`] to what it finds.

use serde_json::{Map, Value};

use super::{Function, Path, Selector};

/// Values that one search may visit.
const MAX_VISITS: usize = 10_000_000;

/// One search, with its filters' searches.
pub(super) struct Search<'v> {
    root: &'v Value,
    visits: usize,
}

impl<'v> Search<'v> {
    pub(super) fn new(root: &'v Value) -> Self {
        Self { root, visits: 0 }
    }

    /// How many values were looked at.
    pub(super) fn visits(&self) -> usize {
        self.visits
    }

    /// What `path` finds, starting at the root or at `current`.
    pub(super) fn run(&mut self, path: &Path, current: &Value) -> Result<Option<Value>, String> {
        let root = self.root;
        let mut found = vec![if path.from_root { root } else { current }];
        let (merge, segments) = match path.segments.split_last() {
            Some((last, before)) if !last.deep => match &last.selector {
                Selector::Names(names) if names.len() > 1 => (Some(names), before),
                _ => (None, path.segments.as_slice()),
            },
            _ => (None, path.segments.as_slice()),
        };
        for segment in segments {
            let mut next = Vec::new();
            for value in found {
                self.step(segment.deep, &segment.selector, value, &mut next)?;
            }
            found = next;
        }
        for value in &found {
            self.pay_for_copy(value)?;
        }
        let mut values: Vec<Value> = match merge {
            Some(names) => found.into_iter().filter_map(|value| members(value, names)).collect(),
            None => found.into_iter().cloned().collect(),
        };
        let result = if path.is_definite() { values.pop() } else { Some(Value::Array(values)) };
        Ok(match path.function {
            Some(function) => result.and_then(|value| apply(function, &value)),
            None => result,
        })
    }

    /// Copying a value visits all of it; with `..` the same members are found again and again.
    fn pay_for_copy(&mut self, value: &Value) -> Result<(), String> {
        self.visit()?;
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.pay_for_copy(item)),
            Value::Object(members) => members.values().try_for_each(|item| self.pay_for_copy(item)),
            _ => Ok(()),
        }
    }

    fn visit(&mut self) -> Result<(), String> {
        self.visits += 1;
        if self.visits > MAX_VISITS {
            return Err(format!("the search visits more than {MAX_VISITS} values"));
        }
        Ok(())
    }

    fn step<'a>(
        &mut self,
        deep: bool,
        selector: &Selector,
        value: &'a Value,
        found: &mut Vec<&'a Value>,
    ) -> Result<(), String> {
        self.visit()?;
        self.choose(selector, value, found)?;
        if deep {
            for child in children(value) {
                self.step(true, selector, child, found)?;
            }
        }
        Ok(())
    }

    fn choose<'a>(
        &mut self,
        selector: &Selector,
        value: &'a Value,
        found: &mut Vec<&'a Value>,
    ) -> Result<(), String> {
        match (selector, value) {
            (Selector::Names(names), Value::Object(members)) => {
                found.extend(names.iter().filter_map(|name| members.get(name)));
            }
            (Selector::Wildcard, _) => found.extend(children(value)),
            (Selector::Indexes(indexes), Value::Array(items)) => {
                let chosen =
                    indexes.iter().filter_map(|index| items.get(place(*index, items.len())?));
                found.extend(chosen);
            }
            (Selector::Slice(from, to), Value::Array(items)) => {
                let clamp = |index: i64| match usize::try_from(index) {
                    Ok(index) => index.min(items.len()),
                    Err(_) => place(index, items.len()).unwrap_or(0),
                };
                let from = from.map_or(0, clamp);
                let to = to.map_or(items.len(), clamp);
                found.extend(items.get(from..to).unwrap_or_default());
            }
            (Selector::Filter(condition), Value::Array(items)) => {
                for item in items {
                    self.visits += 1;
                    if condition.holds(self, item)? {
                        found.push(item);
                    }
                }
            }
            (Selector::Filter(condition), Value::Object(_)) if condition.holds(self, value)? => {
                found.push(value);
            }
            _ => {}
        }
        Ok(())
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

/// A position from the start, or from the end if negative.
fn place(index: i64, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

/// Several names at the end of a path make one object.
fn members(value: &Value, names: &[String]) -> Option<Value> {
    let object = value.as_object()?;
    let chosen = names.iter().filter_map(|name| Some((name.clone(), object.get(name)?.clone())));
    Some(Value::Object(chosen.collect::<Map<_, _>>()))
}

fn apply(function: Function, value: &Value) -> Option<Value> {
    let numbers = || -> Option<Vec<f64>> {
        let numbers: Vec<f64> = value.as_array()?.iter().filter_map(Value::as_f64).collect();
        (!numbers.is_empty()).then_some(numbers)
    };
    match function {
        Function::Length => match value {
            Value::Array(items) => Some(Value::from(items.len())),
            Value::Object(members) => Some(Value::from(members.len())),
            Value::String(text) => Some(Value::from(text.encode_utf16().count())),
            _ => None,
        },
        Function::Keys => {
            let keys = value.as_object()?.keys();
            Some(Value::Array(keys.map(|key| Value::from(key.as_str())).collect()))
        }
        Function::Min => Some(Value::from(numbers()?.into_iter().fold(f64::INFINITY, f64::min))),
        Function::Max => {
            Some(Value::from(numbers()?.into_iter().fold(f64::NEG_INFINITY, f64::max)))
        }
        Function::Sum => Some(Value::from(numbers()?.into_iter().sum::<f64>())),
        Function::Average => {
            let numbers = numbers()?;
            #[expect(clippy::cast_precision_loss, reason = "a list has far fewer than 2^52 items")]
            let count = numbers.len() as f64;
            Some(Value::from(numbers.into_iter().sum::<f64>() / count))
        }
        Function::First => value.as_array()?.first().cloned(),
        Function::Last => value.as_array()?.last().cloned(),
    }
}
