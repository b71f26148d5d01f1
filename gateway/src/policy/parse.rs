//! A policy document read from JSON, with everything that is wrong with it.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::error::{PolicyError, Problem};
use super::key::ConditionKey;
use super::operator::Operator;
use super::pattern::{Pattern, Syntax};
use super::principal::PrincipalEntry;
use super::{Effect, Policy, Principals, Selection, Statement};

/// What a policy is for, which decides what it must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyKind {
    /// `x-amazon-apigateway-policy`: every statement names its principals, `execute-api:/...` means
    /// the API, and only keys that API Gateway sets may be asked for.
    Resource,
    /// Attached to a user or a role, whom alone it is about.
    Identity,
    /// Returned by a Lambda authorizer, for its caller alone. Nobody has checked it before.
    Authorizer,
}

const CURRENT_VERSION: &str = "2012-10-17";
const OLD_VERSION: &str = "2008-10-17";

impl Policy {
    /// Reads a policy. `api` is the API's ARN, `arn:aws:execute-api:{region}:{account}:{id}`.
    ///
    /// # Errors
    /// Everything IAM would refuse, or that cannot be evaluated.
    pub(crate) fn parse(
        document: &Value,
        kind: PolicyKind,
        api: &str,
    ) -> Result<Self, Vec<PolicyError>> {
        let mut parser = Parser { kind, api, variables: false, path: vec![], errors: vec![] };
        let statements = parser.policy(document);
        if parser.errors.is_empty() { Ok(Self { statements }) } else { Err(parser.errors) }
    }
}

struct Parser<'a> {
    kind: PolicyKind,
    api: &'a str,
    /// The version knows policy variables.
    variables: bool,
    path: Vec<String>,
    errors: Vec<PolicyError>,
}

