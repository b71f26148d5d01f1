//! Expressions: literals, operators and conditions.

use std::rc::Rc;

use indexmap::IndexMap;

use super::{Evaluator, Failure};
use crate::vtl::ast::{Expression, Link, Operator};
use crate::vtl::operators;
use crate::vtl::value::{Fault, ListKind, Value};

impl Evaluator<'_> {
    pub(super) fn expression(&mut self, expression: &Expression) -> Result<Value, Failure> {
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Boolean(value) => Value::Boolean(*value),
            Expression::Integer(value) => Value::Integer(*value),
            Expression::Float(value) => Value::Float(*value),
            Expression::Text(text) => Value::text(text),
            Expression::Interpolated { offset, block } => {
                let mut out = String::new();
                self.block(block, &mut out)?;
                self.budget.bytes(out.len()).map_err(|fault| fault.at(*offset))?;
                Value::text(out)
            }
            Expression::Reference(reference) => self.reference(reference)?,
            Expression::List(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.expression(item)).collect();
                self.heap.new_list(items?, ListKind::Java)
            }
            Expression::Map(entries) => self.map(entries)?,
            Expression::Range { offset, from, to } => {
                let (from, to) = (self.expression(from)?, self.expression(to)?);
                self.range(&from, &to).map_err(|fault| fault.at(*offset))?
            }
            Expression::Not(inner) => Value::Boolean(!self.condition(inner)?),
            Expression::Negative(inner) => operators::negative(&self.expression(inner)?),
            Expression::Chain { first, links } if is_logic(links) => {
                Value::Boolean(self.logic(first, links)?)
            }
            Expression::Chain { first, links } => self.chain(first, links)?,
        })
    }

    /// Whether `#if`, `!`, `&&` or `||` take an expression for true.
    ///
    /// Velocity 1.7 asks references, booleans, comparisons and logic only: anything else that is
    /// written out (`'text'`, `1 + 1`, `[]`) is false. An empty text in a variable is true.
    pub(super) fn condition(&mut self, expression: &Expression) -> Result<bool, Failure> {
        match expression {
            Expression::Boolean(value) => Ok(*value),
            Expression::Reference(_) | Expression::Not(_) => {
                Ok(self.expression(expression)?.is_true())
            }
            Expression::Chain { links, .. } if is_logic(links) || is_comparison(links) => {
                Ok(self.expression(expression)?.is_true())
            }
            _ => Ok(false),
        }
    }

    /// Conditions between `&&` or between `||`.
    fn logic(&mut self, first: &Expression, links: &[Link]) -> Result<bool, Failure> {
        let mut holds = self.condition(first)?;
        for Link { operator, right, .. } in links {
            if holds != (*operator == Operator::Or) {
                holds = self.condition(right)?;
            }
        }
        Ok(holds)
    }

    /// Operators of arithmetic or comparison, from left to right.
    fn chain(&mut self, first: &Expression, links: &[Link]) -> Result<Value, Failure> {
        let mut left = self.expression(first)?;
        for Link { offset, operator, right } in links {
            let right = self.expression(right)?;
            let right = self.settled(right, *offset)?;
            left = self.settled(left, *offset)?;
            left = operators::binary(&self.heap, &mut self.budget, *operator, &left, &right)
                .map_err(|fault| fault.at(*offset))?;
        }
        Ok(left)
    }

    fn map(&mut self, entries: &[(Expression, Expression)]) -> Result<Value, Failure> {
        let mut members = IndexMap::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.expression(key)?;
            let key = self.text(&key, 0)?;
            members.insert(Rc::from(key), self.expression(value)?);
        }
        Ok(Value::Map(self.heap.new_map(members)))
    }

    fn range(&mut self, from: &Value, to: &Value) -> Result<Value, Fault> {
        let (Value::Integer(from), Value::Integer(to)) = (from, to) else {
            return Ok(Value::Null);
        };
        let length = usize::try_from(from.abs_diff(*to)).unwrap_or(usize::MAX);
        self.budget.new_elements(length)?;
        let items = if from <= to {
            (*from..=*to).map(Value::Integer).collect()
        } else {
            (*to..=*from).rev().map(Value::Integer).collect()
        };
        Ok(self.heap.new_list(items, ListKind::Java))
    }
}

fn is_logic(links: &[Link]) -> bool {
    links.iter().all(|link| matches!(link.operator, Operator::And | Operator::Or))
}

fn is_comparison(links: &[Link]) -> bool {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let compares = |operator| {
        matches!(operator, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    };
    links.iter().all(|link| compares(link.operator))
}
