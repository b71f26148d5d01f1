//! Schemas: a table of nodes that refer to each other by id, so that recursion is no obstacle.

use indexmap::IndexMap;
use serde_json::Value;

use crate::position::Origin;

/// Index of a schema in [`Schemas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchemaId(pub usize);

/// Every schema of a document. A `$ref` is the id of the component it names.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    pub(crate) nodes: Vec<Schema>,
    /// Every schema that a `$ref` may name, by JSON pointer, as written.
    pub(crate) targets: IndexMap<String, Value>,
}

impl Schemas {
    /// The schema with this id.
    pub fn get(&self, id: SchemaId) -> &Schema {
        &self.nodes[id.0]
    }

    /// All schemas with their ids: components first, in document order.
    pub fn iter(&self) -> impl Iterator<Item = (SchemaId, &Schema)> {
        self.nodes.iter().enumerate().map(|(index, schema)| (SchemaId(index), schema))
    }

    /// Components only, in document order.
    pub fn components(&self) -> impl Iterator<Item = (SchemaId, &str, &Schema)> {
        self.iter().filter_map(|(id, schema)| Some((id, schema.name.as_deref()?, schema)))
    }

    /// The schema as a self-contained JSON Schema of draft 4: as written, with the components it
    /// may refer to beside it under `/components/schemas`, and `nullable` spelt in draft 4.
    pub fn json_schema(&self, id: SchemaId) -> Value {
        super::schema_json::self_contained(self, id)
    }
}

impl std::ops::Index<SchemaId> for Schemas {
    type Output = Schema;

    fn index(&self, id: SchemaId) -> &Schema {
        self.get(id)
    }
}

/// One schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Key in `components.schemas`; `None` for inline schemas.
    pub name: Option<String>,
    /// `title`.
    pub title: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// What values look like.
    pub kind: SchemaKind,
    /// `null` is allowed besides.
    pub nullable: bool,
    /// `enum`: the only values allowed. `null` among them sets `nullable` and is left out here.
    pub enumeration: Vec<Value>,
    /// `default`.
    pub default: Option<Value>,
    /// `example`.
    pub example: Option<Value>,
    /// `readOnly`.
    pub read_only: bool,
    /// `writeOnly`.
    pub write_only: bool,
    /// `deprecated`.
    pub deprecated: bool,
    /// The schema as written, `$ref`s included.
    pub raw: Value,
    /// Where it is declared.
    pub origin: Origin,
}

/// What the values of a schema look like, with every constraint. A schema that mixes a type
/// with `allOf`, `oneOf` or `anyOf` is [`SchemaKind::AllOf`] over its parts.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaKind {
    /// No type: any JSON value.
    Any,
    /// `boolean`
    Boolean,
    /// `integer`
    Integer {
        /// `format` as written: `int32`, `int64`, ...
        format: Option<String>,
        /// Bounds and `multipleOf`.
        range: Range,
    },
    /// `number`
    Number {
        /// `format` as written: `float`, `double`, ...
        format: Option<String>,
        /// Bounds and `multipleOf`.
        range: Range,
    },
    /// `string`
    String {
        /// `format` as written: `uuid`, `date-time`, `byte`, `binary`, `password`, ...
        format: Option<String>,
        /// `minLength`, in Unicode code points.
        min_length: Option<u64>,
        /// `maxLength`, in Unicode code points.
        max_length: Option<u64>,
        /// `pattern`: an ECMA 262 regular expression, not anchored.
        pattern: Option<String>,
    },
    /// `array`
    Array {
        /// Schema of the elements; `None` means anything.
        items: Option<SchemaId>,
        /// `minItems`
        min_items: Option<u64>,
        /// `maxItems`
        max_items: Option<u64>,
        /// `uniqueItems`
        unique_items: bool,
    },
    /// `object`
    Object {
        /// Declared properties, in document order.
        properties: Vec<Property>,
        /// Names in `required` that `properties` does not declare.
        required_undeclared: Vec<String>,
        /// `additionalProperties`
        additional: AdditionalProperties,
        /// `minProperties`
        min_properties: Option<u64>,
        /// `maxProperties`
        max_properties: Option<u64>,
    },
    /// `allOf`
    AllOf(Vec<SchemaId>),
    /// `oneOf`
    OneOf {
        /// The alternatives.
        variants: Vec<SchemaId>,
        /// How a reader tells them apart.
        discriminator: Option<Discriminator>,
    },
    /// `anyOf`
    AnyOf {
        /// The alternatives.
        variants: Vec<SchemaId>,
        /// How a reader tells them apart.
        discriminator: Option<Discriminator>,
    },
    /// `not`
    Not(SchemaId),
    /// Only `null` (JSON Schema's `type: null`, which API Gateway models may use).
    Null,
}

/// Numeric bounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Range {
    /// `minimum`
    pub minimum: Option<serde_json::Number>,
    /// `exclusiveMinimum` (draft 4: a flag on `minimum`)
    pub exclusive_minimum: bool,
    /// `maximum`
    pub maximum: Option<serde_json::Number>,
    /// `exclusiveMaximum`
    pub exclusive_maximum: bool,
    /// `multipleOf`
    pub multiple_of: Option<serde_json::Number>,
}

/// A declared property of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// As on the wire.
    pub name: String,
    /// Its schema.
    pub schema: SchemaId,
    /// Whether it must be present.
    pub required: bool,
}

/// `additionalProperties`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdditionalProperties {
    /// Not said: allowed, but no declared meaning.
    Unspecified,
    /// `true`: allowed and kept.
    Any,
    /// `false`
    Denied,
    /// Allowed if they fit this schema.
    Schema(SchemaId),
}

/// `discriminator`, its mapping resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discriminator {
    /// `propertyName`
    pub property: String,
    /// Tag value to variant; complete (implicit names filled in), in variant order.
    pub mapping: Vec<(String, SchemaId)>,
}
