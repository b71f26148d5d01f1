//! Conditions of a statement: operator, key and the values it may have.

use super::key::ConditionKey;
use super::operator::{Comparison, Operand, Operator, Quantifier};
use super::request::PolicyRequest;

/// One key under one operator. All conditions of a statement must hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: ConditionKey,
    /// Any of them will do; for a negated operator, none of them may.
    pub(crate) operands: Vec<Operand>,
}

impl Condition {
    /// Whether it holds for a request (IAM guide, "Condition operators" and "Multivalued context
    /// keys").
    pub(crate) fn holds(&self, request: &PolicyRequest<'_>) -> bool {
        let values = request.values(&self.key);
        if self.operator.comparison == Comparison::Null {
            return self.operands.contains(&Operand::Flag(values.is_empty()));
        }
        if values.is_empty() {
            return self.holds_without_key();
        }
        match self.operator.quantifier {
            Quantifier::All => values.iter().all(|value| self.admits(value, request)),
            Quantifier::One | Quantifier::Any => {
                values.iter().any(|value| self.admits(value, request))
            }
        }
    }

    const fn holds_without_key(&self) -> bool {
        let operator = self.operator;
        match operator.quantifier {
            Quantifier::All => true,
            Quantifier::Any => operator.if_exists,
            Quantifier::One => operator.if_exists || operator.negated,
        }
    }

    fn admits(&self, found: &str, request: &PolicyRequest<'_>) -> bool {
        let Operator { comparison, negated, .. } = self.operator;
        let value = |key: &ConditionKey| request.value(key);
        let mut is_found = false;
        for wanted in &self.operands {
            match comparison.holds(found, wanted, &value) {
                Some(holds) => is_found |= holds,
                None => return false,
            }
        }
        is_found != negated
    }

    /// The texts that its key must have for it to hold, where that can be told: for example the VPC
    /// endpoints of `StringEquals`.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.operands.iter().filter_map(|operand| match operand {
            Operand::Text(pattern) => pattern.as_literal(),
            _ => None,
        })
    }
}
