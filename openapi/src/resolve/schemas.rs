//! Schemas into a table: components first, then what is declared inline, each once.
//!
//! Schemas wait in a queue until every other part of the document is resolved, so that neither
//! recursion of schemas nor their nesting is recursion here.

use std::collections::{HashMap, VecDeque};

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::Resolver;
use crate::diagnostic::Severity;
use crate::document::At;
use crate::model::{Schema, SchemaId, SchemaKind, Schemas};
use crate::position::Origin;

#[derive(Default)]
pub(super) struct Table<'d> {
    nodes: Vec<Schema>,
    ids: HashMap<String, SchemaId>,
    waiting: VecDeque<(SchemaId, At<'d>)>,
    /// Every schema some `$ref` names, by pointer, as written.
    targets: IndexMap<String, Value>,
}

impl<'d> Resolver<'d, '_> {
    /// Gives every component its id.
    pub(super) fn component_schemas(&mut self) {
        let root = self.root.clone();
        let Some(components) = self.object(&root, "components") else { return };
        let Some(schemas) = self.object(&components, "schemas") else { return };
        for (name, at) in schemas.members() {
            let id = self.enqueue(&at);
            self.schemas.nodes[id.0].name = Some(name.to_owned());
            self.schemas.targets.insert(at.pointer().to_owned(), at.node().to_json());
        }
    }

    /// The schema under a key, if there is one that leads somewhere.
    pub(super) fn schema_of(&mut self, at: &At<'d>, key: &str) -> Option<SchemaId> {
        let schema = at.present(key)?;
        self.schema(&schema)
    }

    /// The id of a schema: its own, or that of the schema its `$ref` names. `None` if the
    /// reference is broken: API Gateway then goes on as if no schema was declared.
    pub(super) fn schema(&mut self, at: &At<'d>) -> Option<SchemaId> {
        let Some(reference) = at.get("$ref") else {
            return Some(self.enqueue(at));
        };
        let target = self.target(&reference)?;
        let pointer = target.pointer().to_owned();
        if !self.schemas.targets.contains_key(&pointer) {
            self.schemas.targets.insert(pointer, target.node().to_json());
        }
        Some(self.enqueue(&target))
    }

    /// Like [`Self::schema`], with "anything" for a broken reference.
    pub(super) fn schema_or_any(&mut self, at: &At<'d>) -> SchemaId {
        match self.schema(at) {
            Some(id) => id,
            None => self.add_schema(blank(&at.origin())),
        }
    }

    /// Adds a schema the document does not spell out as such.
    pub(super) fn add_schema(&mut self, schema: Schema) -> SchemaId {
        self.schemas.nodes.push(schema);
        SchemaId(self.schemas.nodes.len() - 1)
    }

    /// Resolves what waits, and what that makes wait, until nothing does.
    pub(super) fn finish_schemas(&mut self) -> Schemas {
        while let Some((id, at)) = self.schemas.waiting.pop_front() {
            let name = self.schemas.nodes[id.0].name.take();
            self.schemas.nodes[id.0] = Schema { name, ..self.read_schema(&at) };
        }
        let table = std::mem::take(&mut self.schemas);
        let schemas = Schemas { nodes: table.nodes, targets: table.targets };
        self.check_composition(&schemas);
        schemas
    }

    fn enqueue(&mut self, at: &At<'d>) -> SchemaId {
        if let Some(id) = self.schemas.ids.get(at.pointer()) {
            return *id;
        }
        let id = self.add_schema(blank(&at.origin()));
        self.schemas.ids.insert(at.pointer().to_owned(), id);
        self.schemas.waiting.push_back((id, at.clone()));
        id
    }

    fn read_schema(&mut self, at: &At<'d>) -> Schema {
        let mut schema = blank(&at.origin());
        schema.raw = at.node().to_json();
        if !at.is_object() {
            self.wrong_type(Severity::Warning, at, "a schema");
            schema.raw = json!({});
            return schema;
        }
        if at.get("$ref").is_some() {
            // A component that is another name for a schema.
            if let Some(id) = self.schema(at) {
                schema.kind = SchemaKind::AllOf(vec![id]);
            }
            return schema;
        }
        schema.title = self.text(at, "title");
        schema.description = self.text(at, "description");
        schema.default = at.get("default").map(|value| value.node().to_json());
        schema.example = at.get("example").map(|value| value.node().to_json());
        schema.read_only = self.flag(at, "readOnly");
        schema.write_only = self.flag(at, "writeOnly");
        schema.deprecated = self.flag(at, "deprecated");
        schema.nullable = self.flag(at, "nullable");
        for value in self.array(at, "enum") {
            match value.node().to_json() {
                Value::Null => schema.nullable = true,
                value => schema.enumeration.push(value),
            }
        }
        let (kind, nullable) = self.kind(at);
        schema.kind = kind;
        schema.nullable |= nullable;
        schema
    }

    /// Finds schemas that are composed of themselves: no value is ever reached by asking what
    /// such a schema allows.
    fn check_composition(&mut self, schemas: &Schemas) {
        let mut done = vec![false; schemas.nodes.len()];
        for (start, _) in schemas.iter() {
            let mut on_path = Vec::new();
            let mut stack = vec![(start, false)];
            while let Some((id, leave)) = stack.pop() {
                if leave {
                    on_path.pop();
                    done[id.0] = true;
                    continue;
                }
                if on_path.contains(&id) {
                    self.composed_of_itself(&schemas[id]);
                    continue;
                }
                if done[id.0] {
                    continue;
                }
                on_path.push(id);
                stack.push((id, true));
                stack.extend(composition(&schemas[id].kind).map(|part| (part, false)));
            }
        }
    }

    fn composed_of_itself(&mut self, schema: &Schema) {
        let name = schema.name.as_deref().unwrap_or(&schema.origin.pointer);
        let message = format!("the schema `{name}` is made of itself");
        self.error("schema-loop", &schema.origin, message).help = Some(
            "break the circle of $ref, allOf, oneOf and anyOf; a property may refer back"
                .to_owned(),
        );
    }
}

/// A schema that allows anything.
pub(super) fn blank(origin: &Origin) -> Schema {
    Schema {
        name: None,
        title: None,
        description: None,
        kind: SchemaKind::Any,
        nullable: false,
        enumeration: Vec::new(),
        default: None,
        example: None,
        read_only: false,
        write_only: false,
        deprecated: false,
        raw: json!({}),
        origin: origin.clone(),
    }
}

fn composition(kind: &SchemaKind) -> impl Iterator<Item = SchemaId> {
    let parts: &[SchemaId] = match kind {
        SchemaKind::AllOf(parts) => parts,
        SchemaKind::OneOf { variants, .. } | SchemaKind::AnyOf { variants, .. } => variants,
        SchemaKind::Not(part) => std::slice::from_ref(part),
        _ => &[],
    };
    parts.iter().copied()
}

impl Resolver<'_, '_> {
    /// The component's name, if the schema is one.
    pub(super) fn schema_name(&self, id: SchemaId) -> Option<String> {
        self.schemas.nodes[id.0].name.clone()
    }
}
