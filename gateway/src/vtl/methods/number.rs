//! Methods of numbers. `$number.parseInt("7")` is how templates turn text into numbers: Velocity
//! calls static methods through any instance.

use super::Call;
use crate::vtl::value::{Fault, Value};

impl Call<'_> {
    pub(super) fn on_number(&mut self, receiver: &Value) -> Result<Value, Fault> {
        Ok(match (self.method, self.arguments) {
            ("intValue" | "longValue", []) => whole(receiver),
            ("doubleValue" | "floatValue", []) => real(receiver),
            ("parseInt" | "parseLong", [text]) => {
                let text = self.text(text)?;
                let number =
                    text.parse().map_err(|_| self.fault(format!("`{text}` is no whole number")))?;
                Value::Integer(number)
            }
            ("parseDouble" | "parseFloat", [text]) => {
                let text = self.text(text)?;
                let number = text
                    .trim()
                    .parse()
                    .map_err(|_| self.fault(format!("`{text}` is no number")))?;
                Value::Float(number)
            }
            ("valueOf", [value @ (Value::Integer(_) | Value::Float(_))]) => value.clone(),
            ("valueOf", [text]) => {
                let text = self.text(text)?;
                match (receiver, text.parse(), text.parse()) {
                    (Value::Integer(_), Ok(whole), _) => Value::Integer(whole),
                    (Value::Float(_), _, Ok(real)) => Value::Float(real),
                    _ => return Err(self.fault(format!("`{text}` is no number of this kind"))),
                }
            }
            ("toString", [value]) => {
                let text = self.text(value)?;
                self.new_text(text)?
            }
            ("compareTo", [other]) => match (real(receiver), real(other)) {
                (Value::Float(left), Value::Float(right)) => {
                    Value::Integer(left.partial_cmp(&right).map_or(0, |order| order as i64))
                }
                _ => return Err(self.fault("a number is needed here")),
            },
            _ => Value::Null,
        })
    }
}

/// The number without its fraction, as a cast in Java.
#[expect(clippy::cast_possible_truncation, reason = "a cast in Java saturates in the same way")]
fn whole(value: &Value) -> Value {
    match value {
        Value::Integer(_) => value.clone(),
        Value::Float(value) => Value::Integer(*value as i64),
        _ => Value::Null,
    }
}

#[expect(clippy::cast_precision_loss, reason = "Java's long to double conversion loses it, too")]
fn real(value: &Value) -> Value {
    match value {
        Value::Integer(value) => Value::Float(*value as f64),
        Value::Float(_) => value.clone(),
        _ => Value::Null,
    }
}
