//! Types that contain themselves: an alias becomes a type of its own, a value goes into a box.

use std::collections::HashSet;

use super::item::{Body, Item, Type};

/// Rust has no recursive aliases: the first alias of each circle becomes a type of its own.
pub(super) fn break_aliases(items: &mut [Item]) {
    for index in 0..items.len() {
        let mut at = index;
        let mut seen = HashSet::new();
        while let Body::Alias(ty) = &items[at].body
            && let Some(next) = ty.mentioned()
        {
            if next == index {
                let Body::Alias(ty) = std::mem::replace(&mut items[index].body, Body::Planned)
                else {
                    break;
                };
                // Behind an alias that is only another name lies nothing but this circle.
                let inner = if ty.held().is_some() { Type::Json } else { ty };
                items[index].body = Body::Newtype(inner);
                break;
            }
            if !seen.insert(next) {
                break;
            }
            at = next;
        }
    }
}

/// Boxes each field and variant through which a type would hold itself.
pub(super) fn box_circles(items: &mut [Item]) {
    let held: Vec<Vec<usize>> = items.iter().map(|item| item.body.held()).collect();
    for (index, item) in items.iter_mut().enumerate() {
        let returns = |ty: &Type| ty.held().is_some_and(|start| reaches(&held, start, index));
        match &mut item.body {
            Body::Struct(body) => {
                for field in &mut body.fields {
                    field.boxed = returns(&field.ty);
                }
            }
            Body::Union { variants, .. } => {
                for variant in variants {
                    variant.boxed = returns(&variant.ty);
                }
            }
            _ => {}
        }
    }
}

fn reaches(held: &[Vec<usize>], start: usize, goal: usize) -> bool {
    let mut seen = HashSet::from([start]);
    let mut waiting = vec![start];
    while let Some(at) = waiting.pop() {
        if at == goal {
            return true;
        }
        waiting.extend(held[at].iter().copied().filter(|next| seen.insert(*next)));
    }
    false
}
