//! `allOf` into one shape: members, requirements and constraints of every part.

use std::collections::HashSet;

use openapi::model::schema::Range;
use openapi::model::{AdditionalProperties, Discriminator, SchemaId, SchemaKind};
use serde_json::{Number, Value};

use super::shape::{Kind, Member, Nodes, Object, Shape, Text};

/// The shape of a schema. May add schemas: where parts disagree about a member, one that is both.
pub(super) fn shape_of(nodes: &mut Nodes, id: SchemaId) -> Shape {
    let schema = nodes.get(id);
    let nullable = schema.nullable;
    let literals = (!schema.enumeration.is_empty()).then(|| schema.enumeration.clone());
    match schema.kind.clone() {
        SchemaKind::AllOf(parts) => {
            let shape = merged(nodes, id, &parts);
            let literals = intersect(literals, shape.literals.clone());
            Shape { nullable: nullable || shape.nullable, literals, ..shape }
        }
        SchemaKind::OneOf { .. } | SchemaKind::AnyOf { .. } => {
            let kind = Kind::simple(&nodes.get(id).kind);
            let shape = simplified(nodes, id, kind);
            Shape { nullable: nullable || shape.nullable, literals, ..shape }
        }
        kind => {
            let kind = typed_by_literals(Kind::simple(&kind), literals.as_deref());
            Shape { kind, nullable, literals, also: Vec::new() }
        }
    }
}

/// Only strings listed means strings, `type` or not.
fn typed_by_literals(kind: Kind, literals: Option<&[Value]>) -> Kind {
    let all_text = literals.is_some_and(|values| values.iter().all(Value::is_string));
    if matches!(kind, Kind::Any) && all_text { Kind::Text(Text::default()) } else { kind }
}

fn plain(kind: Kind) -> Shape {
    Shape { kind, nullable: false, literals: None, also: Vec::new() }
}

/// A union without alternatives that are only null, and without itself.
fn simplified(nodes: &Nodes, id: SchemaId, kind: Kind) -> Shape {
    let Kind::Union { mut variants, exactly_one, discriminator } = kind else { return plain(kind) };
    let mut nullable = false;
    let mut seen = HashSet::from([id]);
    variants.retain(|&variant| {
        let is_null = matches!(nodes.get(variant).kind, SchemaKind::Null);
        nullable |= is_null || nodes.get(variant).nullable;
        !is_null && (seen.insert(variant) || (exactly_one && variant != id))
    });
    let kind = match variants[..] {
        [] if nullable => Kind::Null,
        [] => Kind::Any,
        [one] => Kind::Same(one),
        _ => Kind::Union { variants, exactly_one, discriminator },
    };
    Shape { nullable, ..plain(kind) }
}

/// The parts of `allOf`, and of `allOf` in them, that are not themselves `allOf`.
fn leaves(
    nodes: &Nodes,
    root: SchemaId,
    parts: &[SchemaId],
) -> (Vec<SchemaId>, Option<Vec<Value>>) {
    let mut seen = HashSet::from([root]);
    let mut waiting: Vec<SchemaId> = parts.iter().rev().copied().collect();
    let mut leaves = Vec::new();
    let mut literals = None;
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let schema = nodes.get(id);
        if let SchemaKind::AllOf(inner) = &schema.kind {
            if !schema.enumeration.is_empty() {
                literals = intersect(literals, Some(schema.enumeration.clone()));
            }
            waiting.extend(inner.iter().rev());
        } else {
            leaves.push(id);
        }
    }
    (leaves, literals)
}

