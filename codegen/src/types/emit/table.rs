//! The constraints of a type as a constant table.

use openapi::model::AdditionalProperties;
use openapi::model::SchemaId;
use openapi::model::schema::Range;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::{Number, Value};

use super::Emit;
use crate::types::item::{Body, Type};
use crate::types::plan::CHECKED_FORMATS;
use crate::types::shape::{Kind, Object, Text};

impl Emit<'_> {
    /// `impl Constrained`.
    pub(super) fn constrained(&self) -> TokenStream {
        let name = self.name();
        let patterns = match &self.item.shape.kind {
            Kind::Text(text) => &text.patterns[..],
            _ => &[],
        };
        let patterns = patterns.iter().enumerate().map(|(at, pattern)| {
            let name = format_ident!("PATTERN_{}", at + 1);
            quote! {
                static #name: validation::Pattern =
                    validation::Pattern::new(#pattern);
            }
        });
        let table = self.table();
        let also: Vec<TokenStream> =
            self.item.shape.also.iter().map(|id| self.link_to(*id)).collect();
        let body = if also.is_empty() {
            quote! {
                static SCHEMA: validation::Schema = #table;
                &SCHEMA
            }
        } else {
            quote! {
                fn own() -> &'static validation::Schema {
                    static OWN: validation::Schema = #table;
                    &OWN
                }
                #(static NOT: validation::Schema = validation::Schema::not(#also);)*
                fn not() -> &'static validation::Schema {
                    &NOT
                }
                static SCHEMA: validation::Schema =
                    validation::Schema::all_of(&[
                        validation::Part::new("own", own),
                        validation::Part::new("not", not),
                    ]);
                &SCHEMA
            }
        };
        quote! {
            impl validation::Constrained for #name {
                fn schema() -> &'static validation::Schema {
                    #(#patterns)*
                    #body
                }
            }
        }
    }

    /// The table of a type, as a function that answers it.
    pub(super) fn link(&self, ty: &Type) -> TokenStream {
        let path = self.ty(ty);
        match ty {
            // A path with arguments, or no path at all.
            Type::List(_) | Type::Map(_) | Type::Nullable(_) | Type::JsonObject | Type::Null => {
                quote!(<#path>::schema)
            }
            _ => quote!(#path::schema),
        }
    }

    fn link_to(&self, id: SchemaId) -> TokenStream {
        self.link(self.types.types.get(&id).unwrap_or(&Type::Json))
    }

    fn table(&self) -> TokenStream {
        let shape = &self.item.shape;
        let schema = quote!(validation::Schema);
        let mut table = match &shape.kind {
            Kind::Any | Kind::Same(_) => quote!(#schema::any()),
            Kind::Null => quote!(#schema::null()),
            Kind::Boolean => quote!(#schema::boolean()),
            Kind::Integer { range, .. } => {
                let (low, high) = self.width();
                let range = bounds(range, low, high);
                quote!(#schema::integer() #range)
            }
            Kind::Number { range } => {
                let range = bounds(range, None, None);
                quote!(#schema::number() #range)
            }
            Kind::Text(text) => text_table(text),
            Kind::List { min, max, unique, .. } => {
                let items = match &self.item.body {
                    Body::Newtype(Type::List(items)) => self.link(items),
                    _ => self.link(&Type::Json),
                };
                let count = count(*min, *max);
                let unique = unique.then(|| quote!(.unique()));
                quote!(#schema::list(#items) #count #unique)
            }
            Kind::Object(object) => self.object_table(object),
            Kind::Union { variants, exactly_one, .. } => self.union_table(variants, *exactly_one),
            Kind::All(parts) => {
                let parts = parts.iter().map(|id| {
                    let link = self.link_to(*id);
                    quote!(validation::Part::new("part", #link))
                });
                quote!(#schema::all_of(&[#(#parts),*]))
            }
            Kind::Not(other) => {
                let link = self.link_to(*other);
                quote!(#schema::not(#link))
            }
        };
        if let Some(literals) = &shape.literals {
            let literals = literals.iter().map(literal);
            table.extend(quote!(.literals(&[#(#literals),*])));
        }
        table
    }

    /// The range of the integer inside, where the document does not bound it closer.
    fn width(&self) -> (Option<i128>, Option<i128>) {
        let Body::Newtype(Type::Integer(width)) = &self.item.body else { return (None, None) };
        let (low, high) = match *width {
            "i8" => (i8::MIN.into(), i8::MAX.into()),
            "i16" => (i16::MIN.into(), i16::MAX.into()),
            "i32" => (i32::MIN.into(), i32::MAX.into()),
            "u8" => (0, u8::MAX.into()),
            "u16" => (0, u16::MAX.into()),
            "u32" => (0, u32::MAX.into()),
            "u64" => (0, u64::MAX.into()),
            _ => (i64::MIN.into(), i64::MAX.into()),
        };
        (Some(low), Some(high))
    }

    fn object_table(&self, object: &Object) -> TokenStream {
        let schema = quote!(validation::Schema);
        let count = count(object.min, object.max);
        match &self.item.body {
            Body::Struct(body) => {
                let properties = body.fields.iter().map(|field| {
                    let ty = match field.nullable {
                        true => field.ty.clone().or_null(),
                        false => field.ty.clone(),
                    };
                    let link = self.link(&ty);
                    let member = &field.member;
                    let need = if field.required { quote!(required) } else { quote!(optional) };
                    quote!(validation::Property::#need(#member, #link))
                });
                let rest = match (&object.additional, &body.rest) {
                    (AdditionalProperties::Denied, _) => quote!(.closed()),
                    (AdditionalProperties::Schema(_), Some((_, ty))) => {
                        let link = self.link(ty);
                        quote!(.each(#link))
                    }
                    _ => TokenStream::new(),
                };
                quote!(#schema::object(&[#(#properties),*]) #rest #count)
            }
            Body::Newtype(Type::Map(values)) => {
                let link = self.link(values);
                quote!(#schema::object(&[]).each(#link) #count)
            }
            _ => quote!(#schema::object(&[]) #count),
        }
    }

    fn union_table(&self, variants: &[SchemaId], exactly_one: bool) -> TokenStream {
        let schema = quote!(validation::Schema);
        let way = if exactly_one { quote!(one_of) } else { quote!(any_of) };
        let Body::Union { variants, tag } = &self.item.body else {
            let parts = variants.iter().map(|id| {
                let link = self.link_to(*id);
                quote!(validation::Part::new("alternative", #link))
            });
            return quote!(#schema::#way(&[#(#parts),*]));
        };
        let parts = variants.iter().map(|variant| {
            let (name, tags, link) = (&variant.name, &variant.tags, self.link(&variant.ty));
            match tag {
                Some(_) => quote!(validation::Part::tagged(&[#(#tags),*], #name, #link)),
                None => quote!(validation::Part::new(#name, #link)),
            }
        });
        let tag = tag.as_ref().map(|tag| quote!(.tag(#tag)));
        quote!(#schema::#way(&[#(#parts),*]) #tag)
    }
}

fn text_table(text: &Text) -> TokenStream {
    let count = count(text.min, text.max);
    let names = (1..=text.patterns.len()).map(|at| format_ident!("PATTERN_{at}"));
    let patterns = (!text.patterns.is_empty()).then(|| quote!(.patterns(&[#(&#names),*])));
    let format = CHECKED_FORMATS.iter().find(|(name, _)| Some(*name) == text.format.as_deref());
    let format = format.map(|(_, variant)| {
        let variant = format_ident!("{variant}");
        quote!(.format(validation::Format::#variant))
    });
    quote!(validation::Schema::text() #count #patterns #format)
}

fn count(min: Option<u64>, max: Option<u64>) -> TokenStream {
    let min = min.filter(|&min| min > 0).map(Literal::u64_unsuffixed).map(|min| quote!(.min(#min)));
    let max = max.map(Literal::u64_unsuffixed).map(|max| quote!(.max(#max)));
    quote!(#min #max)
}

/// Bounds of the document; where it has none, or one beyond the width, those of the width.
fn bounds(range: &Range, low: Option<i128>, high: Option<i128>) -> TokenStream {
    let value = |number: &Number| number.as_f64().unwrap_or_default();
    #[allow(clippy::cast_precision_loss, reason = "near the end of the width both bounds serve")]
    let minimum =
        range.minimum.as_ref().filter(|own| low.is_none_or(|low| value(own) >= low as f64));
    #[allow(clippy::cast_precision_loss, reason = "near the end of the width both bounds serve")]
    let maximum =
        range.maximum.as_ref().filter(|own| high.is_none_or(|high| value(own) <= high as f64));
    let lower = match (minimum, low) {
        (Some(own), _) if range.exclusive_minimum => call(own, "above", "above_decimal"),
        (Some(own), _) => call(own, "at_least", "at_least_decimal"),
        (None, Some(low)) => bound("at_least", low),
        (None, None) => TokenStream::new(),
    };
    let upper = match (maximum, high) {
        (Some(own), _) if range.exclusive_maximum => call(own, "below", "below_decimal"),
        (Some(own), _) => call(own, "at_most", "at_most_decimal"),
        (None, Some(high)) => bound("at_most", high),
        (None, None) => TokenStream::new(),
    };
    let step = range.multiple_of.as_ref().filter(|step| value(step) > 0.0);
    let step = step.map(|step| call(step, "multiple_of", "multiple_of_decimal"));
    quote!(#lower #upper #step)
}

fn bound(method: &str, value: i128) -> TokenStream {
    let (method, value) = (format_ident!("{method}"), Literal::i128_unsuffixed(value));
    quote!(.#method(#value))
}

fn call(number: &Number, integer: &str, decimal: &str) -> TokenStream {
    match whole(number) {
        Some(value) => bound(integer, value),
        None => {
            let value = Literal::f64_unsuffixed(number.as_f64().unwrap_or_default());
            let method = format_ident!("{decimal}");
            quote!(.#method(#value))
        }
    }
}

fn whole(number: &Number) -> Option<i128> {
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    whole.or_else(|| {
        let value = number.as_f64()?;
        #[allow(clippy::cast_possible_truncation, reason = "whole and far below 2^127")]
        (value.fract() == 0.0 && value.abs() < 1e30).then_some(value as i128)
    })
}

fn literal(value: &Value) -> TokenStream {
    let literal = quote!(validation::Literal);
    match value {
        Value::String(text) => quote!(#literal::Text(#text)),
        Value::Bool(value) => quote!(#literal::Boolean(#value)),
        Value::Number(number) => match whole(number) {
            Some(value) => {
                let value = Literal::i128_unsuffixed(value);
                quote!(#literal::Integer(#value))
            }
            None => {
                let value = Literal::f64_unsuffixed(number.as_f64().unwrap_or_default());
                quote!(#literal::Decimal(#value))
            }
        },
        other => {
            let json = other.to_string();
            quote!(#literal::Json(#json))
        }
    }
}
