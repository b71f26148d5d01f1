//! Methods and properties of values: those of Java's String, List, Map and numbers that mapping
//! templates use.
//!
//! A method that does not exist, or is called with the wrong number of arguments, gives null; one
//! that throws in Java (`substring` out of range) is a [`Fault`].

mod collection;
mod number;
mod text;

use std::rc::Rc;

use super::limits::Budget;
use super::operators::java_equal;
use super::print::to_text;
use super::util;
use super::value::{Fault, Heap, ListId, ListKind, MapId, Value};

/// What methods work with.
pub(super) struct Call<'a> {
    heap: &'a mut Heap,
    budget: &'a mut Budget,
    method: &'a str,
    arguments: &'a [Value],
}

impl Call<'_> {
    fn text(&mut self, value: &Value) -> Result<String, Fault> {
        to_text(self.heap, self.budget, value)
    }

    fn new_text(&mut self, text: String) -> Result<Value, Fault> {
        self.budget.bytes(text.len())?;
        Ok(Value::text(text))
    }

    fn new_list(&mut self, items: Vec<Value>) -> Result<Value, Fault> {
        self.budget.new_elements(items.len())?;
        Ok(self.heap.new_list(items, ListKind::Java))
    }

    /// `left.equals(right)`
    fn equal(&mut self, left: &Value, right: &Value) -> Result<bool, Fault> {
        java_equal(self.heap, self.budget, left, right)
    }

    fn fault(&self, why: impl std::fmt::Display) -> Fault {
        Fault(format!("`.{}(…)`: {why}", self.method))
    }

    /// What a collection shows of itself: `keySet()` and the like.
    fn new_view(&mut self, items: Vec<Value>) -> Result<Value, Fault> {
        self.budget.new_elements(items.len())?;
        Ok(self.heap.new_list(items, ListKind::View))
    }

    /// A method nobody has executed so far: null if Java has none of this name either.
    fn unknown(&self, java: &[&str]) -> Result<Value, Fault> {
        if java.contains(&self.method) {
            return Err(self.fault("Java has this method, this gateway does not"));
        }
        Ok(Value::Null)
    }

    /// An index argument; what is no whole number cannot be one.
    fn index(&self, value: &Value) -> Result<usize, Fault> {
        match value {
            Value::Integer(index) => {
                usize::try_from(*index).map_err(|_| self.fault(format!("{index} is negative")))
            }
            _ => Err(self.fault("a whole number is needed here")),
        }
    }
}

/// `$receiver.method(arguments)`
pub(super) fn call(
    heap: &mut Heap,
    budget: &mut Budget,
    receiver: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Fault> {
    if matches!(receiver, Value::Util) {
        return util::call(heap, budget, method, arguments);
    }
    let mut call = Call { heap, budget, method, arguments };
    match (method, arguments) {
        ("toString", []) => {
            let text = call.text(receiver)?;
            return call.new_text(text);
        }
        ("equals", [other]) if !matches!(receiver, Value::Text(_)) => {
            return call.equal(receiver, other).map(Value::Boolean);
        }
        _ => {}
    }
    match receiver {
        Value::Text(text) => call.on_text(text),
        Value::List(id) => call.on_list(*id),
        Value::Map(id) => call.on_map(*id),
        Value::Integer(_) | Value::Float(_) => call.on_number(receiver),
        Value::Boolean(value) => call.on_boolean(*value),
        Value::Iterator(id) => call.on_iterator(*id),
        Value::Entry(map, key) => call.on_entry(*map, key),
        Value::Loop(_) => Ok(property(call.heap, receiver, bean_name(method).as_str())),
        _ => Ok(Value::Null),
    }
}

impl Call<'_> {
    fn on_boolean(&mut self, value: bool) -> Result<Value, Fault> {
        Ok(match (self.method, self.arguments) {
            ("booleanValue", []) => Value::Boolean(value),
            ("parseBoolean" | "valueOf", [Value::Text(text)]) => {
                Value::Boolean(text.eq_ignore_ascii_case("true"))
            }
            ("compareTo", [Value::Boolean(other)]) => Value::order(value.cmp(other)),
            _ => return self.unknown(&["compare", "hashCode", "logicalAnd", "logicalOr"]),
        })
    }

    fn on_iterator(&mut self, id: ListId) -> Result<Value, Fault> {
        let items = &mut self.heap.list_mut(id).items;
        match (self.method, self.arguments) {
            ("hasNext", []) => Ok(Value::Boolean(!items.is_empty())),
            ("next", []) if items.is_empty() => Err(self.fault("there is no further element")),
            ("next", []) => {
                let next = items.remove(0);
                let left = items.len();
                self.budget.elements(left)?;
                Ok(next)
            }
            _ => Ok(Value::Null),
        }
    }

    fn on_entry(&mut self, map: MapId, key: &Rc<str>) -> Result<Value, Fault> {
        Ok(match (self.method, self.arguments) {
            ("getKey", []) => Value::Text(Rc::clone(key)),
            ("getValue", []) => self.heap.get(map, key),
            ("setValue", [value]) => self.heap.put(map, Rc::clone(key), value.clone())?,
            _ => Value::Null,
        })
    }
}

/// `$value.name`: a member of a map, or a getter of Java.
pub(super) fn property(heap: &Heap, value: &Value, name: &str) -> Value {
    match (value, name) {
        (Value::Map(id) | Value::Loop(id), _) => heap.get(*id, name),
        (Value::Entry(_, key), "key") => Value::Text(Rc::clone(key)),
        (Value::Entry(map, key), "value") => heap.get(*map, key),
        (Value::Text(text), "empty") => Value::Boolean(text.is_empty()),
        (Value::List(id), "empty") => Value::Boolean(heap.list(*id).items.is_empty()),
        _ => Value::Null,
    }
}

/// `getIndex` and `isFirst` to `index` and `first`; other names stay.
fn bean_name(method: &str) -> String {
    let bare = ["get", "is"].into_iter().find_map(|prefix| method.strip_prefix(prefix));
    let mut characters = bare.unwrap_or(method).chars();
    match characters.next() {
        Some(first) => first.to_ascii_lowercase().to_string() + characters.as_str(),
        None => method.to_owned(),
    }
}
