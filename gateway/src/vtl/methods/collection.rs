//! Methods of lists and maps.

use std::rc::Rc;

use super::Call;
use crate::vtl::value::{Fault, ListId, ListKind, MapId, Value};

/// Methods of Java that are not executed; other names are no methods at all.
const JAVA: &[&str] = &[
    "clone",
    "compute",
    "computeIfAbsent",
    "computeIfPresent",
    "forEach",
    "hashCode",
    "listIterator",
    "merge",
    "removeIf",
    "replace",
    "replaceAll",
    "sort",
    "stream",
];

impl Call<'_> {
    /// Methods of every collection, then those of lists.
    pub(super) fn on_list(&mut self, id: ListId) -> Result<Value, Fault> {
        let length = self.heap.list(id).items.len();
        Ok(match (self.method, self.arguments) {
            ("size" | "length", []) => Value::count(length),
            ("isEmpty", []) => Value::Boolean(length == 0),
            ("contains", [value]) => Value::Boolean(self.position(id, value)?.is_some()),
            ("containsAll", [Value::List(other)]) => {
                Value::Boolean(self.partition(*other, id)?.1.is_empty())
            }
            ("removeAll", [Value::List(other)]) => {
                let (_, rest) = self.partition(id, *other)?;
                self.keep(id, rest)
            }
            ("retainAll", [Value::List(other)]) => {
                let (common, _) = self.partition(id, *other)?;
                self.keep(id, common)
            }
            ("iterator", []) => {
                let Value::List(copy) = self.copy(id)? else { return Ok(Value::Null) };
                Value::Iterator(copy)
            }
            ("toArray", []) => self.copy(id)?,
            ("clear", []) => {
                self.heap.list_mut(id).items.clear();
                Value::Null
            }
            _ if self.heap.list(id).kind == ListKind::View => return self.unknown(JAVA),
            _ => return self.on_list_by_position(id, length),
        })
    }

    fn on_list_by_position(&mut self, id: ListId, length: usize) -> Result<Value, Fault> {
        Ok(match (self.method, self.arguments) {
            ("get", [index @ Value::Integer(_)]) => {
                let index = self.element(index, length)?;
                self.heap.list(id).items.get(index).cloned().unwrap_or(Value::Null)
            }
            ("set", [index @ Value::Integer(_), value]) => {
                let index = self.element(index, length)?;
                match self.heap.list_mut(id).items.get_mut(index) {
                    Some(place) => std::mem::replace(place, value.clone()),
                    None => Value::Null,
                }
            }
            ("add", [value]) => {
                self.budget.new_elements(1)?;
                self.heap.list_mut(id).items.push(value.clone());
                Value::Boolean(true)
            }
            ("add", [index @ Value::Integer(_), value]) => {
                let index = self.element(index, length + 1)?;
                self.budget.elements(length)?;
                self.heap.list_mut(id).items.insert(index, value.clone());
                Value::Null
            }
            ("addAll", [Value::List(other)]) => {
                self.budget.new_elements(self.heap.list(*other).items.len())?;
                let more = self.heap.list(*other).items.clone();
                self.heap.list_mut(id).items.extend(more);
                Value::Boolean(true)
            }
            ("remove", [Value::Integer(index)]) => {
                let index = self.element(&Value::Integer(*index), length)?;
                self.heap.list_mut(id).items.remove(index)
            }
            ("remove", [value]) => match self.position(id, value)? {
                Some(index) => {
                    self.heap.list_mut(id).items.remove(index);
                    Value::Boolean(true)
                }
                None => Value::Boolean(false),
            },
            ("indexOf", [value]) => {
                self.position(id, value)?.map_or(Value::Integer(-1), Value::count)
            }
            ("lastIndexOf", [value]) => {
                self.last_position(id, value)?.map_or(Value::Integer(-1), Value::count)
            }
            ("subList", [from @ Value::Integer(_), to @ Value::Integer(_)]) => {
                let (from, to) = (self.index(from)?, self.index(to)?);
                let part = self.heap.list(id).items.get(from..to);
                let part = part
                    .ok_or_else(|| self.fault(format!("{from} to {to} is not within {length}")))?;
                self.new_list(part.to_vec())?
            }
            _ => return self.unknown(JAVA),
        })
    }

    /// An index below `length`.
    fn element(&self, index: &Value, length: usize) -> Result<usize, Fault> {
        let found = self.index(index)?;
        if found < length {
            return Ok(found);
        }
        Err(self.fault(format!("index {found} is out of bounds for length {length}")))
    }

    fn copy(&mut self, id: ListId) -> Result<Value, Fault> {
        let items = self.heap.list(id).items.clone();
        self.new_list(items)
    }

    /// The elements of `id` that `other` contains, and those that it does not.
    fn partition(&mut self, id: ListId, other: ListId) -> Result<(Vec<Value>, Vec<Value>), Fault> {
        let (mut common, mut rest) = (Vec::new(), Vec::new());
        for item in self.heap.list(id).items.clone() {
            let found = self.position(other, &item)?.is_some();
            if found { &mut common } else { &mut rest }.push(item);
        }
        Ok((common, rest))
    }

    /// Leaves only `items` in a list, and says whether that changes it.
    fn keep(&mut self, id: ListId, items: Vec<Value>) -> Value {
        let list = self.heap.list_mut(id);
        let changes = list.items.len() != items.len();
        list.items = items;
        Value::Boolean(changes)
    }

    fn position(&mut self, id: ListId, value: &Value) -> Result<Option<usize>, Fault> {
        let items = self.heap.list(id).items.clone();
        self.budget.elements(items.len())?;
        for (index, item) in items.iter().enumerate() {
            if self.equal(item, value)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn last_position(&mut self, id: ListId, value: &Value) -> Result<Option<usize>, Fault> {
        let items = self.heap.list(id).items.clone();
        self.budget.elements(items.len())?;
        for (index, item) in items.iter().enumerate().rev() {
            if self.equal(item, value)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    pub(super) fn on_map(&mut self, id: MapId) -> Result<Value, Fault> {
        Ok(match (self.method, self.arguments) {
            ("size", []) => Value::count(self.heap.map(id).len()),
            ("isEmpty", []) => Value::Boolean(self.heap.map(id).is_empty()),
            ("get", [key]) => {
                let key = self.text(key)?;
                self.heap.get(id, &key)
            }
            ("getOrDefault", [key, default]) => {
                let key = self.text(key)?;
                self.heap.map(id).get(key.as_str()).unwrap_or(default).clone()
            }
            ("containsKey", [key]) => {
                let key = self.text(key)?;
                Value::Boolean(self.heap.map(id).contains_key(key.as_str()))
            }
            ("containsValue", [value]) => Value::Boolean(self.holds(id, value)?),
            ("put", [key, value]) => {
                self.budget.new_elements(1)?;
                let key = Rc::from(self.text(key)?);
                self.heap.put(id, key, value.clone())?
            }
            ("putIfAbsent", [key, value]) => {
                let key = self.text(key)?;
                match self.heap.get(id, &key) {
                    Value::Null => self.heap.put(id, Rc::from(key), value.clone())?,
                    present => present,
                }
            }
            ("putAll", [Value::Map(other)]) => {
                let more = self.heap.map(*other).clone();
                self.budget.new_elements(more.len())?;
                for (key, value) in more {
                    self.heap.put(id, key, value)?;
                }
                Value::Null
            }
            ("remove", [key]) => {
                let key = self.text(key)?;
                self.heap.map_mut(id).shift_remove(key.as_str()).unwrap_or(Value::Null)
            }
            ("keySet", []) => {
                let keys =
                    self.heap.map(id).keys().map(|key| Value::Text(Rc::clone(key))).collect();
                self.new_view(keys)?
            }
            ("values", []) => {
                let values = self.heap.map(id).values().cloned().collect();
                self.new_view(values)?
            }
            ("entrySet", []) => {
                let keys = self.heap.map(id).keys();
                let entries = keys.map(|key| Value::Entry(id, Rc::clone(key))).collect();
                self.new_view(entries)?
            }
            ("clear", []) => {
                self.heap.map_mut(id).clear();
                Value::Null
            }
            _ => return self.unknown(JAVA),
        })
    }

    fn holds(&mut self, id: MapId, value: &Value) -> Result<bool, Fault> {
        let values: Vec<Value> = self.heap.map(id).values().cloned().collect();
        self.budget.elements(values.len())?;
        for candidate in &values {
            if self.equal(candidate, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
