//! Parameters of an operation as arguments of its builder.

use openapi::Diagnostic;
use openapi::model::{Operation, Parameter, ParameterLocation, ParameterStyle, SchemaId};
use proc_macro2::TokenStream;

use super::body::Body;
use super::call::{Planner, Wire};
use super::naming::{self, Scope};
use super::shape::{self, Shape};

/// Names that a builder and the code that sends its request use themselves.
const RESERVED: &[&str] = &[
    "body",
    "body_map",
    "client",
    "clone",
    "encode_path",
    "header_map",
    "info",
    "new",
    "request",
    "response",
    "result",
    "send",
    "stream",
    "url",
];

/// Where progenitor puts an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
}

/// One argument.
#[derive(Debug)]
pub(super) struct Argument {
    /// Name in the document.
    pub name: String,
    /// Name progenitor is told.
    pub told: String,
    /// Name of the builder's method.
    pub method: String,
    /// Where it goes.
    pub place: Place,
    /// Whether the builder refuses to send without.
    pub required: bool,
    /// Prose.
    pub description: Option<String>,
    /// Its type.
    pub rust: TokenStream,
}

impl Argument {
    pub(super) fn is_path(&self, name: &str) -> bool {
        self.place == Place::Path && self.name == name
    }
}

/// The arguments of `operation`; an error says why it cannot be called.
pub(super) fn plan(
    planner: &mut Planner<'_, '_>,
    operation: &Operation,
    body: Option<&Body>,
    wire: &mut Wire,
) -> Result<Vec<Argument>, String> {
    let scope = Scope::with_reserved(RESERVED);
    let mut list = List { planner, wire, scope, arguments: Vec::new() };
    // Path first: of two parameters with one name the one in the path keeps it.
    for name in operation.path.parameter_names() {
        list.path(operation, name)?;
    }
    for parameter in &operation.parameters {
        match parameter.location {
            ParameterLocation::Path => list.check_in_path(operation, parameter),
            ParameterLocation::Query => list.query(parameter),
            ParameterLocation::Header => list.header(parameter)?,
            ParameterLocation::Cookie => list.cookie(parameter),
        }
    }
    if body.is_some_and(|body| body.caller_names_type) {
        list.content_type();
    }
    Ok(list.arguments)
}

struct List<'p, 'a, 'r> {
    planner: &'p mut Planner<'a, 'r>,
    wire: &'p mut Wire,
    scope: Scope,
    arguments: Vec<Argument>,
}

impl<'a> List<'_, 'a, '_> {
    fn path(&mut self, operation: &Operation, name: &str) -> Result<(), String> {
        if self.arguments.iter().any(|argument| argument.is_path(name)) {
            return Ok(());
        }
        let declared = operation
            .parameters
            .iter()
            .find(|p| p.location == ParameterLocation::Path && p.name == name);
        if declared.is_some_and(|p| p.style != ParameterStyle::Simple) {
            return Err(format!("the style of its path parameter {name} is not supported"));
        }
        let rust = declared.map_or_else(shape::text, |p| self.single(p));
        let method = self.claim(name, "path");
        self.arguments.push(Argument {
            name: name.to_owned(),
            told: method.clone(),
            method,
            place: Place::Path,
            required: true,
            description: declared.and_then(|p| p.description.clone()),
            rust,
        });
        Ok(())
    }

    fn check_in_path(&mut self, operation: &Operation, parameter: &Parameter) {
        if !operation.path.parameter_names().any(|name| name == parameter.name) {
            self.left_out(parameter, "the path has no variable of this name");
        }
    }

    fn query(&mut self, parameter: &Parameter) {
        let shape = self.shape(parameter);
        let deep = parameter.style == ParameterStyle::DeepObject;
        match shape {
            Shape::Scalar(rust) => {
                self.push_query(parameter, &parameter.name, parameter.required, rust, None);
            }
            Shape::List(rust) => {
                let sign = separator(parameter);
                self.push_query(parameter, &parameter.name, parameter.required, rust, sign);
            }
            Shape::Object(properties) if deep || parameter.explode => {
                for property in properties {
                    let name = match deep {
                        true => format!("{}[{}]", parameter.name, property.name),
                        false => property.name.clone(),
                    };
                    let required = parameter.required && property.required;
                    let rust = self.property(parameter, &name, property.schema);
                    self.push_query(parameter, &name, required, rust, None);
                }
            }
            Shape::Object(_) | Shape::Text => {
                self.as_text(parameter);
                self.push_query(
                    parameter,
                    &parameter.name,
                    parameter.required,
                    shape::text(),
                    None,
                );
            }
        }
    }

    /// The type of one property of an object that is spread over the query.
    fn property(&mut self, parameter: &Parameter, name: &str, id: SchemaId) -> TokenStream {
        match shape::of(self.planner.api, self.planner.types, id) {
            Shape::Scalar(rust) | Shape::List(rust) => rust,
            Shape::Object(_) | Shape::Text => {
                self.warn_text(parameter, name);
                shape::text()
            }
        }
    }

