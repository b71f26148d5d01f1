//! Which Rust type each schema becomes, and what it is called.

use std::collections::{HashMap, HashSet, VecDeque};

use openapi::model::{AdditionalProperties, SchemaId};
use openapi::{Api, Diagnostic};
use serde_json::Value;

use super::item::{Body, Field, Item, Struct, Type, Variant};
use super::merge::shape_of;
use super::naming::{Taken, field_name, type_name};
use super::shape::{Kind, Member, Nodes, Object, Shape, Text};

/// Formats of text that are checked when decoded; others are remarks to the reader.
pub(super) const CHECKED_FORMATS: &[(&str, &str)] = &[
    ("byte", "Base64"),
    ("date", "Date"),
    ("date-time", "DateTime"),
    ("email", "Email"),
    ("hostname", "Hostname"),
    ("ipv4", "Ipv4"),
    ("ipv6", "Ipv6"),
    ("uri", "Uri"),
    ("uri-reference", "UriReference"),
    ("uuid", "Uuid"),
];

/// Planning under way.
pub(super) struct Plan<'d> {
    pub(super) nodes: Nodes,
    pub(super) items: Vec<Item>,
    pub(super) types: HashMap<SchemaId, Type>,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    taken: Taken,
    shapes: HashMap<SchemaId, Shape>,
    waiting: VecDeque<usize>,
    /// Inline schemas whose type is being decided.
    deciding: HashSet<SchemaId>,
}

impl<'d> Plan<'d> {
    /// Decides every type the document needs.
    pub(super) fn make(api: &Api, diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        let mut plan = Self {
            nodes: Nodes::new(&api.schemas),
            items: Vec::new(),
            types: HashMap::new(),
            diagnostics,
            taken: Taken::default(),
            shapes: HashMap::new(),
            waiting: VecDeque::new(),
            deciding: HashSet::new(),
        };
        plan.components();
        plan.finish();
        for (id, hint) in super::reach::inline_schemas(api) {
            plan.type_of(id, &hint);
            plan.finish();
        }
        plan
    }

    /// Components take their names first, so that no inline schema can take them.
    fn components(&mut self) {
        for (id, name) in self.nodes.components() {
            let wanted = type_name(&name);
            let index = self.reserve(id, &wanted);
            let got = &self.items[index].name;
            if *got != wanted {
                let message =
                    format!("the type of `{name}` is called `{got}`, since `{wanted}` is taken");
                let help = "rename one of the schemas whose names are equal but for case and signs";
                let origin = &self.nodes.get(id).origin;
                self.diagnostics
                    .push(Diagnostic::warning("type-name-taken", origin, message).with_help(help));
            }
            let nullable = self.is_nullable(id);
            let ty = Type::Made(index);
            self.types.insert(id, if nullable { ty.or_null() } else { ty });
        }
    }

    fn finish(&mut self) {
        while let Some(index) = self.waiting.pop_front() {
            let body = self.body(index);
            self.items[index].body = body;
        }
    }

    fn reserve(&mut self, schema: SchemaId, hint: &str) -> usize {
        let name = self.taken.take(hint.to_owned(), "");
        let shape = self.shape(schema);
        self.items.push(Item { name, schema, shape, body: Body::Planned });
        self.waiting.push_back(self.items.len() - 1);
        self.items.len() - 1
    }

    pub(super) fn shape(&mut self, id: SchemaId) -> Shape {
        if let Some(shape) = self.shapes.get(&id) {
            return shape.clone();
        }
        let shape = shape_of(&mut self.nodes, id);
        self.check_shape(id, &shape);
        self.shapes.insert(id, shape.clone());
        shape
    }

    /// Reports parts that no type expresses.
    fn check_shape(&mut self, id: SchemaId, shape: &Shape) {
        let untyped = match &shape.kind {
            Kind::All(_) => "these parts of `allOf` fit no single Rust type",
            Kind::Not(_) => "`not` alone has no Rust type",
            _ => return,
        };
        let message = format!("{untyped}: it becomes a `serde_json::Value` that is checked");
        let origin = &self.nodes.get(id).origin;
        self.diagnostics.push(Diagnostic::warning("untyped-schema", origin, message));
    }

    fn is_nullable(&mut self, mut id: SchemaId) -> bool {
        let mut seen = HashSet::new();
        while seen.insert(id) {
            let shape = self.shape(id);
            match shape.kind {
                _ if shape.nullable => return true,
                Kind::Same(other) => id = other,
                _ => return false,
            }
        }
        false
    }

