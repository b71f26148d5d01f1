//! An operation as Rust names it: fields of its request, variants of its response.

use std::collections::BTreeSet;

use openapi::model::{
    Operation, Parameter, ParameterLocation, ParameterStyle, Response, SchemaId, SchemaKind,
    Schemas,
};
use openapi::{Api, Diagnostic, names};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::media::Medium;
use crate::status;
use crate::types::Types;

/// Everything the emitters need of an operation.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) operation: &'a Operation,
    /// The trait's method.
    pub(super) method: Ident,
    pub(super) request: Ident,
    pub(super) response: Ident,
    /// Whether the method gets the claims of the caller's token: a user pool guards it.
    pub(super) has_claims: bool,
    pub(super) fields: Vec<Field<'a>>,
    pub(super) body: Option<Body<'a>>,
    pub(super) variants: Vec<Variant<'a>>,
}

/// A parameter as a field of the request.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) parameter: &'a Parameter,
    pub(super) ident: Ident,
    pub(super) ty: TokenStream,
    /// `runtime::Parameter` as an expression.
    pub(super) declaration: TokenStream,
}

/// The body of the request.
#[derive(Debug)]
pub(super) struct Body<'a> {
    pub(super) description: Option<&'a str>,
    pub(super) required: bool,
    pub(super) media: Vec<Medium>,
    /// The enum over the media types, where there are several.
    pub(super) choice: Ident,
}

/// A declared response as a variant.
#[derive(Debug)]
pub(super) struct Variant<'a> {
    pub(super) declared: &'a Response,
    pub(super) ident: Ident,
    pub(super) headers: Vec<Header<'a>>,
    pub(super) media: Vec<Medium>,
    /// The enum over the media types, where there are several.
    pub(super) choice: Ident,
}

/// A declared header as a field of a variant.
#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) declared: &'a openapi::model::Header,
    pub(super) ident: Ident,
    pub(super) ty: TokenStream,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        api: &'a Api,
        types: &Types,
        operation: &'a Operation,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let request = format_ident!("{}", names::request_type(&operation.id));
        let response = format_ident!("{}", names::response_type(&operation.id));
        let body = operation.request_body.as_ref().filter(|body| !body.content.is_empty());
        Self {
            operation,
            method: format_ident!("{}", names::value_name(&operation.id)),
            has_claims: api.cognito_authorizer(operation).is_some(),
            fields: fields(api, types, operation, diagnostics),
            body: body.map(|body| Body {
                description: body.description.as_deref(),
                required: body.required,
                media: Medium::of(&body.content, types),
                choice: format_ident!("{request}Body"),
            }),
            variants: variants(types, operation, &response),
            request,
            response,
        }
    }

    /// `POST /users`, as prose names the operation.
    pub(super) fn route(&self) -> String {
        format!("{} {}", self.operation.method, self.operation.path)
    }
}

fn fields<'a>(
    api: &'a Api,
    types: &Types,
    operation: &'a Operation,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Field<'a>> {
    // Names that the request struct uses itself.
    let mut taken = BTreeSet::from(["body".to_owned(), "method".to_owned()]);
    let mut fields = Vec::with_capacity(operation.parameters.len());
    for parameter in &operation.parameters {
        let declaration = match declaration(&api.schemas, parameter) {
            Ok(declaration) => declaration,
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                continue;
            }
        };
        let mut name = names::value_name(&parameter.name);
        if taken.contains(&name) {
            name = format!("{name}_{}", parameter.location.as_str());
        }
        let ident = unique(&mut taken, &name);
        let ty = parameter.schema.map_or_else(|| quote!(String), |schema| types.rust_type(schema));
        fields.push(Field { parameter, ident, ty, declaration });
    }
    fields
}

/// The name, with a number behind it if it is taken.
fn unique(taken: &mut BTreeSet<String>, name: &str) -> Ident {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}_{number}");
        number += 1;
    }
    format_ident!("{candidate}")
}

