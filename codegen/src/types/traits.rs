//! Which traits a type can have, by what it consists of.

use super::item::{Body, Item, Type};

/// Traits beyond `Clone`, `Debug`, `PartialEq`, `Serialize` and `Deserialize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traits {
    pub(super) eq: bool,
    pub(super) ord: bool,
    pub(super) copy: bool,
}

impl Traits {
    const ALL: Self = Self { eq: true, ord: true, copy: true };
    const NOT_COPY: Self = Self { eq: true, ord: true, copy: false };

    fn and(self, other: Self) -> Self {
        Self { eq: self.eq && other.eq, ord: self.ord && other.ord, copy: self.copy && other.copy }
    }

    fn of(ty: &Type, made: &[Self]) -> Self {
        match ty {
            Type::Made(index) => made[*index],
            Type::Boolean
            | Type::Integer(_)
            | Type::Null
            | Type::Uuid
            | Type::Date
            | Type::Timestamp => Self::ALL,
            Type::Text | Type::Base64 => Self::NOT_COPY,
            Type::Number => Self { eq: false, ord: false, copy: true },
            Type::Json | Type::JsonObject | Type::Secret => {
                Self { eq: true, ord: false, copy: false }
            }
            Type::List(inner) | Type::Map(inner) => Self::NOT_COPY.and(Self::of(inner, made)),
            Type::Nullable(inner) => Self::of(inner, made),
        }
    }
}

/// The traits of every made type: all that nothing it consists of lacks.
pub(super) fn traits(items: &[Item]) -> Vec<Traits> {
    let mut made = vec![Traits::ALL; items.len()];
    loop {
        let next: Vec<Traits> = items.iter().map(|item| of_body(&item.body, &made)).collect();
        if next == made {
            return made;
        }
        made = next;
    }
}

fn of_body(body: &Body, made: &[Traits]) -> Traits {
    let all = body.types().into_iter().fold(Traits::ALL, |all, ty| all.and(Traits::of(ty, made)));
    match body {
        // A struct that gains a member must not lose traits its users rely on, and members have
        // no order that means anything.
        Body::Struct(_) | Body::Union { .. } => Traits { copy: false, ord: false, ..all },
        _ => all,
    }
}
