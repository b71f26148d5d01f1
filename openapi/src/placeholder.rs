//! Placeholders `${name}`: what differs from one environment to the next.
//!
//! The syntax is that of Terraform's `templatefile`, which fills the same document for a
//! deployment: `$${` stands for a literal `${`.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Values by placeholder name. Names without a value stay as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placeholders {
    values: BTreeMap<String, String>,
}

impl Placeholders {
    /// No values: every placeholder stays as written.
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets a value.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), value.into());
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The text with known placeholders filled and `$${` undone.
    pub fn fill<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains("${") {
            return Cow::Borrowed(text);
        }
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if rest[..start].ends_with('$') {
                filled.push_str(&rest[..start]);
                filled.push('{');
                rest = &rest[start + 2..];
                continue;
            }
            filled.push_str(&rest[..start]);
            let value = placeholder(&rest[start..])
                .and_then(|(name, length)| self.get(name).map(|value| (value, length)));
            let length = match value {
                Some((value, length)) => {
                    filled.push_str(value);
                    length
                }
                None => {
                    filled.push_str("${");
                    2
                }
            };
            rest = &rest[start + length..];
        }
        filled.push_str(rest);
        Cow::Owned(filled)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Placeholders {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self { values: pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect() }
    }
}

/// The name and whole length of the placeholder that `text` starts with. Names are Terraform's:
/// a letter or `_`, then letters, digits, `_`; so API Gateway's `${stageVariables.x}` is none.
pub(crate) fn placeholder(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix("${")?;
    let name = &inner[..inner.find('}')?];
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let holds = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (starts && holds).then_some((name, name.len() + 3))
}

/// The names of the placeholders in a text.
pub(crate) fn placeholders_in(text: &str) -> impl Iterator<Item = &str> {
    let opened = text.match_indices("${").filter(|(start, _)| !text[..*start].ends_with('$'));
    opened.filter_map(|(start, _)| placeholder(&text[start..])).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_would_be_filled() {
        let text = "arn:${region}:$${literal}:${stageVariables.x}:${account_id}${";
        assert_eq!(placeholders_in(text).collect::<Vec<_>>(), ["region", "account_id"]);
    }

    fn values() -> Placeholders {
        [("region", "eu-central-1"), ("name", "${region}")].into_iter().collect()
    }

    #[test]
    fn known_names_are_filled_and_unknown_ones_stay() {
        assert_eq!(values().fill("arn:${region}:${account_id}"), "arn:eu-central-1:${account_id}");
        assert_eq!(values().fill("${AWS::Region} ${stageVariables.region} ${"), {
            "${AWS::Region} ${stageVariables.region} ${"
        });
    }

    #[test]
    fn values_are_not_filled_again() {
        assert_eq!(values().fill("${name}"), "${region}");
    }

    #[test]
    fn doubled_dollar_is_a_literal() {
        assert_eq!(values().fill("$${region} $$${region}"), "${region} $${region}");
    }
}
