//! Schemas as constant tables: what generated code states, and [`check`](super::check) reads.

use super::{Constrained, Format, Pattern};

/// How one table refers to another. A function, not a reference, so that tables of recursive
/// types and of generic ones are constants too.
pub type Link = fn() -> &'static Schema;

/// The constraints on a JSON value.
///
/// Built in constants by its methods: `Schema::text().min(1).max(64).pattern(&PATTERN)`.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    pub(super) kind: Kind,
    pub(super) literals: &'static [Literal],
    /// Fewest and most characters, items or members, by kind.
    pub(super) count: (Option<u64>, Option<u64>),
    pub(super) minimum: Option<Limit>,
    pub(super) maximum: Option<Limit>,
    pub(super) multiple_of: Option<Numeral>,
    pub(super) patterns: &'static [&'static Pattern],
    pub(super) format: Option<Format>,
    pub(super) unique: bool,
    pub(super) properties: &'static [Property],
    pub(super) additional: Additional,
    /// Alternatives or parts of a composed schema, by kind.
    pub(super) parts: &'static [Part],
    /// The member that names the alternative.
    pub(super) tag: Option<&'static str>,
}

/// What a value is, before constraints.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Any,
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    List(Link),
    Object,
    /// Null, or what the other schema allows.
    Nullable(Link),
    /// Exactly one of the parts fits.
    OneOf,
    /// At least one of the parts fits.
    AnyOf,
    /// Every part fits.
    AllOf,
    Not(Link),
}

/// Members an object does not declare.
#[derive(Clone, Copy, Debug)]
pub(super) enum Additional {
    Open,
    Closed,
    Each(Link),
}

/// A bound and whether it is itself outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) value: Numeral,
    pub(super) exclusive: bool,
}

/// A number as the document writes it, so that large integers stay exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Numeral {
    Integer(i128),
    Decimal(f64),
}

/// A value of `enum`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// A string.
    Text(&'static str),
    /// An integer.
    Integer(i128),
    /// Another number.
    Decimal(f64),
    /// True or false.
    Boolean(bool),
    /// An array or object as JSON text.
    Json(&'static str),
}

/// A declared member of an object.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub(super) name: &'static str,
    pub(super) schema: Link,
    pub(super) required: bool,
}

impl Property {
    /// A member that must be present.
    pub const fn required(name: &'static str, schema: Link) -> Self {
        Self { name, schema, required: true }
    }

    /// A member that may be absent.
    pub const fn optional(name: &'static str, schema: Link) -> Self {
        Self { name, schema, required: false }
    }
}

/// An alternative or a part of a composed schema.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub(super) name: &'static str,
    pub(super) tags: &'static [&'static str],
    pub(super) schema: Link,
}

impl Part {
    /// A part with the name that messages call it by.
    pub const fn new(name: &'static str, schema: Link) -> Self {
        Self { name, tags: &[], schema }
    }

    /// An alternative that is meant when the discriminator has one of these values.
    pub const fn tagged(tags: &'static [&'static str], name: &'static str, schema: Link) -> Self {
        Self { name, tags, schema }
    }
}

