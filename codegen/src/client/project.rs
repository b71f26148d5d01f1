//! The projection that progenitor is shown: requests only, every type opaque.

use std::panic::{AssertUnwindSafe, catch_unwind};

use indexmap::IndexMap;
use openapi::Api;
use openapi::model::Method;
use openapiv3::{
    AnySchema, Components, HeaderStyle, Info, MediaType, OpenAPI, ParameterData,
    ParameterSchemaOrContent, PathItem, PathStyle, QueryStyle, ReferenceOr, RequestBody, Responses,
    Schema, SchemaData, SchemaKind, StringFormat, StringType, Type, VariantOrUnknownOrEmpty,
};
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl};
use quote::quote;

use super::arguments::{Argument, Place};
use super::body::{Body, BodyKind};
use super::call::Call;
use crate::prose;

/// A document for progenitor, and what its components stand for.
pub(super) struct Projection {
    document: OpenAPI,
    /// Rust types; the component of the first is `T0`.
    types: Vec<String>,
}

/// Projects `calls`.
pub(super) fn project(api: &Api, calls: &[Call<'_>]) -> Projection {
    let mut types = Types::default();
    let mut paths: IndexMap<String, ReferenceOr<PathItem>> = IndexMap::new();
    for call in calls {
        let operation = operation(call, &mut types);
        let entry = paths.entry(call.path.clone());
        if let ReferenceOr::Item(item) =
            entry.or_insert_with(|| ReferenceOr::Item(PathItem::default()))
        {
            *slot(item, call.operation.method) = Some(operation);
        }
    }
    let names =
        (0..types.list.len()).map(|index| (component(index), ReferenceOr::Item(anything())));
    let document = OpenAPI {
        openapi: "3.0.3".to_owned(),
        info: Info {
            title: prose::line(&api.title),
            description: api.description.as_deref().map(prose::documentation),
            version: visible_ascii(&api.version),
            ..Info::default()
        },
        paths: openapiv3::Paths { paths, ..openapiv3::Paths::default() },
        components: Some(Components { schemas: names.collect(), ..Components::default() }),
        ..OpenAPI::default()
    };
    Projection { document, types: types.list }
}

/// Runs progenitor. It signals much by panicking; that is caught here, so that no document,
/// however odd, stops the process.
pub(super) fn generate(projection: &Projection) -> Result<TokenStream, String> {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(::client::support::Session));
    for (index, rust) in projection.types.iter().enumerate() {
        settings.with_replacement(component(index), rust, std::iter::empty::<TypeImpl>());
    }
    let run = || Generator::new(&settings).generate_tokens(&projection.document);
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(panic_text(panic.as_ref())),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

/// Rust types by number.
#[derive(Default)]
struct Types {
    list: Vec<String>,
}

impl Types {
    /// A reference to the component that stands for `rust`.
    fn reference(&mut self, rust: &TokenStream) -> ReferenceOr<Schema> {
        let text = rust.to_string().replace(' ', "");
        let index = self.list.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.list.push(text);
            self.list.len() - 1
        });
        ReferenceOr::Reference { reference: format!("#/components/schemas/{}", component(index)) }
    }
}

fn component(index: usize) -> String {
    format!("T{index}")
}

/// The schema of a component is never read: its type is replaced.
fn anything() -> Schema {
    Schema {
        schema_data: SchemaData::default(),
        schema_kind: SchemaKind::Any(AnySchema::default()),
    }
}

/// progenitor puts the version into a header without looking.
fn visible_ascii(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~')).collect()
}

fn slot(item: &mut PathItem, method: Method) -> &mut Option<openapiv3::Operation> {
    match method {
        Method::Get => &mut item.get,
        Method::Put => &mut item.put,
        Method::Post => &mut item.post,
        Method::Delete => &mut item.delete,
        Method::Options => &mut item.options,
        Method::Head => &mut item.head,
        Method::Patch => &mut item.patch,
        // No call has it; TRACE is free in a REST API.
        Method::Any => &mut item.trace,
    }
}

fn operation(call: &Call<'_>, types: &mut Types) -> openapiv3::Operation {
    let parameters =
        call.arguments.iter().map(|argument| ReferenceOr::Item(parameter(argument, types)));
    openapiv3::Operation {
        operation_id: Some(call.name.clone()),
        summary: call.operation.summary.as_deref().map(prose::line),
        description: call.operation.description.as_deref().map(prose::documentation),
        parameters: parameters.collect(),
        request_body: call.body.as_ref().map(|body| ReferenceOr::Item(request_body(body, types))),
        responses: Responses::default(),
        ..openapiv3::Operation::default()
    }
}

fn parameter(argument: &Argument, types: &mut Types) -> openapiv3::Parameter {
    let parameter_data = ParameterData {
        name: argument.told.clone(),
        description: argument.description.as_deref().map(prose::line),
        required: argument.required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(types.reference(&argument.rust)),
        example: None,
        examples: IndexMap::new(),
        explode: None,
        extensions: IndexMap::new(),
    };
    match argument.place {
        Place::Path => openapiv3::Parameter::Path { parameter_data, style: PathStyle::Simple },
        Place::Query => openapiv3::Parameter::Query {
            parameter_data,
            allow_reserved: false,
            style: QueryStyle::Form,
            allow_empty_value: None,
        },
        Place::Header => {
            openapiv3::Parameter::Header { parameter_data, style: HeaderStyle::Simple }
        }
    }
}

fn request_body(body: &Body, types: &mut Types) -> RequestBody {
    let (media_type, schema) = match &body.kind {
        BodyKind::Json(rust) => ("application/json", types.reference(&optional(rust, body))),
        BodyKind::Form(rust) => {
            ("application/x-www-form-urlencoded", types.reference(&optional(rust, body)))
        }
        BodyKind::Text => ("text/plain", ReferenceOr::Item(string(VariantOrUnknownOrEmpty::Empty))),
        BodyKind::Bytes => {
            let binary = VariantOrUnknownOrEmpty::Item(StringFormat::Binary);
            ("application/octet-stream", ReferenceOr::Item(string(binary)))
        }
    };
    let media = MediaType { schema: Some(schema), ..MediaType::default() };
    RequestBody {
        description: body.description.as_deref().map(prose::line),
        content: IndexMap::from([(media_type.to_owned(), media)]),
        required: true,
        extensions: IndexMap::new(),
    }
}

fn optional(rust: &TokenStream, body: &Body) -> TokenStream {
    if body.optional { quote!(::std::option::Option<#rust>) } else { rust.clone() }
}

fn string(format: VariantOrUnknownOrEmpty<StringFormat>) -> Schema {
    let kind = StringType { format, ..StringType::default() };
    Schema { schema_data: SchemaData::default(), schema_kind: SchemaKind::Type(Type::String(kind)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Why there is a projection at all: this document is an ordinary mistake.
    #[test]
    fn a_panic_of_progenitor_is_an_error_with_its_words() {
        let operation = openapiv3::Operation {
            operation_id: Some("getX".to_owned()),
            ..openapiv3::Operation::default()
        };
        let item = PathItem { get: Some(operation), ..PathItem::default() };
        let paths = IndexMap::from([("/x/{undeclared}".to_owned(), ReferenceOr::Item(item))]);
        let document = OpenAPI {
            openapi: "3.0.3".to_owned(),
            paths: openapiv3::Paths { paths, ..openapiv3::Paths::default() },
            ..OpenAPI::default()
        };
        let error = generate(&Projection { document, types: Vec::new() }).unwrap_err();
        assert_eq!(error, "missing path name mapping undeclared");
    }
}
