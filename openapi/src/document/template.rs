//! The document as a template for Terraform's `templatefile`.

use serde_json::{Map, Value};

use super::{Content, Document, Node};
use crate::placeholder::placeholder;

impl Document {
    /// The document as JSON whose text Terraform's `templatefile` fills: placeholders stay, and
    /// everything else that the function would take for its own syntax is escaped.
    ///
    /// Terraform reads YAML by the rules of version 1.1, where `N`, `no` and `on` are booleans.
    /// What is deployed has to be what was read here, so it gets JSON.
    pub fn to_template(&self) -> Value {
        template(&self.root)
    }
}

fn template(node: &Node) -> Value {
    match &node.content {
        Content::String { text, written } => {
            Value::String(escape(written.as_deref().unwrap_or(text)))
        }
        Content::Array(items) => Value::Array(items.iter().map(template).collect()),
        Content::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, entry)| (escape(key), template(&entry.node)))
                .collect::<Map<_, _>>(),
        ),
        Content::Null | Content::Boolean(_) | Content::Number { .. } => node.to_json(),
    }
}

/// Doubles the first character of `${` and `%{` unless they open a placeholder or are doubled
/// already.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '%']) {
        let (before, from) = rest.split_at(at);
        escaped.push_str(before);
        let opens = from[1..].starts_with('{');
        let doubled = from.starts_with("$${");
        let length = match placeholder(from) {
            Some((_, length)) => length,
            None if doubled => 3,
            None => {
                if opens {
                    escaped.push_str(&from[..1]);
                }
                1
            }
        };
        escaped.push_str(&from[..length]);
        rest = &from[length..];
    }
    escaped.push_str(rest);
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Placeholders, parse};

    #[test]
    fn placeholders_stay_and_other_syntax_is_escaped() {
        let text = r#"
openapi: 3.0.3
name: "arn:${region}:${users_table}"
literal: "$${region}"
stage: "${stageVariables.x} 100 %{ if } $context.x $"
norway: NO
type: N
count: 3
"#;
        let document = parse("t.yaml", text, &Placeholders::none()).document.unwrap();
        assert_eq!(
            document.to_template(),
            json!({
                "openapi": "3.0.3",
                "name": "arn:${region}:${users_table}",
                "literal": "$${region}",
                "stage": "$${stageVariables.x} 100 %%{ if } $context.x $",
                "norway": "NO",
                "type": "N",
                "count": 3,
            })
        );
    }
}
