//! What the document means: `$ref`-free, path-level parameters and security folded in,
//! integrations typed. Code generator, gateway and local runner take only this.

mod draft4;
pub mod endpoint;
pub mod extension;
pub mod gateway_response;
pub mod integration;
pub mod lychgate;
pub mod operation;
pub mod path;
pub mod policy;
pub mod schema;
mod schema_json;
pub mod security;

use indexmap::IndexMap;

use crate::position::Origin;

pub(crate) use draft4::is_pattern;
pub use endpoint::EndpointConfiguration;
pub use extension::{Extension, ExtensionPlace};
pub use gateway_response::{GatewayResponse, GatewayResponseType};
pub use integration::{
    AwsAction, ContentHandling, FunctionReference, Integration, IntegrationResponse,
    IntegrationTarget, IntegrationType, PassthroughBehavior, StatusSelector,
};
pub use lychgate::{
    Access, AccessLevel, AttributeType, Bucket, BucketEvent, Cors, Expiry, Function, KeyAttribute,
    Lychgate, Notification, NotificationTarget, PasswordPolicy, Placeholder, Queue, QueueEvents,
    Role, SsmParameter, Table, TableIndex, UserPool,
};
pub use operation::{
    Header, MediaType, Method, Operation, Parameter, ParameterLocation, ParameterStyle,
    RequestBody, RequestValidator, Response, ResponseStatus,
};
pub use path::{PathTemplate, Segment};
pub use policy::ResourcePolicy;
pub use schema::{
    AdditionalProperties, Discriminator, Property, Schema, SchemaId, SchemaKind, Schemas,
};
pub use security::{AuthType, Authorizer, AuthorizerType, SecurityRequirement, SecurityScheme};

/// A REST API as one OpenAPI document describes it.
#[derive(Clone, Debug, Default)]
pub struct Api {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// `info.description`.
    pub description: Option<String>,
    /// Path of the first server, which an import may be told to put before every path; empty if
    /// there is none. It starts with `/` and does not end with one.
    pub base_path: String,
    /// Every operation, in document order.
    pub operations: Vec<Operation>,
    /// Every schema the document contains, named and inline.
    pub schemas: Schemas,
    /// `components.securitySchemes` by name.
    pub security_schemes: IndexMap<String, SecurityScheme>,
    /// `x-amazon-apigateway-gateway-responses`.
    pub gateway_responses: IndexMap<GatewayResponseType, GatewayResponse>,
    /// `x-amazon-apigateway-binary-media-types`.
    pub binary_media_types: Vec<String>,
    /// `x-amazon-apigateway-minimum-compression-size`, in bytes; `None` switches compression off.
    pub minimum_compression_size: Option<u32>,
    /// `x-amazon-apigateway-api-key-source` is `AUTHORIZER`.
    pub api_key_from_authorizer: bool,
    /// Every `x-amazon-apigateway-*` of the document with its members, in document order.
    pub extensions: Vec<Extension>,
    /// Where each member of the document's root stands, by its key.
    pub root_origins: IndexMap<String, Origin>,
    /// `x-amazon-apigateway-policy`.
    pub policy: Option<ResourcePolicy>,
    /// `x-amazon-apigateway-endpoint-configuration` of the first server.
    pub endpoint: Option<EndpointConfiguration>,
    /// The document's own extension `x-lychgate`.
    pub lychgate: Lychgate,
}

impl Api {
    /// The operation with this operationId.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Whether callers of an operation need an API key: any of its requirements names a scheme
    /// that asks for one (API Gateway knows no alternatives to it).
    pub fn requires_api_key(&self, operation: &Operation) -> bool {
        let schemes = operation.security.iter().flat_map(|requirement| requirement.keys());
        schemes.filter_map(|name| self.security_schemes.get(name)).any(SecurityScheme::is_api_key)
    }

    /// The Cognito authorizer that guards an operation.
    ///
    /// API Gateway has room for one authorizer at a method: the first that `security` names, be it
    /// together with other schemes or as an alternative to them. IAM and functions are authorizers
    /// as well.
    pub fn cognito_authorizer(&self, operation: &Operation) -> Option<&Authorizer> {
        if operation.auth == Some(AuthType::AwsIam) {
            return None;
        }
        let names = operation.security.iter().flat_map(|requirement| requirement.keys());
        let mut schemes = names.filter_map(|name| self.security_schemes.get(name));
        let guard = schemes.find(|scheme| scheme.authorizer.is_some() || scheme.is_iam())?;
        let authorizer = guard.authorizer.as_ref()?;
        (authorizer.kind == AuthorizerType::CognitoUserPools).then_some(authorizer)
    }

    /// Operations by the function (key of `x-lychgate.functions`, or function name) that serves
    /// them, both in document order. Operations without a Lambda proxy integration are left out.
    pub fn operations_by_function(&self) -> IndexMap<&str, Vec<&Operation>> {
        let mut functions: IndexMap<&str, Vec<&Operation>> = IndexMap::new();
        for operation in &self.operations {
            if let Some(function) = operation.proxy_function() {
                functions.entry(&function.key).or_default().push(operation);
            }
        }
        functions
    }

    /// Every function that is called, with the integration or authorizer that calls it: those of
    /// operations in document order, then those of authorizers, whether an operation uses them or
    /// not.
    pub fn called_functions(&self) -> impl Iterator<Item = (&FunctionReference, &Origin)> {
        let integrations = self.operations.iter().filter_map(|operation| {
            let integration = operation.integration.as_ref()?;
            match &integration.target {
                IntegrationTarget::Function(function) => Some((function, &integration.origin)),
                _ => None,
            }
        });
        let authorizers = self.security_schemes.values().filter_map(|scheme| {
            let authorizer = scheme.authorizer.as_ref()?;
            Some((authorizer.function.as_ref()?, &authorizer.origin))
        });
        integrations.chain(authorizers)
    }
}
