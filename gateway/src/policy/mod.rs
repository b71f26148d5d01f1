//! IAM policy documents: read, and evaluated for a call of a method.
//!
//! Resource policies of the document, identity policies of callers, and what Lambda authorizers
//! return are all the same language (IAM guide, "IAM JSON policy reference").

mod condition;
mod error;
mod key;
mod operator;
mod parse;
mod pattern;
mod principal;
mod request;
#[cfg(test)]
mod tests;

use crate::caller::Principal;
use condition::Condition;
pub(crate) use error::PolicyError;
pub(crate) use key::ConditionKey;
pub(crate) use parse::PolicyKind;
use pattern::Pattern;
use principal::PrincipalEntry;
pub(crate) use request::PolicyRequest;

/// A policy document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

/// What a policy says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// A statement allows it, and none denies it.
    Allow,
    /// No statement speaks of it.
    Silent,
    /// A statement denies it.
    Deny,
}

#[derive(Clone, Debug, PartialEq)]
struct Statement {
    effect: Effect,
    principals: Principals,
    actions: Selection,
    resources: Selection,
    conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq)]
enum Principals {
    /// The policy belongs to somebody: it is about him.
    Holder,
    These(Vec<PrincipalEntry>),
    AllBut(Vec<PrincipalEntry>),
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq)]
enum Selection {
    These(Vec<Pattern>),
    AllBut(Vec<Pattern>),
}

impl Policy {
    /// What it says: a denial wins, whatever the order.
    pub(crate) fn evaluate(&self, request: &PolicyRequest<'_>) -> Decision {
        let mut decision = Decision::Silent;
        for statement in self.statements.iter().filter(|statement| statement.applies(request)) {
            match statement.effect {
                Effect::Deny => return Decision::Deny,
                Effect::Allow => decision = Decision::Allow,
            }
        }
        decision
    }

    /// The condition keys it asks for.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ConditionKey> {
        self.statements.iter().flat_map(|statement| &statement.conditions).map(|it| &it.key)
    }

    /// Whether an Allow demands a key to have some value, or a Deny spares only those that have it.
    pub(crate) fn demands(&self, key: &ConditionKey) -> bool {
        self.demanding(key).next().is_some()
    }

    /// A value of a key that the policy lets in: the first that it demands.
    pub(crate) fn admitted(&self, key: &ConditionKey) -> Option<&str> {
        self.demanding(key).find_map(|condition| condition.literals().next())
    }

    fn demanding(&self, key: &ConditionKey) -> impl Iterator<Item = &Condition> {
        self.statements.iter().flat_map(move |statement| {
            let negated = statement.effect == Effect::Deny;
            let demands = move |it: &&Condition| it.key == *key && it.operator.negated == negated;
            statement.conditions.iter().filter(demands)
        })
    }
}

impl Statement {
    fn applies(&self, request: &PolicyRequest<'_>) -> bool {
        let is_invoke = |action: &Pattern| action.matches_ignoring_case(request::INVOKE, |_| None);
        let is_called =
            |resource: &Pattern| resource.matches(request.resource, |key| request.value(key));
        self.principals.include(request.principal())
            && self.actions.includes(is_invoke)
            && self.resources.includes(is_called)
            && self.conditions.iter().all(|condition| condition.holds(request))
    }
}

impl Principals {
    fn include(&self, caller: Option<&Principal>) -> bool {
        let means = |entry: &PrincipalEntry| entry.means(caller);
        match self {
            Self::Holder => true,
            Self::These(entries) => entries.iter().any(means),
            Self::AllBut(entries) => !entries.iter().any(means),
        }
    }
}

impl Selection {
    fn includes(&self, matches: impl Fn(&Pattern) -> bool) -> bool {
        match self {
            Self::These(patterns) => patterns.iter().any(matches),
            Self::AllBut(patterns) => !patterns.iter().any(matches),
        }
    }
}