impl Parser<'_> {
    fn policy(&mut self, document: &Value) -> Vec<Statement> {
        let Some(members) = self.object(document) else { return vec![] };
        self.known(members, &["Version", "Id", "Statement"]);
        match members.get("Version").map(Value::as_str) {
            None | Some(Some(OLD_VERSION)) => {}
            Some(Some(CURRENT_VERSION)) => self.variables = true,
            Some(_) => self.inside("Version", |parser| {
                parser.error(
                    Problem::new("this version does not exist").with_help("write 2012-10-17"),
                );
            }),
        }
        match members.get("Statement") {
            None => {
                self.error(Problem::new("`Statement` is missing"));
                vec![]
            }
            Some(statements) => self.inside("Statement", |parser| {
                parser.each(statements, Self::statement).into_iter().flatten().collect()
            }),
        }
    }

    fn statement(&mut self, value: &Value) -> Option<Statement> {
        const MEMBERS: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let members = self.object(value)?;
        self.known(members, &MEMBERS);
        let effect = match members.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Some(Effect::Allow),
            Some("Deny") => Some(Effect::Deny),
            _ => {
                self.error(Problem::new("`Effect` must be Allow or Deny"));
                None
            }
        };
        let principals = self.principals(members);
        let actions = self.selection(members, "Action", "NotAction", Self::action);
        let resources = self.selection(members, "Resource", "NotResource", Self::resource);
        let conditions = members.get("Condition").map_or_else(Vec::new, |condition| {
            self.inside("Condition", |parser| parser.conditions(condition))
        });
        Some(Statement {
            effect: effect?,
            principals: principals?,
            actions: actions?,
            resources: resources?,
            conditions,
        })
    }

    fn principals(&mut self, members: &Map<String, Value>) -> Option<Principals> {
        let entry =
            self.either(members, "Principal", "NotPrincipal", self.kind == PolicyKind::Resource);
        match (self.kind, entry) {
            (PolicyKind::Resource, entry) => {
                let (name, value, negated) = entry?;
                let entries = self.inside(name, |parser| parser.principal_entries(value));
                Some(if negated { Principals::AllBut(entries) } else { Principals::These(entries) })
            }
            (PolicyKind::Identity, Some((name, ..))) => {
                self.inside(name, |parser| {
                    parser.error(
                        Problem::new("an identity policy names no principal")
                            .with_help("it is about whoever it is attached to"),
                    );
                });
                None
            }
            (PolicyKind::Identity, None) | (PolicyKind::Authorizer, _) => Some(Principals::Holder),
        }
    }

    fn principal_entries(&mut self, value: &Value) -> Vec<PrincipalEntry> {
        let mut entries = Vec::new();
        match value {
            Value::String(text) if text == "*" => entries.push(PrincipalEntry::Everyone),
            Value::Object(kinds) => {
                for (kind, values) in kinds {
                    let found = self.inside(kind, |parser| match kind.as_str() {
                        "AWS" => parser.each(values, |parser, value| {
                            let text = parser.text(value)?;
                            parser.check(PrincipalEntry::parse_aws(&text))
                        }),
                        "Service" | "Federated" | "CanonicalUser" => {
                            vec![Some(PrincipalEntry::Elsewhere)]
                        }
                        _ => {
                            parser.error(Problem::new(format!(
                                "`{kind}` is not a kind of principal"
                            )));
                            vec![]
                        }
                    });
                    entries.extend(found.into_iter().flatten());
                }
            }
            _ => self.error(
                Problem::new("this is not a principal")
                    .with_help("write \"*\" or {\"AWS\": [ARN, ...]}"),
            ),
        }
        entries
    }

    /// `Action` or `NotAction` and the like: exactly one of them.
    fn selection(
        &mut self,
        members: &Map<String, Value>,
        name: &'static str,
        negated: &'static str,
        read: fn(&mut Self, &Value) -> Option<Pattern>,
    ) -> Option<Selection> {
        let (name, value, negated) = self.either(members, name, negated, true)?;
        let patterns = self.inside(name, |parser| parser.each(value, read));
        let patterns = patterns.into_iter().flatten().collect();
        Some(if negated { Selection::AllBut(patterns) } else { Selection::These(patterns) })
    }

    fn either<'v>(
        &mut self,
        members: &'v Map<String, Value>,
        name: &'static str,
        negated: &'static str,
        required: bool,
    ) -> Option<(&'static str, &'v Value, bool)> {
        match (members.get(name), members.get(negated)) {
            (Some(value), None) => Some((name, value, false)),
            (None, Some(value)) => Some((negated, value, true)),
            (None, None) => {
                if required {
                    self.error(Problem::new(format!("`{name}` is missing")));
                }
                None
            }
            (Some(_), Some(_)) => {
                self.error(Problem::new(format!("`{name}` and `{negated}` exclude each other")));
                None
            }
        }
    }

    fn action(&mut self, value: &Value) -> Option<Pattern> {
        let text = self.text(value)?;
        if text != "*" && !text.contains(':') {
            self.error(
                Problem::new(format!("`{text}` is not an action"))
                    .with_help("write execute-api:Invoke, execute-api:* or *"),
            );
            return None;
        }
        self.check(Pattern::parse(&text, Syntax { wildcards: true, variables: false }))
    }

    fn resource(&mut self, value: &Value) -> Option<Pattern> {
        let text = self.text(value)?;
        let full = match text.strip_prefix("execute-api:/") {
            Some(path) if self.kind == PolicyKind::Resource => format!("{}/{path}", self.api),
            _ => text.clone(),
        };
        if full != "*" && !full.starts_with("arn:") {
            self.error(
                Problem::new(format!("`{text}` is not a resource"))
                    .with_help("write \"*\", or the ARN of a method: arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH; in a resource policy execute-api:/STAGE/VERB/PATH will do"),
            );
            return None;
        }
        let pattern = Pattern::parse(&full, Syntax { wildcards: true, variables: self.variables });
        let pattern = self.check(pattern)?;
        let unknown = pattern.keys().find_map(|key| self.unknown(key));
        self.check(unknown.map_or(Ok(pattern), Err))
    }

    fn conditions(&mut self, value: &Value) -> Vec<Condition> {
        let Some(operators) = self.object(value) else { return vec![] };
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            self.inside(name, |parser| {
                let Some(operator) = parser.check(Operator::parse(name)) else { return };
                let Some(keys) = parser.object(keys) else { return };
                for (key, values) in keys {
                    let condition =
                        parser.inside(key, |parser| parser.condition(operator, key, values));
                    conditions.extend(condition);
                }
            });
        }
        conditions
    }

    fn condition(&mut self, operator: Operator, key: &str, values: &Value) -> Option<Condition> {
        let key = ConditionKey::parse(key);
        if let Some(problem) = self.unknown(&key) {
            self.error(problem);
            return None;
        }
        let operands = self.each(values, |parser, value| {
            let text = parser.text(value)?;
            parser.check(operator.comparison.operand(&text, parser.variables))
        });
        Some(Condition { operator, key, operands: operands.into_iter().flatten().collect() })
    }

    /// A key that API Gateway never sets is surely a mistake, unless the policy is not only for API
    /// Gateway or nobody has checked it.
    fn unknown(&self, key: &ConditionKey) -> Option<Problem> {
        if key.is_unknowable() && self.kind != PolicyKind::Authorizer {
            let message = format!("what `{key}` is of a caller is not known here");
            return Some(Problem::new(message).with_help(
                "evaluated without it the policy could let through whom AWS denies: leave the condition out for local runs",
            ));
        }
        let ConditionKey::Other(name) = key else { return None };
        let is_global = name.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
        let refused = match self.kind {
            PolicyKind::Resource => true,
            PolicyKind::Identity => is_global,
            PolicyKind::Authorizer => false,
        };
        refused.then(|| {
            Problem::new(format!("API Gateway does not set the condition key `{name}`"))
                .with_help("see the guide, \"AWS condition keys that can be used in API Gateway resource policies\"")
        })
    }

    fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        if let Value::Object(members) = value {
            return Some(members);
        }
        self.error(Problem::new("this must be an object"));
        None
    }

    /// A text; numbers and flags are as good as the texts they are written as.
    fn text(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                self.error(Problem::new("this must be text"));
                None
            }
        }
    }

    /// Reads each element of a list, or the value itself: IAM takes one for a list of one.
    fn each<T>(&mut self, value: &Value, mut read: impl FnMut(&mut Self, &Value) -> T) -> Vec<T> {
        let Value::Array(elements) = value else { return vec![read(self, value)] };
        let read_one = |(index, element): (usize, &Value)| {
            self.inside(&index.to_string(), |parser| read(parser, element))
        };
        elements.iter().enumerate().map(read_one).collect()
    }

    fn known(&mut self, members: &Map<String, Value>, known: &[&str]) {
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            self.inside(name, |parser| {
                let problem = Problem::new(format!("policies have no member `{name}` here"));
                parser.error(problem);
            });
        }
    }

    fn check<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.error(problem)).ok()
    }

    fn inside<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_owned());
        let result = read(self);
        self.path.pop();
        result
    }

    fn error(&mut self, problem: Problem) {
        self.errors.push(PolicyError { path: self.path.clone(), problem });
    }
}
