//! What the values of a schema look like: keywords into the closed set of kinds.

use serde_json::{Map, Number, Value};

use super::Resolver;
use super::fields::whole;
use super::schemas::blank;
use crate::diagnostic::Severity;
use crate::document::{At, Content};
use crate::model::is_pattern;
use crate::model::schema::Range;
use crate::model::{AdditionalProperties, Discriminator, Property, Schema, SchemaId, SchemaKind};
use crate::suggest;

const TYPES: &[&str] = &["string", "number", "integer", "boolean", "array", "object", "null"];
const COMBINATORS: &[&str] = &["allOf", "oneOf", "anyOf", "not"];
const OBJECT: &[&str] =
    &["properties", "required", "additionalProperties", "minProperties", "maxProperties"];
const ARRAY: &[&str] = &["items", "minItems", "maxItems", "uniqueItems"];
const STRING: &[&str] = &["minLength", "maxLength", "pattern"];
const NUMBER: &[&str] =
    &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

impl<'d> Resolver<'d, '_> {
    /// The kind, and whether its `type` allows `null` besides.
    pub(super) fn kind(&mut self, at: &At<'d>) -> (SchemaKind, bool) {
        let (types, nullable) = self.types(at);
        let parts = self.combinations(at);
        if parts.is_empty() {
            return (self.alternatives(at, &types), nullable);
        }
        let own = says_more_than_object(at, &types);
        if !own && parts.len() == 1 {
            return (parts.into_iter().next().unwrap_or(SchemaKind::Any), nullable);
        }
        let mut ids = Vec::new();
        if own {
            let kind = self.alternatives(at, &types);
            ids.push(self.part(at, kind, |key| !COMBINATORS.contains(&key)));
        }
        for kind in parts {
            match kind {
                SchemaKind::AllOf(inner) => ids.extend(inner),
                SchemaKind::OneOf { .. } => ids.push(self.part(at, kind, |key| key == "oneOf")),
                SchemaKind::AnyOf { .. } => ids.push(self.part(at, kind, |key| key == "anyOf")),
                other => ids.push(self.part(at, other, |key| key == "not")),
            }
        }
        (SchemaKind::AllOf(ids), nullable)
    }

    /// A part of a schema as a schema of its own.
    fn part(&mut self, at: &At<'d>, kind: SchemaKind, keep: impl Fn(&str) -> bool) -> SchemaId {
        let raw = at.members().filter(|(key, _)| keep(key));
        let raw: Map<_, _> = raw.map(|(k, v)| (k.to_owned(), v.node().to_json())).collect();
        let raw = Value::Object(raw);
        self.add_schema(Schema { kind, raw, ..blank(&at.origin()) })
    }

    /// `type`, and whether `null` is among several. A list of types is JSON Schema, not OpenAPI
    /// 3.0; it is understood all the same.
    fn types(&mut self, at: &At<'d>) -> (Vec<&'d str>, bool) {
        let Some(value) = at.present("type") else { return (inferred_type(at), false) };
        if !value.is_array() {
            return (self.type_name(&value).into_iter().collect(), false);
        }
        let message = "`type` must be one name; OpenAPI 3.0 knows no list of types";
        self.warn("type-list", &value.origin(), message).help =
            Some("write `nullable: true` for `null`, and `anyOf` for several types".to_owned());
        let names: Vec<_> = value.elements().collect();
        let mut names: Vec<_> = names.iter().filter_map(|name| self.type_name(name)).collect();
        if names.len() < 2 {
            return (names, false);
        }
        let before = names.len();
        names.retain(|name| *name != "null");
        let nullable = names.len() < before;
        (names, nullable)
    }

    fn type_name(&mut self, value: &At<'d>) -> Option<&'d str> {
        if matches!(value.node().content, Content::Null) {
            return Some("null");
        }
        let Some(name) = value.as_str() else {
            self.wrong_type(Severity::Error, value, "the name of a type");
            return None;
        };
        if TYPES.contains(&name) {
            return Some(name);
        }
        let near = match name {
            "float" | "double" | "decimal" => Some("number"),
            "int" | "int32" | "int64" | "long" => Some("integer"),
            "date" | "date-time" | "uuid" | "text" | "file" => Some("string"),
            "any" => None,
            "map" | "dict" => Some("object"),
            "list" => Some("array"),
            _ => suggest::closest(name, TYPES.iter().copied()),
        };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "leave `type` out to allow any value".to_owned(),
        };
        let message = format!("there is no type `{name}`");
        self.error("unknown-type", &value.origin(), message).help = Some(help);
        None
    }

    /// The kind by `type` alone; several types are alternatives.
    fn alternatives(&mut self, at: &At<'d>, types: &[&str]) -> SchemaKind {
        match types {
            [] => SchemaKind::Any,
            [name] => self.simple(at, name),
            names => {
                let mut variants = Vec::new();
                for name in names {
                    let kind = self.simple(at, name);
                    variants.push(self.part(at, kind, |key| !COMBINATORS.contains(&key)));
                }
                SchemaKind::AnyOf { variants, discriminator: None }
            }
        }
    }

    fn simple(&mut self, at: &At<'d>, name: &str) -> SchemaKind {
        match name {
            "string" => SchemaKind::String {
                format: self.text(at, "format"),
                min_length: self.count(at, "minLength"),
                max_length: self.count(at, "maxLength"),
                pattern: self.pattern(at),
            },
            "integer" => {
                SchemaKind::Integer { format: self.text(at, "format"), range: self.range(at) }
            }
            "number" => {
                SchemaKind::Number { format: self.text(at, "format"), range: self.range(at) }
            }
            "boolean" => SchemaKind::Boolean,
            "null" => SchemaKind::Null,
            "array" => self.array_kind(at),
            "object" => self.object_kind(at),
            _ => SchemaKind::Any,
        }
    }

    /// A pattern of another dialect is left out: a validator could not even be built.
    fn pattern(&mut self, at: &At<'d>) -> Option<String> {
        let pattern = self.text(at, "pattern")?;
        if is_pattern(&pattern) {
            return Some(pattern);
        }
        let origin = at.get("pattern").map(|value| value.origin()).unwrap_or_default();
        let message =
            format!("`{pattern}` is no regular expression of ECMA 262; it is not checked");
        self.warn("invalid-pattern", &origin, message).help =
            Some("write it as JavaScript would".to_owned());
        None
    }

    fn array_kind(&mut self, at: &At<'d>) -> SchemaKind {
        let items = at.present("items").map(|items| self.schema_or_any(&items));
        SchemaKind::Array {
            items,
            min_items: self.count(at, "minItems"),
            max_items: self.count(at, "maxItems"),
            unique_items: self.flag(at, "uniqueItems"),
        }
    }

    fn object_kind(&mut self, at: &At<'d>) -> SchemaKind {
        let mut required = self.required(at);
        let mut properties = Vec::new();
        if let Some(declared) = self.object(at, "properties") {
            for (name, value) in declared.members() {
                let before = required.len();
                required.retain(|key| key != name);
                properties.push(Property {
                    name: name.to_owned(),
                    schema: self.schema_or_any(&value),
                    required: required.len() < before,
                });
            }
        }
        SchemaKind::Object {
            properties,
            required_undeclared: required,
            additional: self.additional(at),
            min_properties: self.count(at, "minProperties"),
            max_properties: self.count(at, "maxProperties"),
        }
    }

    /// `required` is a list; a boolean (`required: true` on a property) is a common slip from
    /// parameters and JSON Schema draft 3.
    fn required(&mut self, at: &At<'d>) -> Vec<String> {
        let Some(value) = at.present("required") else { return Vec::new() };
        if value.as_bool().is_some() {
            let message = "`required` of a schema must be an array of property names";
            self.warn("wrong-type", &value.origin(), message).help =
                Some("list the property in `required` of the object that has it".to_owned());
            return Vec::new();
        }
        self.strings(at, "required")
    }

    fn additional(&mut self, at: &At<'d>) -> AdditionalProperties {
        let Some(value) = at.present("additionalProperties") else {
            return AdditionalProperties::Unspecified;
        };
        match value.as_bool() {
            Some(true) => AdditionalProperties::Any,
            Some(false) => AdditionalProperties::Denied,
            None => AdditionalProperties::Schema(self.schema_or_any(&value)),
        }
    }

    fn combinations(&mut self, at: &At<'d>) -> Vec<SchemaKind> {
        let mut kinds = Vec::new();
        if at.present("allOf").is_some() {
            kinds.push(SchemaKind::AllOf(self.members_of(at, "allOf")));
        }
        let one_of = self.members_of(at, "oneOf");
        let any_of = self.members_of(at, "anyOf");
        let discriminator = match (one_of.is_empty(), any_of.is_empty()) {
            (true, true) => None,
            (false, _) => self.discriminator(at, &one_of),
            (true, false) => self.discriminator(at, &any_of),
        };
        if !one_of.is_empty() {
            let discriminator = discriminator.clone();
            kinds.push(SchemaKind::OneOf { variants: one_of, discriminator });
        }
        if !any_of.is_empty() {
            kinds.push(SchemaKind::AnyOf { variants: any_of, discriminator });
        }
        if let Some(not) = at.present("not") {
            kinds.push(SchemaKind::Not(self.schema_or_any(&not)));
        }
        kinds
    }

    fn members_of(&mut self, at: &At<'d>, key: &str) -> Vec<SchemaId> {
        let members = self.array(at, key);
        members.iter().map(|member| self.schema_or_any(member)).collect()
    }

    /// The mapping by variant: tags the document lists, else the component's name.
    fn discriminator(&mut self, at: &At<'d>, variants: &[SchemaId]) -> Option<Discriminator> {
        let discriminator = self.object(at, "discriminator")?;
        let property = self.text(&discriminator, "propertyName")?;
        let mut listed = Vec::new();
        if let Some(mapping) = self.object(&discriminator, "mapping") {
            for (tag, value) in mapping.members() {
                if let Some(id) = self.mapped(&value, variants) {
                    listed.push((tag.to_owned(), id));
                }
            }
        }
        let mut mapping = Vec::new();
        for variant in variants {
            let tags: Vec<_> = listed.iter().filter(|(_, id)| id == variant).cloned().collect();
            if !tags.is_empty() {
                mapping.extend(tags);
            } else if let Some(name) = self.schema_name(*variant) {
                mapping.push((name, *variant));
            } else {
                let message = "an inline variant has no name to tell it by";
                self.warn("discriminator-inline", &discriminator.origin(), message).help =
                    Some("move it to components.schemas".to_owned());
            }
        }
        Some(Discriminator { property, mapping })
    }

    /// The variant a mapping's value names: a reference or a component's bare name.
    fn mapped(&mut self, value: &At<'d>, variants: &[SchemaId]) -> Option<SchemaId> {
        let text = value.as_str().unwrap_or_default();
        let pointer = text.strip_prefix('#').unwrap_or_default().to_owned();
        let pointer =
            if pointer.is_empty() { format!("/components/schemas/{text}") } else { pointer };
        let id = self.root.follow(&pointer).and_then(|at| self.schema(&at));
        match id {
            Some(id) if variants.contains(&id) => Some(id),
            _ => {
                let message = format!("`{text}` is none of the variants");
                self.warn("discriminator-mapping", &value.origin(), message).help =
                    Some("map to a schema of oneOf or anyOf".to_owned());
                None
            }
        }
    }

    fn range(&mut self, at: &At<'d>) -> Range {
        let (minimum, exclusive_minimum) = self.bound(at, "minimum", "exclusiveMinimum");
        let (maximum, exclusive_maximum) = self.bound(at, "maximum", "exclusiveMaximum");
        let multiple_of = self.number(at, "multipleOf");
        Range { minimum, exclusive_minimum, maximum, exclusive_maximum, multiple_of }
    }

    /// A bound and whether it is exclusive. In OpenAPI 3.0 the latter is a flag; the number of
    /// later JSON Schema drafts is understood all the same.
    fn bound(&mut self, at: &At<'d>, key: &str, exclusive: &str) -> (Option<Number>, bool) {
        if let Some(value) = at.present(exclusive)
            && let Content::Number { value: number, .. } = &value.node().content
        {
            let message = format!("`{exclusive}` must be true or false beside `{key}`");
            self.warn("exclusive-bound-number", &value.origin(), message).help =
                Some(format!("write `{key}: {number}` and `{exclusive}: true`"));
            return (Some(number.clone()), true);
        }
        (self.number(at, key), self.flag(at, exclusive))
    }

    fn number(&mut self, at: &At<'d>, key: &str) -> Option<Number> {
        let value = at.present(key)?;
        match &value.node().content {
            Content::Number { value: number, text } => {
                if number.is_f64()
                    && text.trim_start_matches(['-', '+']).bytes().all(|b| b.is_ascii_digit())
                {
                    let message = format!("`{key}` is too large to keep every digit");
                    self.warn("number-too-large", &value.origin(), message).help =
                        Some(format!("it counts as {number}"));
                }
                Some(number.clone())
            }
            _ => {
                self.wrong_type(Severity::Warning, &value, "a number");
                None
            }
        }
    }

    fn count(&mut self, at: &At<'d>, key: &str) -> Option<u64> {
        let number = self.number(at, key)?;
        let count = whole(&number);
        if count.is_none() {
            let origin = at.get(key).map(|value| value.origin()).unwrap_or_default();
            let message = format!("`{key}` must be a whole number that is not negative");
            self.warn("wrong-type", &origin, message);
        }
        count
    }
}

/// Whether a composed schema has constraints of its own. `type: object` alone says nothing that
/// its parts do not say.
fn says_more_than_object(at: &At<'_>, types: &[&str]) -> bool {
    let constraints = [OBJECT, ARRAY, STRING, NUMBER];
    let constrained = constraints.iter().any(|keys| keys.iter().any(|key| at.get(key).is_some()));
    constrained || types.iter().any(|name| *name != "object")
}

/// The type that the keywords of a schema without `type` are about.
fn inferred_type(at: &At<'_>) -> Vec<&'static str> {
    let families = [("object", OBJECT), ("array", ARRAY), ("string", STRING), ("number", NUMBER)];
    let holds = |keys: &[&str]| keys.iter().any(|key| at.present(key).is_some());
    families.iter().find(|(_, keys)| holds(keys)).map(|(name, _)| *name).into_iter().collect()
}
