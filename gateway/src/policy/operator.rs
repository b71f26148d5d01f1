//! Condition operators: how a value of the request is compared with one of the policy.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::error::Problem;
use super::key::ConditionKey;
use super::pattern::{Pattern, Syntax};

/// What a name such as `ForAllValues:StringNotEqualsIfExists` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) comparison: Comparison,
    /// Holds where the comparison does not.
    pub(crate) negated: bool,
    /// Holds without the key too.
    pub(crate) if_exists: bool,
}

/// Which values of a key the comparison is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// Its only value.
    One,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// A kind of comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    String,
    StringIgnoringCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    IpAddress,
    Arn,
    /// Whether the key is absent.
    Null,
}

/// What a value must be to that of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value of the policy, read as its operator reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Text(Pattern),
    /// The six parts of an ARN.
    Arn(Vec<Pattern>),
    Number(f64),
    Date(Timestamp),
    Flag(bool),
    Network(IpNet),
}

/// Every operator without prefix and suffix, whether it is negated, and what it compares.
const OPERATORS: &[(&str, bool, Comparison)] = &[
    ("StringEquals", false, Comparison::String),
    ("StringNotEquals", true, Comparison::String),
    ("StringEqualsIgnoreCase", false, Comparison::StringIgnoringCase),
    ("StringNotEqualsIgnoreCase", true, Comparison::StringIgnoringCase),
    ("StringLike", false, Comparison::StringLike),
    ("StringNotLike", true, Comparison::StringLike),
    ("NumericEquals", false, Comparison::Numeric(Order::Equal)),
    ("NumericNotEquals", true, Comparison::Numeric(Order::Equal)),
    ("NumericLessThan", false, Comparison::Numeric(Order::Less)),
    ("NumericLessThanEquals", false, Comparison::Numeric(Order::LessOrEqual)),
    ("NumericGreaterThan", false, Comparison::Numeric(Order::Greater)),
    ("NumericGreaterThanEquals", false, Comparison::Numeric(Order::GreaterOrEqual)),
    ("DateEquals", false, Comparison::Date(Order::Equal)),
    ("DateNotEquals", true, Comparison::Date(Order::Equal)),
    ("DateLessThan", false, Comparison::Date(Order::Less)),
    ("DateLessThanEquals", false, Comparison::Date(Order::LessOrEqual)),
    ("DateGreaterThan", false, Comparison::Date(Order::Greater)),
    ("DateGreaterThanEquals", false, Comparison::Date(Order::GreaterOrEqual)),
    ("Bool", false, Comparison::Bool),
    ("IpAddress", false, Comparison::IpAddress),
    ("NotIpAddress", true, Comparison::IpAddress),
    ("ArnEquals", false, Comparison::Arn),
    ("ArnLike", false, Comparison::Arn),
    ("ArnNotEquals", true, Comparison::Arn),
    ("ArnNotLike", true, Comparison::Arn),
    ("Null", false, Comparison::Null),
];

impl Operator {
    /// Reads an operator's name.
    ///
    /// # Errors
    /// A name IAM does not have, or `BinaryEquals`: no condition key of API Gateway is binary.
    pub(crate) fn parse(name: &str) -> Result<Self, Problem> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::All, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
            _ => (Quantifier::One, name),
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let known = OPERATORS.iter().find(|(known, ..)| *known == base);
        let Some(&(_, negated, comparison)) = known else {
            return Err(Problem::new(format!("`{name}` is not a condition operator")).with_help(
                "operators are written as in the IAM guide, for example StringEquals, IpAddress, ForAnyValue:StringLike",
            ));
        };
        if comparison == Comparison::Null && (if_exists || quantifier != Quantifier::One) {
            return Err(Problem::new(format!("`{name}` is not a condition operator"))
                .with_help("Null has neither a prefix nor IfExists"));
        }
        Ok(Self { quantifier, comparison, negated, if_exists })
    }
}