    fn push_query(
        &mut self,
        parameter: &Parameter,
        name: &str,
        required: bool,
        rust: TokenStream,
        separator: Option<&'static str>,
    ) {
        let method = self.claim(name, "query");
        let told = if is_kept(name, &method) { name.to_owned() } else { method.clone() };
        if told != name || separator.is_some() {
            self.wire.query.push((told.clone(), name.to_owned(), separator));
        }
        self.push(parameter, told, method, Place::Query, required, rust);
    }

    fn header(&mut self, parameter: &Parameter) -> Result<(), String> {
        if !naming::is_header_name(&parameter.name) {
            if parameter.required {
                return Err(format!("{:?} cannot be the name of a header", parameter.name));
            }
            self.left_out(parameter, "it cannot be the name of a header");
            return Ok(());
        }
        let rust = self.single(parameter);
        let method = self.claim(&parameter.name, "header");
        let told = match is_kept(&parameter.name, &method) {
            true => parameter.name.clone(),
            false => header_alias(&method),
        };
        if told != parameter.name {
            self.wire.headers.push((told.clone(), parameter.name.clone()));
        }
        self.push(parameter, told, method, Place::Header, parameter.required, rust);
        Ok(())
    }

    fn cookie(&mut self, parameter: &Parameter) {
        if !naming::is_header_name(&parameter.name) {
            self.left_out(parameter, "it cannot be the name of a cookie");
            return;
        }
        let rust = self.single(parameter);
        let method = self.claim(&parameter.name, "cookie");
        let told = header_alias(&method);
        self.wire.cookies.push((told.clone(), parameter.name.clone()));
        self.push(parameter, told, method, Place::Header, parameter.required, rust);
    }

    /// The media type of a body that the document leaves open.
    fn content_type(&mut self) {
        if self.arguments.iter().any(|a| a.name.eq_ignore_ascii_case("content-type")) {
            return;
        }
        let method = self.claim("content_type", "header");
        let told = header_alias(&method);
        self.wire.headers.push((told.clone(), "Content-Type".to_owned()));
        self.arguments.push(Argument {
            name: "Content-Type".to_owned(),
            told,
            method,
            place: Place::Header,
            required: true,
            description: Some("Media type of the body.".to_owned()),
            rust: shape::text(),
        });
    }

    fn push(
        &mut self,
        parameter: &Parameter,
        told: String,
        method: String,
        place: Place,
        required: bool,
        rust: TokenStream,
    ) {
        self.arguments.push(Argument {
            name: parameter.name.clone(),
            told,
            method,
            place,
            required,
            description: parameter.description.clone(),
            rust,
        });
    }

    /// The type of a parameter that is one value on the wire.
    fn single(&mut self, parameter: &Parameter) -> TokenStream {
        match self.shape(parameter) {
            Shape::Scalar(rust) => rust,
            Shape::List(_) | Shape::Object(_) | Shape::Text => {
                self.as_text(parameter);
                shape::text()
            }
        }
    }

    fn shape(&self, parameter: &Parameter) -> Shape<'a> {
        match (parameter.schema, &parameter.content_type) {
            (Some(id), None) => shape::of(self.planner.api, self.planner.types, id),
            _ => Shape::Text,
        }
    }

    fn claim(&mut self, name: &str, suffix: &str) -> String {
        let wanted = naming::identifier(name, "parameter");
        self.scope.claim(&wanted, suffix, str::to_owned)
    }

    /// Says that the caller writes the text, unless the document says nothing else.
    fn as_text(&mut self, parameter: &Parameter) {
        if parameter.schema.is_some() {
            self.warn_text(parameter, &parameter.name);
        }
    }

    fn warn_text(&mut self, parameter: &Parameter, name: &str) {
        self.planner.diagnostics.push(
            Diagnostic::warning(
                "client-parameter-as-text",
                &parameter.origin,
                format!(
                    "the client takes {} parameter {name} as the text to send",
                    parameter.location.as_str()
                ),
            )
            .with_help("a string, number or boolean, or in the query a list of them, is typed"),
        );
    }

    fn left_out(&mut self, parameter: &Parameter, reason: &str) {
        self.planner.diagnostics.push(Diagnostic::warning(
            "client-parameter-left-out",
            &parameter.origin,
            format!(
                "the client never sends {} parameter {:?}: {reason}",
                parameter.location.as_str(),
                parameter.name
            ),
        ));
    }
}

/// Whether progenitor may be told the name on the wire: it makes `method` of it.
fn is_kept(name: &str, method: &str) -> bool {
    naming::is_plain(name) && openapi::names::value_name(name) == method
}

/// A header name that progenitor makes `method` of and that no server knows.
fn header_alias(method: &str) -> String {
    method.replace('_', "-")
}

/// What joins the elements of a list; `None` repeats the name.
fn separator(parameter: &Parameter) -> Option<&'static str> {
    match (parameter.style, parameter.explode) {
        (_, true) => None,
        (ParameterStyle::SpaceDelimited, false) => Some(" "),
        (ParameterStyle::PipeDelimited, false) => Some("|"),
        (_, false) => Some(","),
    }
}
