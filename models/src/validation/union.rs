//! Values that are one of several: which one, and why none.

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer, de, ser};
use serde_json::Value;

use super::check::Check;
use super::schema::{Kind, Part};
use super::{Broken, Constrained, Invalid, Schema};

/// The index of the part of `T`'s union that `value` is.
///
/// # Errors
/// Every violation, if the value fits no part, or several of which only one may fit.
pub fn choose<T: Constrained, E: de::Error>(value: &Value) -> Result<usize, E> {
    let mut check = Check::default();
    let index = check.part(T::schema(), value);
    match index {
        Some(index) if check.broken.is_empty() => Ok(index),
        _ => Err(E::custom(Invalid(check.broken))),
    }
}

/// Gives a value the type of its part.
///
/// # Errors
/// The value does not fit the type.
pub fn convert<T: DeserializeOwned, E: de::Error>(value: Value) -> Result<T, E> {
    serde_json::from_value(value).map_err(|_| E::custom("does not fit the type of its alternative"))
}

/// Writes a part of a union with the tag that names it: a tag that names the part already is
/// kept, any other is replaced, so that a reader always finds the part that was written.
///
/// # Errors
/// The part is not an object.
pub fn serialize_tagged<T: Serialize, S: Serializer>(
    part: &T,
    tag: &str,
    names: &[&str],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(part).map_err(ser::Error::custom)?;
    let Value::Object(members) = &mut value else {
        return Err(ser::Error::custom("a value with a discriminator is not an object"));
    };
    let named = members.get(tag).and_then(Value::as_str).is_some_and(|name| names.contains(&name));
    if let (false, Some(name)) = (named, names.first()) {
        members.insert(tag.to_owned(), Value::String((*name).to_owned()));
    }
    value.serialize(serializer)
}

impl Check {
    /// Whether a value fits a schema; nothing is noted.
    pub(super) fn fits(&mut self, schema: &'static Schema, value: &Value) -> bool {
        let key = (std::ptr::from_ref(schema).addr(), std::ptr::from_ref(value).addr());
        if let Some(&fits) = self.fitting.get(&key) {
            return fits;
        }
        let noted = std::mem::take(&mut self.broken);
        let probing = std::mem::replace(&mut self.probing, true);
        self.value(schema, value);
        self.probing = probing;
        let fits = std::mem::replace(&mut self.broken, noted).is_empty();
        self.fitting.insert(key, fits);
        fits
    }

    /// Checks a value against a union.
    pub(super) fn union(&mut self, schema: &'static Schema, value: &Value) {
        self.part(schema, value);
    }

    /// The part of the union that the value is; if there is none, violations are noted.
    fn part(&mut self, schema: &'static Schema, value: &Value) -> Option<usize> {
        match schema.tag {
            Some(tag) => self.tagged_part(schema, tag, value),
            None => self.untagged_part(schema, value),
        }
    }

    fn tagged_part(&mut self, schema: &'static Schema, tag: &str, value: &Value) -> Option<usize> {
        let Value::Object(members) = value else {
            self.breaks("is not an object");
            return None;
        };
        let Some(named) = members.get(tag) else {
            self.inside(tag, |check| check.breaks("is missing"));
            return None;
        };
        let Some(name) = named.as_str() else {
            self.inside(tag, |check| check.breaks("is not a string"));
            return None;
        };
        let Some(index) = schema.parts.iter().position(|part| part.tags.contains(&name)) else {
            let all: Vec<&str> =
                schema.parts.iter().flat_map(|part| part.tags.iter().copied()).collect();
            self.inside(tag, |check| check.breaks(format!("is not one of {}", all.join(", "))));
            return None;
        };
        self.value((schema.parts[index].schema)(), value);
        Some(index)
    }

    fn untagged_part(&mut self, schema: &'static Schema, value: &Value) -> Option<usize> {
        let parts = schema.parts;
        let fitting: Vec<usize> =
            (0..parts.len()).filter(|&index| self.fits((parts[index].schema)(), value)).collect();
        match (schema.kind, &fitting[..]) {
            (_, []) => {
                self.explain(parts, value);
                None
            }
            (Kind::OneOf, [first, second, ..]) => {
                let names = (parts[*first].name, parts[*second].name);
                self.breaks(format!("fits {} and {}, where exactly one may fit", names.0, names.1));
                Some(*first)
            }
            // Of several that fit, the one that knows most of the members loses least.
            (_, several) => several
                .iter()
                .copied()
                .rev()
                .max_by_key(|&index| known((parts[index].schema)(), value)),
        }
    }

    /// Says why no part fits: the violations of the one that comes closest, if one does.
    fn explain(&mut self, parts: &'static [Part], value: &Value) {
        let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
        if self.probing {
            return self.breaks("fits none");
        }
        let closeness: Vec<Option<usize>> =
            parts.iter().map(|part| self.closeness((part.schema)(), value)).collect();
        let best = closeness.iter().flatten().max();
        let mut closest = (0..parts.len()).filter(|&index| closeness[index].as_ref() == best);
        match (best, closest.next(), closest.next()) {
            (Some(_), Some(index), None) => {
                let start = self.broken.len();
                self.value((parts[index].schema)(), value);
                if parts.len() > 1 {
                    for broken in &mut self.broken[start..] {
                        note_part(broken, parts[index].name);
                    }
                }
            }
            _ => self.breaks(format!("fits none of {}", names.join(", "))),
        }
    }

    /// How much a value looks like a schema: `None` if it is of another type, otherwise one point
    /// for each declared member that is present and fits.
    fn closeness(&mut self, schema: &'static Schema, value: &Value) -> Option<usize> {
        let same_type = match (schema.kind, value) {
            (Kind::Nullable(other), _) => return self.closeness(other(), value),
            (Kind::Boolean, Value::Bool(_))
            | (Kind::Integer | Kind::Number, Value::Number(_))
            | (Kind::Text, Value::String(_))
            | (Kind::List(_), Value::Array(_))
            | (Kind::Object, Value::Object(_))
            | (Kind::OneOf | Kind::AnyOf | Kind::AllOf, _) => true,
            _ => false,
        };
        let fitting = |check: &mut Self, members: &serde_json::Map<String, Value>| {
            let mut points = 0;
            for property in schema.properties {
                if let Some(value) = members.get(property.name)
                    && check.fits((property.schema)(), value)
                {
                    points += 1;
                }
            }
            points
        };
        same_type.then(|| value.as_object().map_or(0, |members| fitting(self, members)))
    }
}

/// Members of the value that the schema declares.
fn known(schema: &'static Schema, value: &Value) -> usize {
    match (schema.kind, value) {
        (Kind::Nullable(other), _) => known(other(), value),
        (_, Value::Object(members)) => {
            schema.properties.iter().filter(|property| members.contains_key(property.name)).count()
        }
        _ => 0,
    }
}

fn note_part(broken: &mut Broken, name: &str) {
    if !broken.detail.ends_with(')') {
        broken.detail = format!("{} (as {name})", broken.detail);
    }
}