impl Comparison {
    /// Reads a value of the policy. Variables are known to text and ARNs only (IAM guide, "Policy
    /// variables").
    ///
    /// # Errors
    /// A text that is not of the operator's type.
    pub(crate) fn operand(self, text: &str, variables: bool) -> Result<Operand, Problem> {
        let wrong = |expected: &str| Problem::new(format!("`{text}` is not {expected}"));
        Ok(match self {
            Self::String | Self::StringIgnoringCase => {
                Operand::Text(Pattern::parse(text, Syntax { wildcards: false, variables })?)
            }
            Self::StringLike => {
                Operand::Text(Pattern::parse(text, Syntax { wildcards: true, variables })?)
            }
            Self::Arn => Operand::Arn(arn_patterns(text, variables)?),
            Self::Numeric(_) => Operand::Number(number(text).ok_or_else(|| wrong("a number"))?),
            Self::Date(_) => Operand::Date(date(text).ok_or_else(|| {
                wrong("a date")
                    .with_help("write 2026-11-20T10:11:12Z, 2026-11-20 or seconds since 1970")
            })?),
            Self::Bool | Self::Null => {
                Operand::Flag(flag(text).ok_or_else(|| wrong("true or false"))?)
            }
            Self::IpAddress => Operand::Network(network(text).ok_or_else(|| {
                wrong("an IP address or range").with_help("write 203.0.113.0/24 or 2001:db8::/32")
            })?),
        })
    }

    /// Whether a value of the request is as the policy's says; `None` if it is of another type,
    /// and neither the operator nor its negation holds.
    pub(crate) fn holds(
        self,
        found: &str,
        wanted: &Operand,
        value: &impl Fn(&ConditionKey) -> Option<String>,
    ) -> Option<bool> {
        Some(match (self, wanted) {
            (Self::StringIgnoringCase, Operand::Text(pattern)) => {
                pattern.matches_ignoring_case(found, value)
            }
            (Self::String | Self::StringLike, Operand::Text(pattern)) => {
                pattern.matches(found, value)
            }
            (Self::Arn, Operand::Arn(patterns)) => {
                let parts: Vec<&str> = found.splitn(ARN_PARTS, ':').collect();
                parts.len() == patterns.len()
                    && patterns
                        .iter()
                        .zip(parts)
                        .all(|(pattern, part)| pattern.matches(part, value))
            }
            (Self::Numeric(order), Operand::Number(wanted)) => {
                order.admits(number(found)?.partial_cmp(wanted)?)
            }
            (Self::Date(order), Operand::Date(wanted)) => order.admits(date(found)?.cmp(wanted)),
            (Self::Bool, Operand::Flag(wanted)) => flag(found)? == *wanted,
            (Self::IpAddress, Operand::Network(network)) => {
                network.contains(&found.parse::<IpAddr>().ok()?.to_canonical())
            }
            _ => return None,
        })
    }
}

impl Order {
    const fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// `arn:partition:service:region:account:resource`
const ARN_PARTS: usize = 6;

/// Each part of an ARN is compared for itself (IAM guide, "ARN condition operators"), so a star
/// never reaches over a colon, but for one that is the whole text.
fn arn_patterns(text: &str, variables: bool) -> Result<Vec<Pattern>, Problem> {
    let syntax = Syntax { wildcards: true, variables };
    if text == "*" {
        return vec![Pattern::parse("*", syntax); ARN_PARTS].into_iter().collect();
    }
    let parts = split_outside_variables(text);
    if parts.len() != ARN_PARTS {
        return Err(Problem::new(format!("`{text}` is not an ARN"))
            .with_help("an ARN has six parts: arn:aws:iam::111122223333:role/name"));
    }
    parts.into_iter().map(|part| Pattern::parse(part, syntax)).collect()
}

/// The parts of an ARN; the colon in `${aws:username}` separates none.
fn split_outside_variables(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut in_variable) = (0, false);
    for (index, character) in text.char_indices() {
        match character {
            '{' if text[..index].ends_with('$') => in_variable = true,
            '}' => in_variable = false,
            ':' if !in_variable && parts.len() < ARN_PARTS - 1 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// ISO 8601 with or without time, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    if text.contains('T') {
        return None;
    }
    let midnight = text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str, found: &str, wanted: &str) -> Option<bool> {
        let operator = Operator::parse(name).unwrap();
        let operand = operator.comparison.operand(wanted, true).unwrap();
        let value =
            |key: &ConditionKey| (*key == ConditionKey::UserName).then(|| "alice".to_owned());
        operator.comparison.holds(found, &operand, &value)
    }

    #[test]
    fn text_is_compared_literally_or_by_wildcards() {
        assert_eq!(holds("StringEquals", "a*", "a*"), Some(true));
        assert_eq!(holds("StringEquals", "ab", "a*"), Some(false));
        assert_eq!(holds("StringEquals", "alice", "${aws:username}"), Some(true));
        assert_eq!(holds("StringEqualsIgnoreCase", "ABC", "abc"), Some(true));
        assert_eq!(holds("StringLike", "abc", "a?*"), Some(true));
        assert_eq!(holds("StringLike", "ABC", "a*"), Some(false));
    }

