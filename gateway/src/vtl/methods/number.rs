//! Methods of numbers. `$number.parseInt("7")` is how templates turn text into numbers: Velocity
//! calls static methods through any instance.

use super::Call;
use crate::vtl::value::{Fault, Value};

const JAVA: &[&str] = &[
    "bitCount",
    "compare",
    "decode",
    "divideUnsigned",
    "floatToIntBits",
    "hashCode",
    "highestOneBit",
    "lowestOneBit",
    "numberOfLeadingZeros",
    "numberOfTrailingZeros",
    "parseUnsignedInt",
    "reverse",
    "rotateLeft",
    "rotateRight",
    "toUnsignedString",
];

impl Call<'_> {
    pub(super) fn on_number(&mut self, receiver: &Value) -> Result<Value, Fault> {
        Ok(match (self.method, self.arguments) {
            ("intValue" | "longValue" | "shortValue" | "byteValue", []) => {
                cast(whole(receiver), self.method)
            }
            ("doubleValue" | "floatValue", []) => Value::Float(real(receiver)),
            ("isNaN", []) => Value::Boolean(real(receiver).is_nan()),
            ("isInfinite", []) => Value::Boolean(real(receiver).is_infinite()),
            ("parseInt" | "parseLong", [Value::Text(text)]) => self.parsed(text)?,
            ("parseDouble" | "parseFloat", [Value::Text(text)]) => {
                Value::Float(self.parsed_float(text)?)
            }
            ("valueOf", [Value::Text(text)]) => match receiver {
                Value::Float(_) => Value::Float(self.parsed_float(text)?),
                _ => self.parsed(text)?,
            },
            ("valueOf", [value @ (Value::Integer(_) | Value::Float(_))]) => value.clone(),
            ("toString", [value @ (Value::Integer(_) | Value::Float(_))]) => {
                let text = self.text(value)?;
                self.new_text(text)?
            }
            ("toHexString", [Value::Integer(value)]) => {
                self.new_text(format!("{:x}", bits(*value)))?
            }
            ("toBinaryString", [Value::Integer(value)]) => {
                self.new_text(format!("{:b}", bits(*value)))?
            }
            ("signum", [Value::Integer(value)]) => Value::Integer(value.signum()),
            ("max" | "min" | "sum", [left, right]) => self.of_two(left, right),
            ("compareTo", [other]) => match (receiver, other) {
                (Value::Integer(left), Value::Integer(right)) => Value::order(left.cmp(right)),
                (Value::Float(left), Value::Float(right)) => Value::order(left.total_cmp(right)),
                _ => return Err(self.fault("a number of the same kind is needed here")),
            },
            _ => return self.unknown(JAVA),
        })
    }

    fn of_two(&self, left: &Value, right: &Value) -> Value {
        match (self.method, left, right) {
            ("max", Value::Integer(left), Value::Integer(right)) => {
                Value::Integer(*left.max(right))
            }
            ("min", Value::Integer(left), Value::Integer(right)) => {
                Value::Integer(*left.min(right))
            }
            (_, Value::Integer(left), Value::Integer(right)) => {
                Value::Integer(left.saturating_add(*right))
            }
            ("max", Value::Float(left), Value::Float(right)) => Value::Float(left.max(*right)),
            ("min", Value::Float(left), Value::Float(right)) => Value::Float(left.min(*right)),
            (_, Value::Float(left), Value::Float(right)) => Value::Float(left + right),
            _ => Value::Null,
        }
    }

    fn parsed(&self, text: &str) -> Result<Value, Fault> {
        let number: i64 =
            text.parse().map_err(|_| self.fault(format!("`{text}` is no whole number")))?;
        Ok(Value::Integer(number.into()))
    }

    fn parsed_float(&self, text: &str) -> Result<f64, Fault> {
        text.trim().parse().map_err(|_| self.fault(format!("`{text}` is no number")))
    }
}

/// The number without its fraction.
#[expect(clippy::cast_possible_truncation, reason = "a cast in Java saturates in the same way")]
fn whole(value: &Value) -> i128 {
    match value {
        Value::Integer(value) => *value,
        Value::Float(value) => i128::from(*value as i64),
        _ => 0,
    }
}

/// The lowest bits of a number, as casts between whole numbers leave them in Java.
#[expect(clippy::cast_possible_truncation, reason = "that is what the methods are for")]
fn cast(value: i128, method: &str) -> Value {
    Value::Integer(match method {
        "intValue" => (value as i32).into(),
        "shortValue" => (value as i16).into(),
        "byteValue" => (value as i8).into(),
        _ => (value as i64).into(),
    })
}

/// Two's complement: of 32 bits where the number fits, else of 64.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bits are wanted")]
fn bits(value: i128) -> u64 {
    i32::try_from(value).map_or(value as u64, |value| u64::from(value as u32))
}

#[expect(clippy::cast_precision_loss, reason = "Java's long to double conversion loses it, too")]
fn real(value: &Value) -> f64 {
    match value {
        Value::Integer(value) => *value as f64,
        Value::Float(value) => *value,
        _ => f64::NAN,
    }
}