fn merged(nodes: &mut Nodes, root: SchemaId, parts: &[SchemaId]) -> Shape {
    if let [only] = parts
        && *only != root
    {
        return plain(Kind::Same(*only));
    }
    let (leaves, mut literals) = leaves(nodes, root, parts);
    let mut unions = Vec::new();
    let mut also = Vec::new();
    let mut rest = Vec::new();
    for leaf in leaves {
        match &nodes.get(leaf).kind {
            // A base that lists the schemas which extend it: here it only contributes members.
            SchemaKind::OneOf { variants, .. } | SchemaKind::AnyOf { variants, .. }
                if variants.iter().any(|&variant| leads_to(nodes, variant, root)) => {}
            SchemaKind::OneOf { .. } | SchemaKind::AnyOf { .. } => unions.push(leaf),
            SchemaKind::Not(other) => also.push(*other),
            _ => rest.push(leaf),
        }
    }
    if let [union] = unions[..] {
        return distributed(nodes, union, &rest)
            .unwrap_or_else(|| plain(Kind::All(parts.to_vec())));
    }
    if !unions.is_empty() {
        return plain(Kind::All(parts.to_vec()));
    }
    let mut kind = Kind::Any;
    let mut nullable = !rest.is_empty();
    for leaf in rest {
        let schema = nodes.get(leaf).clone();
        nullable &= schema.nullable;
        if !schema.enumeration.is_empty() {
            literals = intersect(literals, Some(schema.enumeration.clone()));
        }
        let part = typed_by_literals(Kind::simple(&schema.kind), Some(&schema.enumeration));
        match both(nodes, root, kind, part) {
            Some(merged) => kind = merged,
            None => return plain(Kind::All(parts.to_vec())),
        }
    }
    let kind = typed_by_literals(kind, literals.as_deref());
    Shape { kind, nullable, literals, also }
}

/// Whether a schema is made of another by `allOf`, or is it.
fn leads_to(nodes: &Nodes, from: SchemaId, to: SchemaId) -> bool {
    let mut seen = HashSet::new();
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        if id == to {
            return true;
        }
        if let SchemaKind::AllOf(parts) = &nodes.get(id).kind
            && seen.insert(id)
        {
            waiting.extend(parts);
        }
    }
    false
}

/// A union beside members that every alternative has: the members go into each.
fn distributed(nodes: &mut Nodes, union: SchemaId, rest: &[SchemaId]) -> Option<Shape> {
    let is_object =
        |id: &SchemaId| matches!(nodes.get(*id).kind, SchemaKind::Object { .. } | SchemaKind::Any);
    if !rest.iter().all(is_object) {
        return None;
    }
    let kind = Kind::simple(&nodes.get(union).kind);
    let shape = simplified(nodes, union, kind);
    if rest.is_empty() {
        return Some(shape);
    }
    let add = |nodes: &mut Nodes, variant| {
        let parts = rest.iter().copied().chain([variant]).collect();
        nodes.add_all_of(variant, parts)
    };
    let kind = match shape.kind {
        Kind::Union { variants, exactly_one, discriminator } => {
            let made: Vec<SchemaId> = variants.iter().map(|&id| add(nodes, id)).collect();
            let discriminator = discriminator.map(|Discriminator { property, mapping }| {
                let place = |id| variants.iter().position(|&variant| variant == id);
                let moved =
                    mapping.into_iter().filter_map(|(tag, id)| Some((tag, made[place(id)?])));
                Discriminator { property, mapping: moved.collect() }
            });
            Kind::Union { variants: made, exactly_one, discriminator }
        }
        Kind::Same(variant) => Kind::Same(add(nodes, variant)),
        _ => return None,
    };
    Some(plain(kind))
}

/// What fits both kinds; `None` if no single kind says so.
fn both(nodes: &mut Nodes, root: SchemaId, left: Kind, right: Kind) -> Option<Kind> {
    Some(match (left, right) {
        (Kind::Any, other) | (other, Kind::Any) => other,
        (Kind::Null, Kind::Null) => Kind::Null,
        (Kind::Boolean, Kind::Boolean) => Kind::Boolean,
        (Kind::Integer { format, range }, Kind::Integer { format: other, range: right }) => {
            Kind::Integer { format: format.or(other), range: narrower(range, right) }
        }
        (Kind::Integer { format, range: left }, Kind::Number { range: right })
        | (Kind::Number { range: left }, Kind::Integer { format, range: right }) => {
            Kind::Integer { format, range: narrower(left, right) }
        }
        (Kind::Number { range: left }, Kind::Number { range: right }) => {
            Kind::Number { range: narrower(left, right) }
        }
        (Kind::Text(left), Kind::Text(right)) => Kind::Text(Text {
            format: left.format.or(right.format),
            min: left.min.max(right.min),
            max: least(left.max, right.max),
            patterns: left.patterns.into_iter().chain(right.patterns).collect(),
        }),
        (
            Kind::List { items: left, min, max, unique },
            Kind::List { items: right, min: other_min, max: other_max, unique: other_unique },
        ) => Kind::List {
            items: both_schemas(nodes, root, left, right),
            min: min.max(other_min),
            max: least(max, other_max),
            unique: unique || other_unique,
        },
        (Kind::Object(left), Kind::Object(right)) => {
            Kind::Object(both_objects(nodes, root, left, right))
        }
        _ => return None,
    })
}

