//! Methods of texts. Positions and lengths count UTF-16 units, as Java's do.

use std::rc::Rc;

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::Call;
use crate::vtl::value::{Fault, ListId, Value};

/// Steps that one match may backtrack; a pathological pattern is an error, not a hang.
const BACKTRACK_LIMIT: usize = 100_000;
/// Largest compiled pattern.
const PATTERN_BYTES: usize = 1024 * 1024;
/// What compiling a pattern costs, compared with other steps.
const PATTERN_STEPS: usize = 1000;

/// Methods of Java that are not executed; other names are no methods at all.
const JAVA: &[&str] = &[
    "chars",
    "codePointAt",
    "codePointCount",
    "codePoints",
    "contentEquals",
    "format",
    "formatted",
    "getBytes",
    "indent",
    "lines",
    "regionMatches",
    "toCharArray",
    "translateEscapes",
];

impl Call<'_> {
    /// A null argument counts as `""`, as it does in comparisons.
    pub(super) fn on_text(&mut self, text: &str) -> Result<Value, Fault> {
        self.budget.search(text)?;
        match (self.method, self.arguments) {
            ("length" | "size", []) => Ok(Value::count(text.encode_utf16().count())),
            ("isEmpty", []) => Ok(Value::Boolean(text.is_empty())),
            ("isBlank", []) => Ok(Value::Boolean(text.trim().is_empty())),
            ("trim" | "strip", []) => self.new_text(text.trim().to_owned()),
            ("stripLeading", []) => self.new_text(text.trim_start().to_owned()),
            ("stripTrailing", []) => self.new_text(text.trim_end().to_owned()),
            ("intern", []) => self.new_text(text.to_owned()),
            ("toLowerCase", []) => self.new_text(text.to_lowercase()),
            ("toUpperCase", []) => self.new_text(text.to_uppercase()),
            ("hashCode", []) => Ok(Value::Integer(hash_code(text).into())),
            ("valueOf", [value]) => {
                let text = self.text(value)?;
                self.new_text(text)
            }
            ("join", [Value::Text(separator), Value::List(items)]) => self.join(separator, *items),
            ("repeat", [times @ Value::Integer(_)]) => {
                let times = self.index(times)?;
                self.budget.bytes(text.len().saturating_mul(times))?;
                Ok(Value::text(text.repeat(times)))
            }
            ("charAt" | "substring" | "subSequence", _) => self.on_text_at_index(text),
            (_, [Value::Text(_) | Value::Null, ..] | [_, Value::Integer(_)]) => {
                self.on_text_with_text(text)
            }
            ("equals", [_]) => Ok(Value::Boolean(false)),
            ("indexOf" | "lastIndexOf", [Value::Integer(character)]) => {
                let character = u32::try_from(*character).ok().and_then(char::from_u32);
                let part = character.map(String::from).unwrap_or_default();
                let last = self.method == "lastIndexOf";
                let found = if last { text.rfind(&part) } else { text.find(&part) };
                Ok(position(text, found.filter(|_| !part.is_empty())))
            }
            _ => self.unknown(JAVA),
        }
    }

    fn on_text_at_index(&mut self, text: &str) -> Result<Value, Fault> {
        match (self.method, self.arguments) {
            ("charAt", [index @ Value::Integer(_)]) => {
                let from = self.index(index)?;
                self.part(text, from, Some(from.saturating_add(1)))
            }
            ("substring", [from @ Value::Integer(_)]) => {
                let from = self.index(from)?;
                self.part(text, from, None)
            }
            ("substring" | "subSequence", [from @ Value::Integer(_), to @ Value::Integer(_)]) => {
                let (from, to) = (self.index(from)?, self.index(to)?);
                self.part(text, from, Some(to))
            }
            _ => Ok(Value::Null),
        }
    }

    fn on_text_with_text(&mut self, text: &str) -> Result<Value, Fault> {
        let mut texts = Vec::with_capacity(2);
        for argument in self.arguments {
            if let Value::Text(_) | Value::Null = argument {
                texts.push(self.text(argument)?);
            }
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        match (self.method, texts.as_slice(), self.arguments) {
            ("contains", [part], [_]) => Ok(Value::Boolean(text.contains(part))),
            ("startsWith", [part], [_]) => Ok(Value::Boolean(text.starts_with(part))),
            ("startsWith", [part], [_, Value::Integer(_)]) => {
                let starts = |from: usize| text.get(from..).is_some_and(|t| t.starts_with(part));
                Ok(Value::Boolean(self.offset(text, 1).is_some_and(starts)))
            }
            ("endsWith", [part], [_]) => Ok(Value::Boolean(text.ends_with(part))),
            ("equals", [other], [_]) => Ok(Value::Boolean(text == *other)),
            ("equalsIgnoreCase", [other], [_]) => {
                Ok(Value::Boolean(text.to_lowercase() == other.to_lowercase()))
            }
            ("compareTo", [other], [_]) => Ok(Value::Integer(compare(text, other))),
            ("compareToIgnoreCase", [other], [_]) => {
                Ok(Value::Integer(compare(&text.to_lowercase(), &other.to_lowercase())))
            }
            ("indexOf", [part], [_]) => Ok(position(text, text.find(part))),
            ("lastIndexOf", [part], [_]) => Ok(position(text, text.rfind(part))),
            ("indexOf" | "lastIndexOf", [part], [_, Value::Integer(_)]) => {
                let from = self.offset(text, 1).unwrap_or(text.len());
                let found = if self.method == "indexOf" {
                    text.get(from..).and_then(|rest| rest.find(part)).map(|index| from + index)
                } else {
                    text.match_indices(part)
                        .map(|(index, _)| index)
                        .take_while(|i| *i <= from)
                        .last()
                };
                Ok(position(text, found))
            }
            ("concat", [other], [_]) => self.new_text(format!("{text}{other}")),
            _ => self.on_text_with_pattern(text, &texts),
        }
    }

    fn on_text_with_pattern(&mut self, text: &str, texts: &[&str]) -> Result<Value, Fault> {
        match (self.method, texts, self.arguments) {
            ("replace", [from, to], [_, _]) => {
                let hits = text.matches(from).count();
                self.budget.bytes(text.len().saturating_add(hits.saturating_mul(to.len())))?;
                Ok(Value::text(text.replace(from, to)))
            }
            ("replaceAll" | "replaceFirst", [pattern, to], [_, _]) => {
                let limit = if self.method == "replaceFirst" { 1 } else { usize::MAX };
                let pattern = self.pattern(pattern)?;
                self.replace(text, &pattern, to, limit)
            }
            ("matches", [pattern], [_]) => {
                let pattern = self.pattern(&format!(r"\A(?:{pattern})\z"))?;
                let found = pattern.is_match(text).map_err(|error| self.fault(error))?;
                Ok(Value::Boolean(found))
            }
            ("split", [pattern], [_]) => {
                let pattern = self.pattern(pattern)?;
                self.split(text, &pattern, 0)
            }
            ("split", [pattern], [_, Value::Integer(limit)]) => {
                let pattern = self.pattern(pattern)?;
                self.split(text, &pattern, *limit)
            }
            _ => self.unknown(JAVA),
        }
    }

    /// The byte position of an argument that counts UTF-16 units; negative is the start.
    fn offset(&self, text: &str, argument: usize) -> Option<usize> {
        let Some(Value::Integer(units)) = self.arguments.get(argument) else { return None };
        let Ok(wanted) = usize::try_from((*units).max(0)) else { return None };
        let mut units = 0;
        for (index, character) in text.char_indices() {
            if units >= wanted {
                return Some(index);
            }
            units += character.len_utf16();
        }
        (units >= wanted).then_some(text.len())
    }

    fn join(&mut self, separator: &str, items: ListId) -> Result<Value, Fault> {
        let items = self.heap.list(items).items.clone();
        let mut joined = String::new();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                joined.push_str(separator);
            }
            joined.push_str(&self.text(item)?);
            self.budget.bytes(joined.len())?;
        }
        Ok(Value::text(joined))
    }

    fn part(&mut self, text: &str, from: usize, to: Option<usize>) -> Result<Value, Fault> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let to = to.unwrap_or(units.len());
        let part = units.get(from..to).ok_or_else(|| {
            self.fault(format!("{from} to {to} is not within a text of length {}", units.len()))
        })?;
        self.new_text(String::from_utf16_lossy(part))
    }

    fn pattern(&mut self, pattern: &str) -> Result<Rc<Regex>, Fault> {
        if let Some(known) = self.heap.patterns.get(pattern) {
            return Ok(Rc::clone(known));
        }
        self.budget.steps(PATTERN_STEPS)?;
        let compiled = RegexBuilder::new(pattern)
            .backtrack_limit(BACKTRACK_LIMIT)
            .delegate_size_limit(PATTERN_BYTES)
            .build()
            .map_err(|error| {
                self.fault(format!("`{pattern}` is no regular expression: {error}"))
            })?;
        let compiled = Rc::new(compiled);
        self.heap.patterns.insert(pattern.to_owned(), Rc::clone(&compiled));
        Ok(compiled)
    }

    fn replace(
        &mut self,
        text: &str,
        pattern: &Regex,
        to: &str,
        limit: usize,
    ) -> Result<Value, Fault> {
        let mut out = String::new();
        let mut end = 0;
        for captures in pattern.captures_iter(text).take(limit) {
            let captures = captures.map_err(|error| self.fault(error))?;
            self.budget.elements(1)?;
            let Some(whole) = captures.get(0) else { continue };
            out.push_str(text.get(end..whole.start()).unwrap_or_default());
            expand(to, &captures, &mut out).map_err(|why| self.fault(why))?;
            end = whole.end();
            if out.len() > crate::vtl::limits::TEXT_BYTES {
                break;
            }
        }
        out.push_str(text.get(end..).unwrap_or_default());
        self.new_text(out)
    }

    /// `String.split`: with limit 0 empty texts at the end are dropped; an empty match at the start
    /// makes no empty first text.
    fn split(&mut self, text: &str, pattern: &Regex, limit: i128) -> Result<Value, Fault> {
        let most = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut start = 0;
        let mut matched = false;
        for found in pattern.find_iter(text) {
            let found = found.map_err(|error| self.fault(error))?;
            if parts.len() + 1 >= most {
                break;
            }
            if found.end() == 0 || (found.start() == found.end() && found.end() == text.len()) {
                continue;
            }
            self.budget.elements(1)?;
            matched = true;
            parts.push(text.get(start..found.start()).unwrap_or_default());
            start = found.end();
        }
        parts.push(text.get(start..).unwrap_or_default());
        if limit == 0 {
            while matched && parts.last().is_some_and(|part| part.is_empty()) {
                parts.pop();
            }
        }
        let parts = parts.into_iter().map(Value::text).collect();
        self.new_list(parts)
    }
}