    #[test]
    fn arns_are_compared_part_by_part() {
        let role = "arn:aws:iam::111122223333:role/team/a:b";
        for (wanted, expected) in [
            (role, true),
            ("arn:aws:iam::111122223333:role/*", true),
            ("arn:*:iam::*:role/team/a:b", true),
            ("arn:aws:iam::444455556666:role/*", false),
            ("arn:*:*:*:*:user/*", false),
            ("*", true),
        ] {
            assert_eq!(holds("ArnLike", role, wanted), Some(expected), "{wanted}");
            assert_eq!(holds("ArnEquals", role, wanted), Some(expected), "{wanted}");
        }
        let user = "arn:aws:iam::111122223333:user/alice";
        assert_eq!(
            holds("ArnLike", user, "arn:aws:iam::111122223333:user/${aws:username}"),
            Some(true)
        );
        assert_eq!(holds("ArnLike", "anonymous", "*"), Some(false));
    }

    #[test]
    fn numbers_and_dates_are_ordered() {
        assert_eq!(holds("NumericEquals", "10", "10.0"), Some(true));
        assert_eq!(holds("NumericLessThan", "9", "10"), Some(true));
        assert_eq!(holds("NumericGreaterThanEquals", "10", "10"), Some(true));
        assert_eq!(holds("NumericLessThanEquals", "x", "10"), None);
        let now = "2026-11-20T10:11:12Z";
        for (wanted, later) in [
            ("2026-11-20", true),
            ("2026-11-21", false),
            ("2026-11-20T11:11:12+02:00", true),
            ("2026-11-20T10:11:12.5Z", false),
            ("1795169471", true),
        ] {
            assert_eq!(holds("DateGreaterThan", now, wanted), Some(later), "{wanted}");
        }
        assert_eq!(holds("DateEquals", "0", "1970-01-01"), Some(true));
    }

    #[test]
    fn addresses_lie_in_ranges() {
        for (found, wanted, expected) in [
            ("203.0.113.7", "203.0.113.0/24", Some(true)),
            ("203.0.114.7", "203.0.113.0/24", Some(false)),
            ("203.0.113.7", "203.0.113.7", Some(true)),
            ("::ffff:203.0.113.7", "203.0.113.0/24", Some(true)),
            ("2001:db8::1", "2001:db8::/32", Some(true)),
            ("203.0.113.7", "2001:db8::/32", Some(false)),
            ("nowhere", "0.0.0.0/0", None),
        ] {
            assert_eq!(holds("IpAddress", found, wanted), expected, "{found} {wanted}");
        }
    }

    #[test]
    fn values_of_another_type_are_told() {
        for (name, wanted, problem) in [
            ("NumericEquals", "ten", "`ten` is not a number"),
            ("NumericEquals", "NaN", "`NaN` is not a number"),
            ("DateEquals", "yesterday", "`yesterday` is not a date"),
            ("DateEquals", "2026-11-20T10", "`2026-11-20T10` is not a date"),
            ("Bool", "yes", "`yes` is not true or false"),
            ("Null", "", "`` is not true or false"),
            ("IpAddress", "10.0.0.0/33", "`10.0.0.0/33` is not an IP address or range"),
            ("ArnLike", "arn:aws:iam", "`arn:aws:iam` is not an ARN"),
        ] {
            let comparison = Operator::parse(name).unwrap().comparison;
            assert_eq!(comparison.operand(wanted, true).unwrap_err().to_string(), problem);
        }
    }

    #[test]
    fn prefixes_and_suffixes_are_read() {
        let operator = Operator::parse("ForAllValues:StringNotLikeIfExists").unwrap();
        assert_eq!(operator.quantifier, Quantifier::All);
        assert_eq!(operator.comparison, Comparison::StringLike);
        assert!(operator.negated && operator.if_exists);
        for name in [
            "IPAddress",
            "Equals",
            "ForSome:Bool",
            "NullIfExists",
            "ForAnyValue:Null",
            "BinaryEquals",
            "",
        ] {
            assert!(Operator::parse(name).is_err(), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_value_panics(wanted in "[0-9a-f:./*$\\{\\}-]{0,20}|\\PC*", found: String) {
            for (_, _, comparison) in OPERATORS {
                if let Ok(operand) = comparison.operand(&wanted, true) {
                    comparison.holds(&found, &operand, &|_| None);
                }
            }
        }
    }
}