fn both_objects(nodes: &mut Nodes, root: SchemaId, left: Object, right: Object) -> Object {
    let mut members = left.members;
    for Member { name, schema, required } in right.members {
        match members.iter_mut().find(|member| member.name == name) {
            Some(member) => {
                member.schema = both_schemas(nodes, root, member.schema, schema);
                member.required |= required;
            }
            None => members.push(Member { name, schema, required }),
        }
    }
    let additional = match (left.additional, right.additional) {
        (AdditionalProperties::Denied, _) | (_, AdditionalProperties::Denied) => {
            AdditionalProperties::Denied
        }
        (AdditionalProperties::Schema(left), AdditionalProperties::Schema(right)) => {
            both_schemas(nodes, root, Some(left), Some(right))
                .map_or(AdditionalProperties::Any, AdditionalProperties::Schema)
        }
        (AdditionalProperties::Unspecified, said) | (said, AdditionalProperties::Unspecified) => {
            said
        }
        (said, AdditionalProperties::Any) | (AdditionalProperties::Any, said) => said,
    };
    Object { members, additional, min: left.min.max(right.min), max: least(left.max, right.max) }
}

/// A schema that is both; the more telling one if the other allows anything.
fn both_schemas(
    nodes: &mut Nodes,
    root: SchemaId,
    left: Option<SchemaId>,
    right: Option<SchemaId>,
) -> Option<SchemaId> {
    let says_nothing = |nodes: &Nodes, id: SchemaId| {
        let schema = nodes.get(id);
        matches!(schema.kind, SchemaKind::Any) && schema.enumeration.is_empty()
    };
    match (left, right) {
        (Some(left), Some(right)) if left == right || says_nothing(nodes, right) => Some(left),
        (Some(left), Some(right)) if says_nothing(nodes, left) => Some(right),
        (Some(left), Some(right)) => {
            let made = nodes.add_all_of(root, vec![left, right]);
            Some(made)
        }
        (one, other) => one.or(other),
    }
}

fn least(left: Option<u64>, right: Option<u64>) -> Option<u64> {
    left.into_iter().chain(right).min()
}

fn narrower(left: Range, right: Range) -> Range {
    let value = |number: &Option<Number>| number.as_ref().and_then(Number::as_f64);
    let (lower, upper) = (value(&left.minimum), value(&left.maximum));
    let right_lower = value(&right.minimum).is_some_and(|other| {
        lower.is_none_or(|own| other > own || (other == own && right.exclusive_minimum))
    });
    let right_upper = value(&right.maximum).is_some_and(|other| {
        upper.is_none_or(|own| other < own || (other == own && right.exclusive_maximum))
    });
    let (minimum, exclusive_minimum) = match right_lower {
        true => (right.minimum, right.exclusive_minimum),
        false => (left.minimum, left.exclusive_minimum),
    };
    let (maximum, exclusive_maximum) = match right_upper {
        true => (right.maximum, right.exclusive_maximum),
        false => (left.maximum, left.exclusive_maximum),
    };
    let multiple_of = left.multiple_of.or(right.multiple_of);
    Range { minimum, exclusive_minimum, maximum, exclusive_maximum, multiple_of }
}

fn intersect(left: Option<Vec<Value>>, right: Option<Vec<Value>>) -> Option<Vec<Value>> {
    match (left, right) {
        (Some(left), Some(right)) => {
            Some(left.into_iter().filter(|value| right.contains(value)).collect())
        }
        (one, other) => one.or(other),
    }
}