impl Schema {
    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            literals: &[],
            count: (None, None),
            minimum: None,
            maximum: None,
            multiple_of: None,
            patterns: &[],
            format: None,
            unique: false,
            properties: &[],
            additional: Additional::Open,
            parts: &[],
            tag: None,
        }
    }

    /// Any value.
    pub const fn any() -> Self {
        Self::of(Kind::Any)
    }

    /// Only null.
    pub const fn null() -> Self {
        Self::of(Kind::Null)
    }

    /// True or false.
    pub const fn boolean() -> Self {
        Self::of(Kind::Boolean)
    }

    /// A number without fraction.
    pub const fn integer() -> Self {
        Self::of(Kind::Integer)
    }

    /// A number.
    pub const fn number() -> Self {
        Self::of(Kind::Number)
    }

    /// A string.
    pub const fn text() -> Self {
        Self::of(Kind::Text)
    }

    /// An array.
    pub const fn list(items: Link) -> Self {
        Self::of(Kind::List(items))
    }

    /// An object with these members; others are allowed and ignored.
    pub const fn object(properties: &'static [Property]) -> Self {
        let mut schema = Self::of(Kind::Object);
        schema.properties = properties;
        schema
    }

    /// Null, or what `schema` allows.
    pub const fn nullable(schema: Link) -> Self {
        Self::of(Kind::Nullable(schema))
    }

    /// Exactly one of the parts.
    pub const fn one_of(parts: &'static [Part]) -> Self {
        let mut schema = Self::of(Kind::OneOf);
        schema.parts = parts;
        schema
    }

    /// One of the parts or several.
    pub const fn any_of(parts: &'static [Part]) -> Self {
        let mut schema = Self::of(Kind::AnyOf);
        schema.parts = parts;
        schema
    }

    /// Every part.
    pub const fn all_of(parts: &'static [Part]) -> Self {
        let mut schema = Self::of(Kind::AllOf);
        schema.parts = parts;
        schema
    }

    /// What `schema` refuses.
    pub const fn not(schema: Link) -> Self {
        Self::of(Kind::Not(schema))
    }

    /// What `T` allows, as a start for further constraints: `Schema::like::<T>` is a [`Link`].
    pub fn like<T: Constrained>() -> &'static Self {
        T::schema()
    }

    /// Only these values.
    #[must_use]
    pub const fn literals(mut self, literals: &'static [Literal]) -> Self {
        self.literals = literals;
        self
    }

    /// At least this many characters, items or members.
    #[must_use]
    pub const fn min(mut self, count: u64) -> Self {
        self.count.0 = Some(count);
        self
    }

    /// At most this many characters, items or members.
    #[must_use]
    pub const fn max(mut self, count: u64) -> Self {
        self.count.1 = Some(count);
        self
    }

    /// Not less than an integer.
    #[must_use]
    pub const fn at_least(self, value: i128) -> Self {
        self.lower(Numeral::Integer(value), false)
    }

    /// Greater than an integer.
    #[must_use]
    pub const fn above(self, value: i128) -> Self {
        self.lower(Numeral::Integer(value), true)
    }

    /// Not greater than an integer.
    #[must_use]
    pub const fn at_most(self, value: i128) -> Self {
        self.upper(Numeral::Integer(value), false)
    }

    /// Less than an integer.
    #[must_use]
    pub const fn below(self, value: i128) -> Self {
        self.upper(Numeral::Integer(value), true)
    }

    /// Not less than a number with a fraction.
    #[must_use]
    pub const fn at_least_decimal(self, value: f64) -> Self {
        self.lower(Numeral::Decimal(value), false)
    }

    /// Greater than a number with a fraction.
    #[must_use]
    pub const fn above_decimal(self, value: f64) -> Self {
        self.lower(Numeral::Decimal(value), true)
    }

    /// Not greater than a number with a fraction.
    #[must_use]
    pub const fn at_most_decimal(self, value: f64) -> Self {
        self.upper(Numeral::Decimal(value), false)
    }

    /// Less than a number with a fraction.
    #[must_use]
    pub const fn below_decimal(self, value: f64) -> Self {
        self.upper(Numeral::Decimal(value), true)
    }

    const fn lower(mut self, value: Numeral, exclusive: bool) -> Self {
        self.minimum = Some(Limit { value, exclusive });
        self
    }

    const fn upper(mut self, value: Numeral, exclusive: bool) -> Self {
        self.maximum = Some(Limit { value, exclusive });
        self
    }

    /// A multiple of an integer.
    #[must_use]
    pub const fn multiple_of(mut self, value: i128) -> Self {
        self.multiple_of = Some(Numeral::Integer(value));
        self
    }

    /// A multiple of a number with a fraction.
    #[must_use]
    pub const fn multiple_of_decimal(mut self, value: f64) -> Self {
        self.multiple_of = Some(Numeral::Decimal(value));
        self
    }

    /// Every pattern matches somewhere in the text.
    #[must_use]
    pub const fn patterns(mut self, patterns: &'static [&'static Pattern]) -> Self {
        self.patterns = patterns;
        self
    }

    /// Text of this format.
    #[must_use]
    pub const fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// No item twice.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// No members but the declared ones.
    #[must_use]
    pub const fn closed(mut self) -> Self {
        self.additional = Additional::Closed;
        self
    }

    /// Members that are not declared fit `schema`.
    #[must_use]
    pub const fn each(mut self, schema: Link) -> Self {
        self.additional = Additional::Each(schema);
        self
    }

    /// The member that names the alternative.
    #[must_use]
    pub const fn tag(mut self, property: &'static str) -> Self {
        self.tag = Some(property);
        self
    }
}
