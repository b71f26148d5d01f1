//! Arithmetic and comparison as Velocity 1.7 does them.

use super::ast::Operator;
use super::limits::Budget;
use super::print::to_text;
use super::value::{Fault, Heap, Value};

/// `left operator right`; what Velocity cannot compute is null.
pub(super) fn binary(
    heap: &Heap,
    budget: &mut Budget,
    operator: Operator,
    left: &Value,
    right: &Value,
) -> Result<Value, Fault> {
    Ok(match operator {
        Operator::Equal => Value::Boolean(equal(heap, budget, left, right)?),
        Operator::NotEqual => Value::Boolean(!equal(heap, budget, left, right)?),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Value::Boolean(ordered(operator, left, right))
        }
        Operator::Add if matches!(left, Value::Text(_)) || matches!(right, Value::Text(_)) => {
            let mut text = to_text(heap, budget, left)?;
            text.push_str(&to_text(heap, budget, right)?);
            budget.bytes(text.len())?;
            Value::text(text)
        }
        _ => arithmetic(operator, left, right),
    })
}

/// `equals` of Java: a number never equals a text.
pub(super) fn java_equal(
    heap: &Heap,
    budget: &mut Budget,
    left: &Value,
    right: &Value,
) -> Result<bool, Fault> {
    match (left, right) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Text(_), Value::Text(_))
        | (Value::Boolean(_), Value::Boolean(_))
        | (Value::Integer(_), Value::Integer(_))
        | (Value::Float(_), Value::Float(_))
        | (Value::List(_), Value::List(_))
        | (Value::Map(_), Value::Map(_)) => equal(heap, budget, left, right),
        _ => Ok(false),
    }
}

/// `-value`
pub(super) fn negative(value: &Value) -> Value {
    arithmetic(Operator::Subtract, &Value::Integer(0), value)
}

/// `==`: numbers by value, values of different kinds by their text. Null equals `""`: API Gateway
/// was recorded to find a missing value equal to both.
pub(super) fn equal(
    heap: &Heap,
    budget: &mut Budget,
    left: &Value,
    right: &Value,
) -> Result<bool, Fault> {
    Ok(match (left, right) {
        (Value::Null, other) | (other, Value::Null) => match other {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            _ => false,
        },
        (Value::Text(left), Value::Text(right)) if left.len() != right.len() => false,
        (Value::Text(left), Value::Text(right)) => {
            budget.search(left)?;
            left == right
        }
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::Integer(left), Value::Integer(right)) => left == right,
        (Value::List(left), Value::List(right)) if left == right => true,
        (Value::Map(left), Value::Map(right)) if left == right => true,
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left == right,
            _ => to_text(heap, budget, left)? == to_text(heap, budget, right)?,
        },
    })
}

fn ordered(operator: Operator, left: &Value, right: &Value) -> bool {
    let order = match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => None,
        },
    };
    order.is_some_and(|order| match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "Java's long to double conversion loses it, too")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Value {
    if let (Value::Integer(left), Value::Integer(right)) = (left, right) {
        if *right == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
            return Value::Null;
        }
        let exact = match operator {
            Operator::Add => left.checked_add(*right),
            Operator::Subtract => left.checked_sub(*right),
            Operator::Multiply => left.checked_mul(*right),
            Operator::Divide => left.checked_div(*right),
            _ => left.checked_rem(*right),
        };
        if let Some(exact) = exact {
            return Value::Integer(exact);
        }
    }
    let (Some(left), Some(right)) = (number(left), number(right)) else { return Value::Null };
    if right == 0.0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Value::Null;
    }
    Value::Float(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    })
}