    /// The type of a schema; one that must be made is named `hint`.
    pub(super) fn type_of(&mut self, id: SchemaId, hint: &str) -> Type {
        if let Some(ty) = self.types.get(&id) {
            return ty.clone();
        }
        if !self.deciding.insert(id) {
            let origin = self.nodes.get(id).origin.clone();
            let message = "the schema contains itself without a name: it becomes any JSON value";
            let help = "move it to components.schemas";
            self.diagnostics
                .push(Diagnostic::warning("nameless-recursion", &origin, message).with_help(help));
            return Type::Json;
        }
        let shape = self.shape(id);
        let ty = match self.unmade(&shape, hint) {
            Some(ty) => ty,
            None => Type::Made(self.reserve(id, hint)),
        };
        let ty = if shape.nullable { ty.or_null() } else { ty };
        self.deciding.remove(&id);
        self.types.insert(id, ty.clone());
        ty
    }

    /// The type of a shape that Rust has one for, because it has no further constraints.
    fn unmade(&mut self, shape: &Shape, hint: &str) -> Option<Type> {
        if shape.literals.is_some() || !shape.also.is_empty() {
            return None;
        }
        Some(match &shape.kind {
            Kind::Same(other) => self.type_of(*other, hint),
            Kind::Any => Type::Json,
            Kind::Null => Type::Null,
            Kind::Boolean => Type::Boolean,
            Kind::Integer { format, range }
                if *range == openapi::model::schema::Range::default() =>
            {
                Type::Integer(width(format.as_deref()))
            }
            Kind::Number { range } if *range == openapi::model::schema::Range::default() => {
                Type::Number
            }
            Kind::Text(text) => return text_type(text),
            Kind::List { items, min: None, max: None, unique: false } => {
                Type::List(Box::new(self.items_type(*items, hint)))
            }
            Kind::Object(Object { members, additional, min: None, max: None })
                if members.is_empty() =>
            {
                match additional {
                    AdditionalProperties::Unspecified | AdditionalProperties::Any => {
                        Type::JsonObject
                    }
                    AdditionalProperties::Schema(values) => {
                        Type::Map(Box::new(self.type_of(*values, &format!("{hint}Value"))))
                    }
                    AdditionalProperties::Denied => return None,
                }
            }
            _ => return None,
        })
    }

    fn items_type(&mut self, items: Option<SchemaId>, hint: &str) -> Type {
        items.map_or(Type::Json, |items| self.type_of(items, &format!("{hint}Item")))
    }

    fn body(&mut self, index: usize) -> Body {
        let Item { name, shape, .. } = &self.items[index];
        let (name, shape) = (name.clone(), shape.clone());
        for &refused in &shape.also {
            // Its table is needed, so it must have a type.
            self.type_of(refused, &format!("{name}Not"));
        }
        if let Some(ty) = self.unmade(&shape, &name) {
            return Body::Alias(ty.without_null());
        }
        if let Some(variants) = enum_variants(&shape) {
            return Body::Enum(variants);
        }
        match &shape.kind {
            Kind::Object(object) if is_map(object) => {
                let values = match &object.additional {
                    AdditionalProperties::Schema(values) => {
                        self.type_of(*values, &format!("{name}Value"))
                    }
                    _ => Type::Json,
                };
                Body::Newtype(Type::Map(Box::new(values)))
            }
            Kind::Object(object) => Body::Struct(self.structure(object, &name)),
            Kind::Union { variants, discriminator, .. } if shape.literals.is_none() => {
                let mapping = discriminator.as_ref().map(|tags| &tags.mapping[..]);
                let variants = self.variants(variants, mapping.unwrap_or_default(), &name);
                let tagged = variants.iter().all(|variant| !variant.tags.is_empty());
                let tag = discriminator.as_ref().filter(|_| tagged);
                Body::Union { variants, tag: tag.map(|tag| tag.property.clone()) }
            }
            _ => Body::Newtype(self.inner(&shape, &name)),
        }
    }

    /// The type inside a newtype.
    fn inner(&mut self, shape: &Shape, name: &str) -> Type {
        match &shape.kind {
            Kind::Boolean => Type::Boolean,
            Kind::Integer { format, .. } => Type::Integer(width(format.as_deref())),
            Kind::Number { .. } => Type::Number,
            Kind::Text(_) => Type::Text,
            Kind::List { items, .. } => Type::List(Box::new(self.items_type(*items, name))),
            Kind::All(parts) => {
                // Their tables are needed, so each must have a type.
                for (at, part) in parts.iter().enumerate() {
                    self.type_of(*part, &format!("{name}Part{}", at + 1));
                }
                Type::Json
            }
            Kind::Not(other) => {
                self.type_of(*other, &format!("{name}Not"));
                Type::Json
            }
            Kind::Union { variants, .. } => {
                for (at, part) in variants.clone().iter().enumerate() {
                    self.type_of(*part, &format!("{name}Variant{}", at + 1));
                }
                Type::Json
            }
            _ => Type::Json,
        }
    }