/// Java's replacement text: `$1` is a group, a backslash takes the next character as it is.
fn expand(template: &str, captures: &Captures<'_, str>, out: &mut String) -> Result<(), String> {
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push(characters.next().ok_or("the replacement ends with a backslash")?),
            '$' => {
                let digit = characters.next().and_then(|digit| digit.to_digit(10));
                let group =
                    digit.ok_or("`$` in the replacement is not followed by a group number")?;
                let group = usize::try_from(group).unwrap_or(usize::MAX);
                if group >= captures.len() {
                    return Err(format!("the pattern has no group {group}"));
                }
                out.push_str(captures.get(group).map_or("", |found| found.as_str()));
            }
            other => out.push(other),
        }
    }
    Ok(())
}

/// A byte position as Java counts it; -1 for none.
fn position(text: &str, found: Option<usize>) -> Value {
    match found.and_then(|index| text.get(..index)) {
        Some(before) => Value::count(before.encode_utf16().count()),
        None => Value::Integer(-1),
    }
}

/// `compareTo`: the difference of the first units that differ, else that of the lengths.
fn compare(left: &str, right: &str) -> i128 {
    let units = left.encode_utf16().zip(right.encode_utf16());
    let differing = units.map(|(left, right)| i128::from(left) - i128::from(right));
    let length = |text: &str| text.encode_utf16().count() as i128;
    differing
        .into_iter()
        .find(|difference| *difference != 0)
        .unwrap_or_else(|| length(left) - length(right))
}

fn hash_code(text: &str) -> i32 {
    text.encode_utf16()
        .fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}
