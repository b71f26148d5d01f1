//! Schemas of the types that generated code uses but does not make.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Constrained, Format, Schema};
use crate::value::{Base64, Maybe, Secret};

macro_rules! constrained {
    ($($type:ty => $schema:expr;)*) => {
        $(impl Constrained for $type {
            fn schema() -> &'static Schema {
                static SCHEMA: Schema = $schema;
                &SCHEMA
            }
        })*
    };
}

macro_rules! integers {
    ($($type:ty)*) => {
        constrained! {
            $($type => Schema::integer().at_least(<$type>::MIN as i128).at_most(<$type>::MAX as i128);)*
        }
    };
}

integers! { i8 i16 i32 i64 u8 u16 u32 u64 }

constrained! {
    Value => Schema::any();
    () => Schema::null();
    bool => Schema::boolean();
    f32 => Schema::number();
    f64 => Schema::number();
    String => Schema::text();
    Secret => Schema::text();
    Base64 => Schema::text().format(Format::Base64);
    uuid::Uuid => Schema::text().format(Format::Uuid);
    jiff::civil::Date => Schema::text().format(Format::Date);
    jiff::Timestamp => Schema::text().format(Format::DateTime);
    Map<String, Value> => Schema::object(&[]);
}

impl<T: Constrained> Constrained for Option<T> {
    fn schema() -> &'static Schema {
        const { &Schema::nullable(T::schema) }
    }
}

impl<T: Constrained> Constrained for Maybe<T> {
    fn schema() -> &'static Schema {
        const { &Schema::nullable(T::schema) }
    }
}

impl<T: Constrained> Constrained for Box<T> {
    fn schema() -> &'static Schema {
        T::schema()
    }
}

impl<T: Constrained> Constrained for Vec<T> {
    fn schema() -> &'static Schema {
        const { &Schema::list(T::schema) }
    }
}

impl<T: Constrained> Constrained for BTreeMap<String, T> {
    fn schema() -> &'static Schema {
        const { &Schema::object(&[]).each(T::schema) }
    }
}