    fn structure(&mut self, object: &Object, name: &str) -> Struct {
        let mut names = Taken::default();
        let mut fields = Vec::new();
        for Member { name: member, schema, required } in &object.members {
            let hint = format!("{name}{}", type_name(member));
            let ty = schema.map_or(Type::Json, |schema| self.type_of(schema, &hint));
            // Required of whom: a readOnly member is only in responses, a writeOnly one only in
            // requests, and both are of this one type.
            let one_way = schema.is_some_and(|id| {
                let schema = self.nodes.get(id);
                schema.read_only || schema.write_only
            });
            fields.push(Field {
                member: member.clone(),
                name: names.take(field_name(member), "_"),
                nullable: matches!(ty, Type::Nullable(_)),
                ty: ty.without_null(),
                schema: *schema,
                required: *required && !one_way,
                boxed: false,
            });
        }
        let rest = match &object.additional {
            AdditionalProperties::Any => Some(Type::Json),
            AdditionalProperties::Schema(values) => {
                Some(self.type_of(*values, &format!("{name}Value")))
            }
            _ => None,
        };
        let rest = rest.map(|ty| (names.take("additional".to_owned(), "_"), ty));
        Struct { fields, rest, closed: object.additional == AdditionalProperties::Denied }
    }

    fn variants(
        &mut self,
        schemas: &[SchemaId],
        mapping: &[(String, SchemaId)],
        name: &str,
    ) -> Vec<Variant> {
        let mut names = Taken::default();
        let mut variants = Vec::new();
        for (at, &id) in schemas.iter().enumerate() {
            let schema = self.nodes.get(id);
            let label = schema.name.clone().or_else(|| schema.title.clone());
            let label = label.map_or_else(|| self.label(id, at), |label| type_name(&label));
            let ty = self.type_of(id, &format!("{name}{label}")).without_null();
            let tags = mapping.iter().filter(|(_, variant)| *variant == id);
            variants.push(Variant {
                name: names.take(label, ""),
                ty,
                tags: tags.map(|(tag, _)| tag.clone()).collect(),
                boxed: false,
            });
        }
        variants
    }

    /// The name of an alternative that the document does not name.
    fn label(&mut self, id: SchemaId, at: usize) -> String {
        let shape = self.shape(id);
        match shape.kind {
            Kind::Boolean => "Boolean".to_owned(),
            Kind::Integer { .. } => "Integer".to_owned(),
            Kind::Number { .. } => "Number".to_owned(),
            Kind::Text(_) => "Text".to_owned(),
            Kind::List { .. } => "List".to_owned(),
            _ => format!("Variant{}", at + 1),
        }
    }
}

/// An object without declared members; its values are all of one type.
fn is_map(object: &Object) -> bool {
    object.members.is_empty() && object.additional != AdditionalProperties::Denied
}

fn width(format: Option<&str>) -> &'static str {
    match format {
        Some("int8") => "i8",
        Some("int16") => "i16",
        Some("int32") => "i32",
        Some("uint8") => "u8",
        Some("uint16") => "u16",
        Some("uint32") => "u32",
        Some("uint64" | "uint") => "u64",
        _ => "i64",
    }
}

/// The type for text without further constraints than its format.
fn text_type(text: &Text) -> Option<Type> {
    if text.min.is_some_and(|min| min > 0) || text.max.is_some() || !text.patterns.is_empty() {
        return None;
    }
    match text.format.as_deref() {
        Some("uuid") => Some(Type::Uuid),
        Some("date") => Some(Type::Date),
        Some("date-time") => Some(Type::Timestamp),
        Some("password") => Some(Type::Secret),
        Some("byte") => Some(Type::Base64),
        Some(format) if CHECKED_FORMATS.iter().any(|(name, _)| *name == format) => None,
        _ => Some(Type::Text),
    }
}

/// Variants of a choice of strings.
fn enum_variants(shape: &Shape) -> Option<Vec<(String, String)>> {
    let (Kind::Text(text), Some(values)) = (&shape.kind, &shape.literals) else { return None };
    if values.is_empty() || !shape.also.is_empty() || text.format.as_deref() == Some("password") {
        return None;
    }
    let mut names = Taken::default();
    let mut seen = HashSet::new();
    let texts = values.iter().filter_map(Value::as_str).filter(|text| seen.insert(*text));
    let variants: Vec<_> =
        texts.map(|text| (names.take(type_name(text), ""), text.to_owned())).collect();
    (!variants.is_empty()).then_some(variants)
}
