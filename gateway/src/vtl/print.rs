//! Values as text: what `toString()` gives in Java, and JSON inside lists that came from JSON.
//!
//! `{foo=bar}` for a map, `[{"foo":"bar"}]` for a list from JSON, `{list=[{"foo":"bar"}]}` for one
//! in the other, `[a, b]` for a list that the template made: as recorded on AWS.

use super::limits::{Budget, TEXT_BYTES, VALUE_DEPTH};
use super::value::{Fault, Heap, ListKind, Value, too_deep};

/// The text that printing `value` gives; nothing for null.
pub(super) fn to_text(heap: &Heap, budget: &mut Budget, value: &Value) -> Result<String, Fault> {
    let mut printer = Printer { heap, out: String::new() };
    if !matches!(value, Value::Null) {
        printer.java(value, 0)?;
    }
    budget.bytes(printer.out.len())?;
    Ok(printer.out)
}

/// `value` as JSON text.
pub(super) fn to_json(heap: &Heap, budget: &mut Budget, value: &Value) -> Result<String, Fault> {
    let mut printer = Printer { heap, out: String::new() };
    printer.json(value, 0)?;
    budget.bytes(printer.out.len())?;
    Ok(printer.out)
}

struct Printer<'h> {
    heap: &'h Heap,
    out: String,
}

impl Printer<'_> {
    fn java(&mut self, value: &Value, depth: usize) -> Result<(), Fault> {
        self.check(depth)?;
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Boolean(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Integer(value) => self.out.push_str(&value.to_string()),
            Value::Float(value) => self.out.push_str(&java_double(*value)),
            Value::Text(text) => self.out.push_str(text),
            Value::List(id) if self.heap.list(*id).kind == ListKind::Json => {
                self.json(value, depth)?;
            }
            Value::List(id) => {
                self.between('[', self.heap.list(*id).items.iter(), ']', ", ", |printer, item| {
                    printer.java(item, depth + 1)
                })?;
            }
            Value::Map(id) => {
                self.between(
                    '{',
                    self.heap.map(*id).iter(),
                    '}',
                    ", ",
                    |printer, (key, value)| {
                        printer.out.push_str(key);
                        printer.out.push('=');
                        printer.java(value, depth + 1)
                    },
                )?;
            }
            Value::Entry(map, key) => {
                self.out.push_str(key);
                self.out.push('=');
                self.java(&self.heap.get(*map, key), depth + 1)?;
            }
            // Java would print a class name and an address: of no use to anybody.
            Value::Iterator(_)
            | Value::Loop(_)
            | Value::Input
            | Value::Util
            | Value::Definition(_) => {}
        }
        Ok(())
    }

    fn json(&mut self, value: &Value, depth: usize) -> Result<(), Fault> {
        self.check(depth)?;
        match value {
            Value::Text(text) => self.json_text(text),
            Value::List(id) => {
                self.between('[', self.heap.list(*id).items.iter(), ']', ",", |printer, item| {
                    printer.json(item, depth + 1)
                })?;
            }
            Value::Map(id) => {
                self.between('{', self.heap.map(*id).iter(), '}', ",", |printer, (key, value)| {
                    printer.json_text(key);
                    printer.out.push(':');
                    printer.json(value, depth + 1)
                })?;
            }
            Value::Float(value) if !value.is_finite() => self.out.push_str("null"),
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Float(_) => {
                self.java(value, depth)?;
            }
            _ => self.out.push_str("null"),
        }
        Ok(())
    }

    fn json_text(&mut self, text: &str) {
        self.out.push_str(&serde_json::Value::from(text).to_string());
    }

    fn between<T>(
        &mut self,
        open: char,
        items: impl Iterator<Item = T>,
        close: char,
        separator: &str,
        mut print: impl FnMut(&mut Self, T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.out.push(open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push_str(separator);
            }
            print(self, item)?;
        }
        self.out.push(close);
        Ok(())
    }

    fn check(&self, depth: usize) -> Result<(), Fault> {
        if self.out.len() > TEXT_BYTES {
            return Err(Fault(format!("a text is longer than {TEXT_BYTES} bytes")));
        }
        if depth > VALUE_DEPTH { Err(too_deep()) } else { Ok(()) }
    }
}

/// `Double.toString`: at least one decimal, and `1.0E7` from ten million on.
pub(super) fn java_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => format!("{mantissa}E{exponent}"),
        Some((mantissa, exponent)) => format!("{mantissa}.0E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_java() {
        let cases =
            [(10.0, "10.0"), (0.1, "0.1"), (1e7, "1.0E7"), (1.5e-5, "1.5E-5"), (-0.0, "-0.0")];
        for (value, text) in cases {
            assert_eq!(java_double(value), text);
        }
    }
}
