//! JSON to tree.

use indexmap::IndexMap;
use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Content, MAX_DEPTH, Node, builder, escape, scalar};
use crate::diagnostic::Diagnostic;
use crate::placeholder::Placeholders;
use crate::position::Origin;
use crate::source::Lines;

/// JSON as it is, nothing a JavaScript reader would allow besides.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
};

pub(super) fn parse(
    text: &str,
    placeholders: &Placeholders,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let lines = Lines::new(text);
    let parsed = match parse_to_ast(text, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => parsed.value?,
        Err(error) => {
            let position = lines.position(error.range().start);
            let origin = Origin { pointer: String::new(), position };
            diagnostics.push(match error.kind() {
                ParseErrorKind::NestingDepthExceeded => builder::too_deep("", position),
                kind => {
                    let message = format!("not JSON: {}", lower_first(&kind.to_string()));
                    Diagnostic::error("syntax", &origin, message)
                }
            });
            return None;
        }
    };
    Some(Reader { lines, placeholders, diagnostics }.node(&parsed, "", 0))
}

struct Reader<'r> {
    lines: Lines<'r>,
    placeholders: &'r Placeholders,
    diagnostics: &'r mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn node(&mut self, value: &Value<'_>, pointer: &str, depth: usize) -> Node {
        let position = self.lines.position(value.start());
        if depth > MAX_DEPTH {
            self.diagnostics.push(builder::too_deep(pointer, position));
            return Node { content: Content::Null, position };
        }
        let content = match value {
            Value::NullKeyword(_) => Content::Null,
            Value::BooleanLit(literal) => Content::Boolean(literal.value),
            Value::NumberLit(literal) => match scalar::decimal(literal.value) {
                Some(value) => Content::Number { value, text: literal.value.to_owned() },
                None => Content::String { text: literal.value.to_owned(), written: None },
            },
            Value::StringLit(literal) => builder::text(&literal.value, self.placeholders),
            Value::Array(array) => {
                let elements = array.elements.iter().enumerate();
                let nodes = elements
                    .map(|(index, item)| self.node(item, &format!("{pointer}/{index}"), depth + 1));
                Content::Array(nodes.collect())
            }
            Value::Object(object) => {
                let mut entries = IndexMap::with_capacity(object.properties.len());
                for property in &object.properties {
                    let written = match &property.name {
                        ObjectPropName::String(name) => name.value.as_ref(),
                        ObjectPropName::Word(name) => name.value,
                    };
                    let name = self.placeholders.fill(written).into_owned();
                    let key = (name, self.lines.position(property.name.start()));
                    let inner = format!("{pointer}/{}", escape(&key.0));
                    let node = self.node(&property.value, &inner, depth + 1);
                    builder::insert(&mut entries, key, node, pointer, self.diagnostics);
                }
                Content::Object(entries)
            }
        };
        Node { content, position }
    }
}

fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}
