//! `$input`: the payload and the request's parameters.

use std::cell::OnceCell;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::limits::Budget;
use super::print::{to_json, to_text};
use super::scope::Parameters;
use super::value::{Fault, Heap, MapId, Value};
use crate::jsonpath::Path;
use crate::permissive_json;

/// What `$input` answers from.
pub(super) struct Input<'s> {
    body: &'s str,
    json: OnceCell<Json>,
    /// `path`, `querystring`, `header`: the order in which `params('x')` looks.
    parameters: MapId,
}

impl<'s> Input<'s> {
    pub(super) fn new(body: &'s str, parameters: &Parameters, heap: &mut Heap) -> Self {
        let places = [
            ("path", &parameters.path),
            ("querystring", &parameters.querystring),
            ("header", &parameters.header),
        ];
        let mut members = IndexMap::new();
        for (name, parameters) in places {
            members.insert(Rc::from(name), Value::Map(heap.text_map(parameters)));
        }
        Self { body, json: OnceCell::new(), parameters: heap.new_map(members) }
    }

    /// `$input.body`; an empty payload reads `{}`, as recorded on AWS.
    pub(super) fn property(&self, name: &str) -> Value {
        match name {
            "body" if self.body.is_empty() => Value::text("{}"),
            "body" => Value::text(self.body),
            _ => Value::Null,
        }
    }

    pub(super) fn call(
        &self,
        heap: &mut Heap,
        budget: &mut Budget,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Fault> {
        match (method, arguments) {
            ("getBody", []) => Ok(self.property("body")),
            ("params", []) => Ok(Value::Map(self.parameters)),
            ("params", [name]) => {
                let name = to_text(heap, budget, name)?;
                Ok(self.parameter(heap, &name))
            }
            ("path", [path]) => {
                let found = self.select(heap, budget, path)?;
                found.map_or(Ok(Value::Null), |json| heap.take_json(&json, budget))
            }
            ("json", []) => self.json_text(heap, budget, &Value::text("$")),
            ("json", [path]) => self.json_text(heap, budget, path),
            _ => Ok(Value::Null),
        }
    }

    /// The first hit in path, query string and header; `""` for a parameter that was not sent.
    fn parameter(&self, heap: &Heap, name: &str) -> Value {
        let places = heap.map(self.parameters).values();
        let hits = places.map(|place| match place {
            Value::Map(place) => heap.get(*place, name),
            _ => Value::Null,
        });
        hits.into_iter().find(|hit| !matches!(hit, Value::Null)).unwrap_or_else(|| Value::text(""))
    }

    /// `$input.json(path)`: `{}` for an empty payload, `""` for a path that leads nowhere.
    fn json_text(
        &self,
        heap: &mut Heap,
        budget: &mut Budget,
        path: &Value,
    ) -> Result<Value, Fault> {
        let Some(found) = self.select(heap, budget, path)? else {
            let whole = self.body.trim().is_empty() && to_text(heap, budget, path)? == "$";
            return Ok(Value::text(if whole { "{}" } else { "\"\"" }));
        };
        let found = heap.take_json(&found, budget)?;
        to_json(heap, budget, &found).map(Value::text)
    }

    fn select(
        &self,
        heap: &Heap,
        budget: &mut Budget,
        path: &Value,
    ) -> Result<Option<Json>, Fault> {
        let text = to_text(heap, budget, path)?;
        let path = Path::parse(&text).map_err(|error| Fault(error.to_string()))?;
        let json = self.json.get_or_init(|| lenient_json(self.body));
        if matches!(json, Json::Null) {
            return Ok(None);
        }
        let (found, visits) = path.search(json).map_err(|error| Fault(error.to_string()))?;
        budget.elements(visits)?;
        Ok(found)
    }
}

/// The JSON that `text` is, or `text` itself as a string where it is none. Nothing reads as null.
pub(super) fn lenient_json(text: &str) -> Json {
    if text.trim().is_empty() {
        return Json::Null;
    }
    permissive_json::parse(text).unwrap_or_else(|| Json::String(text.to_owned()))
}
