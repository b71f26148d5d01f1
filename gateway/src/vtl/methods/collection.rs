//! Methods of lists and maps.

use std::rc::Rc;

use super::Call;
use crate::vtl::value::{Fault, ListId, MapId, Value};

impl Call<'_> {
    pub(super) fn on_list(&mut self, id: ListId) -> Result<Value, Fault> {
        let length = self.heap.list(id).items.len();
        Ok(match (self.method, self.arguments) {
            ("size" | "length", []) => Value::count(length),
            ("isEmpty", []) => Value::Boolean(length == 0),
            ("get", [index]) => {
                let index = self.element(index, length)?;
                self.heap.list(id).items.get(index).cloned().unwrap_or(Value::Null)
            }
            ("set", [index, value]) => {
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
            ("add", [index, value]) => {
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
            ("contains", [value]) => Value::Boolean(self.position(id, value)?.is_some()),
            ("indexOf", [value]) => {
                self.position(id, value)?.map_or(Value::Integer(-1), Value::count)
            }
            ("subList", [from, to]) => {
                let (from, to) = (self.index(from)?, self.index(to)?);
                let part = self.heap.list(id).items.get(from..to);
                let part = part
                    .ok_or_else(|| self.fault(format!("{from} to {to} is not within {length}")))?;
                self.new_list(part.to_vec())?
            }
            ("clear", []) => {
                self.heap.list_mut(id).items.clear();
                Value::Null
            }
            _ => Value::Null,
        })
    }

    /// An index below `length`; a negative one counts from the end, as in newer Velocity.
    fn element(&self, index: &Value, length: usize) -> Result<usize, Fault> {
        let found = match index {
            Value::Integer(index) if *index < 0 => {
                usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back))
            }
            _ => Some(self.index(index)?),
        };
        found.filter(|index| *index < length).ok_or_else(|| {
            let index = match index {
                Value::Integer(index) => index.to_string(),
                _ => "this".to_owned(),
            };
            self.fault(format!("index {index} is out of bounds for length {length}"))
        })
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
                self.new_list(keys)?
            }
            ("values", []) => {
                let values = self.heap.map(id).values().cloned().collect();
                self.new_list(values)?
            }
            ("entrySet", []) => {
                let keys = self.heap.map(id).keys();
                let entries = keys.map(|key| Value::Entry(id, Rc::clone(key))).collect();
                self.new_list(entries)?
            }
            ("clear", []) => {
                self.heap.map_mut(id).clear();
                Value::Null
            }
            _ => Value::Null,
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
