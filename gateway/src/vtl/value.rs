//! Values of a rendering: Java's, as far as templates can tell.
//!
//! Lists and maps are shared and mutable in Java, and may contain themselves. They live in a
//! [`Heap`] and are named by index, so that neither cycles nor aliases need reference counts.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::str::FromStr;

use fancy_regex::Regex;
use indexmap::IndexMap;
use serde_json::Value as Json;

use super::limits::{Budget, VALUE_DEPTH};

/// Something that cannot be done; the evaluator adds where.
#[derive(Debug)]
pub(super) struct Fault(pub(super) String);

/// A list in the [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ListId(usize);

/// A map in the [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MapId(usize);

/// A value; cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    /// Java's `Integer`, `Long` and `BigInteger`: wide enough for every number a template computes.
    Integer(i128),
    Float(f64),
    Text(Rc<str>),
    List(ListId),
    Map(MapId),
    /// `iterator()` of a collection; the list holds what is still to come.
    Iterator(ListId),
    /// One entry of a map's `entrySet()`.
    Entry(MapId, Rc<str>),
    /// `$foreach`, whose properties are in the map.
    Loop(MapId),
    /// `$input`
    Input,
    /// `$util`
    Util,
    /// The body of a `#define`, by number.
    Definition(usize),
}

impl Value {
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Rc::from(text.as_ref()))
    }

    /// A length or position.
    pub(super) fn count(count: usize) -> Self {
        Self::Integer(i128::try_from(count).unwrap_or(i128::MAX))
    }

    /// What `compareTo` gives.
    pub(super) fn order(order: std::cmp::Ordering) -> Self {
        Self::Integer(order as i128)
    }

    /// Only `null` and `false` are false: an empty text is true, as in Velocity 1.7.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Boolean(false))
    }
}

/// What a list is in Java.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ListKind {
    /// From JSON: prints as JSON.
    Json,
    /// Made by the template, or an array.
    #[default]
    Java,
    /// `keySet()`, `values()`, `entrySet()`: a collection without positions.
    View,
}

/// A list, and what it is in Java.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) items: Vec<Value>,
    pub(super) kind: ListKind,
}

/// All lists and maps of a rendering.
#[derive(Debug, Default)]
pub(super) struct Heap {
    lists: Vec<List>,
    maps: Vec<IndexMap<Rc<str>, Value>>,
    /// Maps of overrides, and what has been written to them.
    overrides: HashSet<MapId>,
    overridden: HashSet<(MapId, Rc<str>)>,
    /// Regular expressions, compiled once for a rendering: templates use them in loops.
    pub(super) patterns: HashMap<String, Rc<Regex>>,
    empty: IndexMap<Rc<str>, Value>,
    no_items: List,
}

impl Heap {
    pub(super) fn new_list(&mut self, items: Vec<Value>, kind: ListKind) -> Value {
        self.lists.push(List { items, kind });
        Value::List(ListId(self.lists.len() - 1))
    }

    pub(super) fn new_map(&mut self, entries: IndexMap<Rc<str>, Value>) -> MapId {
        self.maps.push(entries);
        MapId(self.maps.len() - 1)
    }

    pub(super) fn text_map(&mut self, entries: &IndexMap<String, String>) -> MapId {
        let entries =
            entries.iter().map(|(name, text)| (Rc::from(name.as_str()), Value::text(text)));
        self.new_map(entries.collect())
    }

    pub(super) fn list(&self, id: ListId) -> &List {
        self.lists.get(id.0).unwrap_or(&self.no_items)
    }

    pub(super) fn list_mut(&mut self, id: ListId) -> &mut List {
        self.lists.get_mut(id.0).unwrap_or(&mut self.no_items)
    }

    pub(super) fn map(&self, id: MapId) -> &IndexMap<Rc<str>, Value> {
        self.maps.get(id.0).unwrap_or(&self.empty)
    }

    /// For everything but overrides; those go through [`Heap::put`].
    pub(super) fn map_mut(&mut self, id: MapId) -> &mut IndexMap<Rc<str>, Value> {
        self.maps.get_mut(id.0).unwrap_or(&mut self.empty)
    }

    pub(super) fn get(&self, id: MapId, key: &str) -> Value {
        self.map(id).get(key).cloned().unwrap_or(Value::Null)
    }

    /// Writes a member and returns the old one.
    ///
    /// An override may be written once; API Gateway answers 5XX to the second time
    /// [DG:apigateway-override-request-response-parameters].
    pub(super) fn put(&mut self, id: MapId, key: Rc<str>, value: Value) -> Result<Value, Fault> {
        if self.overrides.contains(&id) && !self.overridden.insert((id, Rc::clone(&key))) {
            return Err(Fault(format!(
                "`{key}` is overridden a second time; an override may be applied only once"
            )));
        }
        Ok(self.map_mut(id).insert(key, value).unwrap_or(Value::Null))
    }

    /// Treats `map` and the maps in it as overrides from now on.
    pub(super) fn guard_overrides(&mut self, map: &Value) {
        let Value::Map(id) = map else { return };
        let inner: Vec<Value> = self.map(*id).values().cloned().collect();
        self.overrides.insert(*id);
        self.overrides.extend(inner.iter().filter_map(|value| match value {
            Value::Map(id) => Some(*id),
            _ => None,
        }));
    }

    /// Takes a JSON value in.
    pub(super) fn take_json(&mut self, json: &Json, budget: &mut Budget) -> Result<Value, Fault> {
        budget.elements(1)?;
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Boolean(*value),
            Json::Number(number) => match number.as_i128() {
                Some(integer) => Value::Integer(integer),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => {
                budget.bytes(text.len())?;
                Value::text(text)
            }
            Json::Array(items) => {
                let items: Result<_, _> =
                    items.iter().map(|item| self.take_json(item, budget)).collect();
                self.new_list(items?, ListKind::Json)
            }
            Json::Object(members) => {
                let mut entries = IndexMap::with_capacity(members.len());
                for (name, member) in members {
                    entries.insert(Rc::from(name.as_str()), self.take_json(member, budget)?);
                }
                Value::Map(self.new_map(entries))
            }
        })
    }

    /// Gives a value out as JSON; what has no JSON form becomes null.
    pub(super) fn give_json(
        &self,
        value: &Value,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<Json, Fault> {
        if depth > VALUE_DEPTH {
            return Err(too_deep());
        }
        budget.new_elements(1)?;
        Ok(match value {
            Value::Boolean(value) => Json::Bool(*value),
            Value::Integer(value) => Json::from_str(&value.to_string()).unwrap_or_default(),
            Value::Float(value) => Json::from(*value),
            Value::Text(text) => Json::String(text.to_string()),
            Value::List(id) => {
                let mut items = Vec::new();
                for item in &self.list(*id).items {
                    items.push(self.give_json(item, budget, depth + 1)?);
                }
                Json::Array(items)
            }
            Value::Map(id) => {
                let mut members = serde_json::Map::new();
                for (key, value) in self.map(*id) {
                    members.insert(key.to_string(), self.give_json(value, budget, depth + 1)?);
                }
                Json::Object(members)
            }
            _ => Json::Null,
        })
    }
}

/// A value that is too deep, or contains itself.
pub(super) fn too_deep() -> Fault {
    Fault(format!("a value nests more than {VALUE_DEPTH} levels deep; does it contain itself?"))
}
