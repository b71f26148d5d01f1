//! What a schema comes down to once `allOf` is merged and single alternatives are looked through.

use openapi::model::schema::Range;
use openapi::model::{AdditionalProperties, Discriminator, Schema, SchemaId, SchemaKind, Schemas};
use serde_json::Value;

/// Schemas of the document, and those that merging makes.
#[derive(Debug)]
pub(super) struct Nodes(Vec<Schema>);

impl Nodes {
    pub(super) fn new(schemas: &Schemas) -> Self {
        Self(schemas.iter().map(|(_, schema)| schema.clone()).collect())
    }

    pub(super) fn get(&self, id: SchemaId) -> &Schema {
        &self.0[id.0]
    }

    /// Adds a schema that `like` stands for: every schema of `parts` at once.
    pub(super) fn add_all_of(&mut self, like: SchemaId, parts: Vec<SchemaId>) -> SchemaId {
        let like = self.get(like);
        let schema = Schema {
            // Its name is taken; the title names what is made of it.
            title: like.name.clone().or_else(|| like.title.clone()),
            name: None,
            kind: SchemaKind::AllOf(parts),
            nullable: false,
            enumeration: Vec::new(),
            ..like.clone()
        };
        self.0.push(schema);
        SchemaId(self.0.len() - 1)
    }

    pub(super) fn components(&self) -> Vec<(SchemaId, String)> {
        let named = self.0.iter().enumerate();
        named.filter_map(|(at, schema)| Some((SchemaId(at), schema.name.clone()?))).collect()
    }
}

/// A schema, merged.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    /// The only values allowed; `None` if there is no such list.
    pub(super) literals: Option<Vec<Value>>,
    /// Schemas that values must fit besides and that no Rust type expresses: `not`.
    pub(super) also: Vec<SchemaId>,
}

/// What values look like.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Any,
    Null,
    Boolean,
    Integer {
        format: Option<String>,
        range: Range,
    },
    Number {
        range: Range,
    },
    Text(Text),
    List {
        items: Option<SchemaId>,
        min: Option<u64>,
        max: Option<u64>,
        unique: bool,
    },
    Object(Object),
    Union {
        variants: Vec<SchemaId>,
        exactly_one: bool,
        discriminator: Option<Discriminator>,
    },
    /// Parts that no single type expresses.
    All(Vec<SchemaId>),
    /// Whatever the schema refuses.
    Not(SchemaId),
    /// The same as another schema.
    Same(SchemaId),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) format: Option<String>,
    pub(super) min: Option<u64>,
    pub(super) max: Option<u64>,
    pub(super) patterns: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) members: Vec<Member>,
    pub(super) additional: AdditionalProperties,
    pub(super) min: Option<u64>,
    pub(super) max: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// `None` if the name is required but nowhere declared.
    pub(super) schema: Option<SchemaId>,
    pub(super) required: bool,
}

impl Kind {
    /// The kind of a schema that is not composed.
    pub(super) fn simple(kind: &SchemaKind) -> Self {
        match kind {
            SchemaKind::Any | SchemaKind::AllOf(_) => Self::Any,
            SchemaKind::Null => Self::Null,
            SchemaKind::Boolean => Self::Boolean,
            SchemaKind::Integer { format, range } => {
                Self::Integer { format: format.clone(), range: range.clone() }
            }
            SchemaKind::Number { range, .. } => Self::Number { range: range.clone() },
            SchemaKind::String { format, min_length, max_length, pattern } => Self::Text(Text {
                format: format.clone(),
                min: *min_length,
                max: *max_length,
                patterns: pattern.iter().cloned().collect(),
            }),
            SchemaKind::Array { items, min_items, max_items, unique_items } => Self::List {
                items: *items,
                min: *min_items,
                max: *max_items,
                unique: *unique_items,
            },
            SchemaKind::Object { .. } => Self::object(kind),
            SchemaKind::OneOf { variants, discriminator } => Self::Union {
                variants: variants.clone(),
                exactly_one: true,
                discriminator: discriminator.clone(),
            },
            SchemaKind::AnyOf { variants, discriminator } => Self::Union {
                variants: variants.clone(),
                exactly_one: false,
                discriminator: discriminator.clone(),
            },
            SchemaKind::Not(other) => Self::Not(*other),
        }
    }

    fn object(kind: &SchemaKind) -> Self {
        let SchemaKind::Object {
            properties,
            required_undeclared,
            additional,
            min_properties,
            max_properties,
        } = kind
        else {
            return Self::Any;
        };
        let declared = properties.iter().map(|property| Member {
            name: property.name.clone(),
            schema: Some(property.schema),
            required: property.required,
        });
        let undeclared = required_undeclared.iter().map(|name| Member {
            name: name.clone(),
            schema: None,
            required: true,
        });
        Self::Object(Object {
            members: declared.chain(undeclared).collect(),
            additional: additional.clone(),
            min: *min_properties,
            max: *max_properties,
        })
    }
}