/// What the text of a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Single,
    List,
    Object,
}

impl Shape {
    /// The run time's reading of texts looks through composed schemas in the same way.
    fn of(schemas: &Schemas, id: SchemaId, depth: usize) -> Self {
        match &schemas[id].kind {
            SchemaKind::Array { .. } => Self::List,
            SchemaKind::Object { .. } => Self::Object,
            SchemaKind::AllOf(parts)
            | SchemaKind::OneOf { variants: parts, .. }
            | SchemaKind::AnyOf { variants: parts, .. }
                if depth < MAX_DEPTH =>
            {
                let shapes = parts.iter().map(|part| Self::of(schemas, *part, depth + 1));
                shapes.into_iter().find(|shape| *shape != Self::Single).unwrap_or(Self::Single)
            }
            _ => Self::Single,
        }
    }
}

/// Schemas within schemas that are looked through; more than that is a circle.
const MAX_DEPTH: usize = 32;

/// The parameter as the run time declares it.
fn declaration(schemas: &Schemas, parameter: &Parameter) -> Result<TokenStream, Diagnostic> {
    let name = &parameter.name;
    let location = format_ident!("{}", parameter.location.as_str());
    let base = quote!(runtime::Parameter::#location(#name));
    if parameter.content_type.is_some() {
        return Ok(quote!(#base.json()));
    }
    let shape = parameter.schema.map_or(Shape::Single, |id| Shape::of(schemas, id, 0));
    let repeated =
        matches!(parameter.location, ParameterLocation::Query | ParameterLocation::Cookie)
            && parameter.explode;
    match (shape, parameter.style) {
        (_, ParameterStyle::Matrix | ParameterStyle::Label | ParameterStyle::DeepObject)
        | (Shape::Object, _) => Err(unsupported(parameter, shape)),
        (Shape::Single, _) => Ok(base),
        (Shape::List, _) if repeated => Ok(quote!(#base.repeated())),
        (Shape::List, ParameterStyle::SpaceDelimited) => Ok(quote!(#base.separated(' '))),
        (Shape::List, ParameterStyle::PipeDelimited) => Ok(quote!(#base.separated('|'))),
        (Shape::List, ParameterStyle::Simple | ParameterStyle::Form) => {
            Ok(quote!(#base.separated(',')))
        }
    }
}

fn unsupported(parameter: &Parameter, shape: Shape) -> Diagnostic {
    let location = parameter.location.as_str();
    let what = match (shape, parameter.style) {
        (_, ParameterStyle::DeepObject) => "style `deepObject`",
        (_, ParameterStyle::Matrix) => "style `matrix`",
        (_, ParameterStyle::Label) => "style `label`",
        _ => "an object in its text",
    };
    let message =
        format!("{location} parameter `{}` has {what}, which handlers cannot read", parameter.name);
    Diagnostic::error("unsupported-parameter", &parameter.origin, message).with_help(
        "declare one parameter for each value, or the whole by `content: {application/json: ...}`",
    )
}

fn variants<'a>(types: &Types, operation: &'a Operation, response: &Ident) -> Vec<Variant<'a>> {
    let variants = operation.responses.iter().map(|declared| {
        let ident = format_ident!("{}", status::variant_name(declared.status));
        let mut taken = BTreeSet::from(["body".to_owned(), "status".to_owned()]);
        // OpenAPI 3.0: a declared Content-Type header is ignored, `content` says it.
        let headers = declared
            .headers
            .iter()
            .filter(|header| !header.name.eq_ignore_ascii_case("content-type"))
            .map(|header| Header {
                declared: header,
                ident: unique(&mut taken, &names::value_name(&header.name)),
                ty: header.schema.map_or_else(|| quote!(String), |schema| types.rust_type(schema)),
            });
        Variant {
            declared,
            headers: headers.collect(),
            media: Medium::of(&declared.content, types),
            choice: format_ident!("{response}{ident}Body"),
            ident,
        }
    });
    variants.collect()
}
