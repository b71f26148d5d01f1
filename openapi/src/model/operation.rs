//! Operations: method and path with everything that belongs to them.

use std::fmt;

use indexmap::IndexMap;
use serde_json::Value;

use super::{AuthType, PathTemplate, SchemaId, SecurityRequirement};
use super::{FunctionReference, Integration, IntegrationTarget, IntegrationType};
use crate::position::Origin;

/// The methods a REST API can declare. `TRACE` is not among them (API Gateway refuses it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// `get`
    Get,
    /// `put`
    Put,
    /// `post`
    Post,
    /// `delete`
    Delete,
    /// `options`
    Options,
    /// `head`
    Head,
    /// `patch`
    Patch,
    /// `x-amazon-apigateway-any-method`: every method without an operation of its own.
    Any,
}

impl Method {
    /// Upper-case name; `ANY` for [`Method::Any`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Head => "HEAD",
            Self::Patch => "PATCH",
            Self::Any => "ANY",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Method and path, and what the document says about them.
#[derive(Clone, Debug)]
pub struct Operation {
    /// operationId; made from method and path where the document has none.
    pub id: String,
    /// Whether the document itself names the operationId.
    pub id_declared: bool,
    /// The method.
    pub method: Method,
    /// The path template.
    pub path: PathTemplate,
    /// First tag first.
    pub tags: Vec<String>,
    /// One line.
    pub summary: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// Whether callers should stop using it.
    pub deprecated: bool,
    /// Path-level parameters folded in; in document order, path-level ones first. A variable of
    /// the path that nobody declares is added as a required string, as API Gateway's import does.
    pub parameters: Vec<Parameter>,
    /// The request body, if one is declared.
    pub request_body: Option<RequestBody>,
    /// Declared responses in document order.
    pub responses: Vec<Response>,
    /// Alternatives, each a set of schemes that must all pass; empty means open. The document's
    /// default security is already folded in.
    pub security: Vec<SecurityRequirement>,
    /// `x-amazon-apigateway-auth`.
    pub auth: Option<AuthType>,
    /// What API Gateway checks before the integration.
    pub validator: RequestValidator,
    /// `x-amazon-apigateway-integration`.
    pub integration: Option<Integration>,
    /// Where the operation object stands.
    pub origin: Origin,
}

impl Operation {
    /// Whether it only answers what a browser asks by itself before a request to another origin: an
    /// `OPTIONS` without a name and without a backend, which nobody calls.
    pub fn is_preflight(&self) -> bool {
        let is_mock = |it: &Integration| it.kind == IntegrationType::Mock;
        self.method == Method::Options
            && !self.id_declared
            && self.integration.as_ref().is_some_and(is_mock)
    }

    /// The function that serves the operation through a Lambda proxy integration.
    pub fn proxy_function(&self) -> Option<&FunctionReference> {
        let integration = self.integration.as_ref()?;
        match &integration.target {
            IntegrationTarget::Function(function)
                if integration.kind == IntegrationType::AwsProxy =>
            {
                Some(function)
            }
            _ => None,
        }
    }
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterLocation {
    /// In the path.
    Path,
    /// In the query string.
    Query,
    /// In a header.
    Header,
    /// In a cookie. API Gateway drops it with a warning.
    Cookie,
}

impl ParameterLocation {
    /// The value of `in`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// How arrays and objects are written into a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterStyle {
    /// `a,b`: path and header default.
    Simple,
    /// `name=a&name=b` when exploded, `name=a,b` otherwise: query and cookie default.
    Form,
    /// `;name=a`
    Matrix,
    /// `.a.b`
    Label,
    /// `a b`
    SpaceDelimited,
    /// `a|b`
    PipeDelimited,
    /// `name[key]=value`
    DeepObject,
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// As on the wire.
    pub name: String,
    /// Where it travels.
    pub location: ParameterLocation,
    /// Always true for path parameters.
    pub required: bool,
    /// Prose.
    pub description: Option<String>,
    /// Its schema; `None` where the document declares none (then any text passes).
    pub schema: Option<SchemaId>,
    /// The media type of a parameter that is declared by `content` instead of `schema`.
    pub content_type: Option<String>,
    /// Serialisation style.
    pub style: ParameterStyle,
    /// Whether every array element repeats the name.
    pub explode: bool,
    /// Where it is declared.
    pub origin: Origin,
}

/// The body a request may or must have.
#[derive(Clone, Debug)]
pub struct RequestBody {
    /// Whether it may be left out.
    pub required: bool,
    /// Prose.
    pub description: Option<String>,
    /// By media type, in document order.
    pub content: Vec<MediaType>,
    /// Where it is declared.
    pub origin: Origin,
}

/// One media type of a body.
#[derive(Clone, Debug)]
pub struct MediaType {
    /// For example `application/json`; lower case, parameters kept.
    pub media_type: String,
    /// Its schema, if declared.
    pub schema: Option<SchemaId>,
    /// First example: `example`, else the first of `examples`.
    pub example: Option<Value>,
    /// Where it is declared.
    pub origin: Origin,
}

impl MediaType {
    /// The media type without its parameters.
    pub fn essence(&self) -> &str {
        self.media_type.split(';').next().unwrap_or_default().trim()
    }

    /// `application/json` or a `+json` type, parameters aside.
    pub fn is_json(&self) -> bool {
        let essence = self.essence();
        essence == "application/json" || essence.ends_with("+json")
    }

    /// Text other than JSON: a type that is text by definition, so that a body needs no base64.
    pub fn is_text(&self) -> bool {
        const TEXTS: &[&str] = &[
            "application/graphql",
            "application/javascript",
            "application/jwt",
            "application/sql",
            "application/toml",
            "application/x-ndjson",
            "application/x-www-form-urlencoded",
            "application/x-yaml",
            "application/xml",
            "application/yaml",
        ];
        let essence = self.essence();
        essence.starts_with("text/") && !essence.contains('*')
            || essence.ends_with("+xml")
            || essence.ends_with("+yaml")
            || TEXTS.contains(&essence)
    }
}

/// Which statuses a declared response is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResponseStatus {
    /// One code, for example 201.
    Code(u16),
    /// `4XX` is `Range(4)`.
    Range(u8),
    /// `default`.
    Default,
}

impl fmt::Display for ResponseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Range(class) => write!(f, "{class}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A declared response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The statuses it is for.
    pub status: ResponseStatus,
    /// Prose.
    pub description: String,
    /// Declared headers by name.
    pub headers: Vec<Header>,
    /// By media type; empty means no body.
    pub content: Vec<MediaType>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A declared response header.
#[derive(Clone, Debug)]
pub struct Header {
    /// As written.
    pub name: String,
    /// Whether it is always sent.
    pub required: bool,
    /// Prose.
    pub description: Option<String>,
    /// Its schema, if declared.
    pub schema: Option<SchemaId>,
    /// Where it is declared.
    pub origin: Origin,
}

/// What API Gateway checks of a request before the integration; the document's default and the
/// operation's own choice already folded together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestValidator {
    /// Name in `x-amazon-apigateway-request-validators`; `None` when no validator is named.
    pub name: Option<String>,
    /// Check bodies against their schema.
    pub body: bool,
    /// Check that required parameters are present and not blank.
    pub parameters: bool,
}

/// A media-type keyed map of templates.
pub type Templates = IndexMap<String, String>;
