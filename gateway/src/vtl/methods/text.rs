//! Methods of texts. Positions and lengths count UTF-16 units, as Java's do.

use std::rc::Rc;

use fancy_regex::{Captures, Regex, RegexBuilder};

use super::Call;
use crate::vtl::value::{Fault, Value};

/// Steps that one match may backtrack; a pathological pattern is an error, not a hang.
const BACKTRACK_LIMIT: usize = 100_000;
/// Largest compiled pattern.
const PATTERN_BYTES: usize = 1024 * 1024;
/// What compiling a pattern costs, compared with other steps.
const PATTERN_STEPS: usize = 1000;

impl Call<'_> {
    pub(super) fn on_text(&mut self, text: &str) -> Result<Value, Fault> {
        self.budget.search(text)?;
        match (self.method, self.arguments) {
            ("length" | "size", []) => Ok(Value::count(text.encode_utf16().count())),
            ("isEmpty", []) => Ok(Value::Boolean(text.is_empty())),
            ("isBlank", []) => Ok(Value::Boolean(text.trim().is_empty())),
            ("trim" | "strip", []) => self.new_text(text.trim().to_owned()),
            ("toLowerCase", []) => self.new_text(text.to_lowercase()),
            ("toUpperCase", []) => self.new_text(text.to_uppercase()),
            ("hashCode", []) => Ok(Value::Integer(i64::from(hash_code(text)))),
            ("charAt", [index]) => {
                let from = self.index(index)?;
                self.part(text, from, Some(from + 1))
            }
            ("substring", [from]) => {
                let from = self.index(from)?;
                self.part(text, from, None)
            }
            ("substring", [from, to]) => {
                let (from, to) = (self.index(from)?, self.index(to)?);
                self.part(text, from, Some(to))
            }
            ("contains" | "startsWith" | "endsWith" | "equals" | "equalsIgnoreCase", [other]) => {
                self.compare(text, other)
            }
            ("compareTo", [other]) => {
                let other = self.text(other)?;
                Ok(Value::Integer(text.encode_utf16().cmp(other.encode_utf16()) as i64))
            }
            ("indexOf" | "lastIndexOf", [part]) => {
                let part = self.text(part)?;
                let last = self.method == "lastIndexOf";
                let found = if last { text.rfind(&part) } else { text.find(&part) };
                Ok(position(text, found))
            }
            ("concat", [other]) => {
                let other = self.text(other)?;
                self.new_text(format!("{text}{other}"))
            }
            ("repeat", [times]) => {
                let times = self.index(times)?;
                self.budget.bytes(text.len().saturating_mul(times))?;
                Ok(Value::text(text.repeat(times)))
            }
            _ => self.on_text_with_pattern(text),
        }
    }

    fn on_text_with_pattern(&mut self, text: &str) -> Result<Value, Fault> {
        match (self.method, self.arguments) {
            ("replace", [from, to]) => {
                let (from, to) = (self.text(from)?, self.text(to)?);
                let hits = text.matches(from.as_str()).count();
                self.budget.bytes(text.len().saturating_add(hits.saturating_mul(to.len())))?;
                Ok(Value::text(text.replace(&from, &to)))
            }
            ("replaceAll" | "replaceFirst", [pattern, to]) => {
                let (pattern, to) = (self.text(pattern)?, self.text(to)?);
                let limit = if self.method == "replaceFirst" { 1 } else { usize::MAX };
                let pattern = self.pattern(&pattern)?;
                self.replace(text, &pattern, &to, limit)
            }
            ("matches", [pattern]) => {
                let pattern = self.text(pattern)?;
                let pattern = self.pattern(&format!(r"\A(?:{pattern})\z"))?;
                let found = pattern.is_match(text).map_err(|error| self.fault(error))?;
                Ok(Value::Boolean(found))
            }
            ("split", [pattern]) => {
                let pattern = self.text(pattern)?;
                let pattern = self.pattern(&pattern)?;
                self.split(text, &pattern, 0)
            }
            ("split", [pattern, Value::Integer(limit)]) => {
                let pattern = self.text(pattern)?;
                let pattern = self.pattern(&pattern)?;
                self.split(text, &pattern, *limit)
            }
            _ => Ok(Value::Null),
        }
    }

    fn compare(&mut self, text: &str, other: &Value) -> Result<Value, Fault> {
        // `equals` of something that is no text is false in Java.
        if self.method == "equals" && !matches!(other, Value::Text(_) | Value::Null) {
            return Ok(Value::Boolean(false));
        }
        let other = self.text(other)?;
        Ok(Value::Boolean(match self.method {
            "contains" => text.contains(&other),
            "startsWith" => text.starts_with(&other),
            "endsWith" => text.ends_with(&other),
            "equals" => text == other,
            _ => text.to_lowercase() == other.to_lowercase(),
        }))
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
    fn split(&mut self, text: &str, pattern: &Regex, limit: i64) -> Result<Value, Fault> {
        let most = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut start = 0;
        for found in pattern.find_iter(text) {
            let found = found.map_err(|error| self.fault(error))?;
            if parts.len() + 1 >= most {
                break;
            }
            if found.end() == 0 || (found.start() == found.end() && found.end() == text.len()) {
                continue;
            }
            self.budget.elements(1)?;
            parts.push(text.get(start..found.start()).unwrap_or_default());
            start = found.end();
        }
        parts.push(text.get(start..).unwrap_or_default());
        if limit == 0 {
            while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
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

fn hash_code(text: &str) -> i32 {
    text.encode_utf16()
        .fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}
