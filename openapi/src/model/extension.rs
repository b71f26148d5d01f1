//! `x-amazon-apigateway-*`: what of it stands where, whether anything reads it or not.
//!
//! The rest of the model holds what the extensions mean. This is the complete list of what is
//! written, so that whoever executes a document can account for every name in it.

use serde_json::Value;

use crate::position::Origin;
use crate::suggest;

/// In front of every extension of API Gateway.
pub const EXTENSION_PREFIX: &str = "x-amazon-apigateway-";

const ROOT: &[&str] = &[
    "api-key-source",
    "binary-media-types",
    "cors",
    "documentation",
    "endpoint-access-mode",
    "gateway-responses",
    "importexport-version",
    "minimum-compression-size",
    "policy",
    "request-validator",
    "request-validators",
    "security-policy",
];

const AUTHORIZER: &[&str] = &[
    "authorizerCredentials",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "enableSimpleResponses",
    "identitySource",
    "identityValidationExpression",
    "jwtConfiguration",
    "payloadFormatVersion",
    "providerARNs",
    "type",
];

const INTEGRATION: &[&str] = &[
    "cacheKeyParameters",
    "cacheNamespace",
    "connectionId",
    "connectionType",
    "contentHandling",
    "credentials",
    "httpMethod",
    "integrationSubtype",
    "integrationTarget",
    "passthroughBehavior",
    "payloadFormatVersion",
    "requestParameters",
    "requestTemplates",
    "responseTransferMode",
    "responses",
    "timeoutInMillis",
    "tlsConfig",
    "type",
    "uri",
];

/// What a name stands in: a part of the document for extensions, an extension for its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExtensionPlace {
    /// The document's root.
    Root,
    /// An entry of `paths`.
    Path,
    /// An operation.
    Operation,
    /// An entry of `components.securitySchemes`.
    SecurityScheme,
    /// An entry of the root's `servers`.
    Server,
    /// `components`.
    Components,
    /// An entry of the root's `tags`.
    Tag,
    /// Anywhere else, where API Gateway reads no extension.
    Elsewhere,
    /// A member of `x-amazon-apigateway-auth`.
    Auth,
    /// A member of `x-amazon-apigateway-authorizer`.
    Authorizer,
    /// A member of `x-amazon-apigateway-endpoint-configuration`.
    EndpointConfiguration,
    /// A member of a type in `x-amazon-apigateway-gateway-responses`.
    GatewayResponse,
    /// A member of `x-amazon-apigateway-integration`.
    Integration,
    /// A member of an entry of an integration's `responses`.
    IntegrationResponse,
    /// A member of an integration's `tlsConfig`.
    TlsConfig,
    /// A member of a validator in `x-amazon-apigateway-request-validators`.
    RequestValidator,
}

impl ExtensionPlace {
    /// The place in words, for example `an operation`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "the root",
            Self::Path => "a path",
            Self::Operation => "an operation",
            Self::SecurityScheme => "a security scheme",
            Self::Server => "a server",
            Self::Components => "the components",
            Self::Tag => "a tag",
            Self::Elsewhere => "this place",
            Self::Auth => "x-amazon-apigateway-auth",
            Self::Authorizer => "an authorizer",
            Self::EndpointConfiguration => "an endpoint configuration",
            Self::GatewayResponse => "a gateway response",
            Self::Integration => "an integration",
            Self::IntegrationResponse => "an integration response",
            Self::TlsConfig => "tlsConfig",
            Self::RequestValidator => "a request validator",
        }
    }

    /// The names API Gateway knows here, extensions without their prefix (guide,
    /// "x-amazon-apigateway extensions to OpenAPI", complete as of 2026). HTTP APIs' are among
    /// them.
    pub const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Root => ROOT,
            Self::Path => &["any-method"],
            Self::Operation => &["auth", "integration", "request-validator"],
            Self::SecurityScheme => &["authorizer", "authtype"],
            Self::Server => &["endpoint-configuration"],
            Self::Components => &["integrations"],
            Self::Tag => &["tag-value"],
            Self::Elsewhere => &[],
            Self::Auth => &["type"],
            Self::Authorizer => AUTHORIZER,
            Self::EndpointConfiguration => {
                &["disableExecuteApiEndpoint", "ipAddressType", "vpcEndpointIds"]
            }
            Self::GatewayResponse => &["responseParameters", "responseTemplates", "statusCode"],
            Self::Integration => INTEGRATION,
            Self::IntegrationResponse => {
                &["contentHandling", "responseParameters", "responseTemplates", "statusCode"]
            }
            Self::TlsConfig => &["insecureSkipVerification", "serverNameToVerify"],
            Self::RequestValidator => &["validateRequestBody", "validateRequestParameters"],
        }
    }

    /// Places that hold extensions, as opposed to members of one.
    pub const WITH_EXTENSIONS: &'static [Self] = &[
        Self::Root,
        Self::Path,
        Self::Operation,
        Self::SecurityScheme,
        Self::Server,
        Self::Components,
        Self::Tag,
    ];

    /// Extensions whose members are names of their own.
    pub const WITH_MEMBERS: &'static [Self] = &[
        Self::Auth,
        Self::Authorizer,
        Self::EndpointConfiguration,
        Self::GatewayResponse,
        Self::Integration,
        Self::IntegrationResponse,
        Self::TlsConfig,
        Self::RequestValidator,
    ];
}

/// A name that the document uses.
#[derive(Clone, Debug)]
pub struct Extension {
    /// What it stands in.
    pub place: ExtensionPlace,
    /// Without [`EXTENSION_PREFIX`], which members do not have.
    pub name: String,
    /// As written.
    pub value: Value,
    /// Where its key stands.
    pub origin: Origin,
}

impl Extension {
    /// The name as written.
    pub fn written(&self) -> String {
        match ExtensionPlace::WITH_MEMBERS.contains(&self.place) {
            true => self.name.clone(),
            false => format!("{EXTENSION_PREFIX}{}", self.name),
        }
    }

    /// Other places where API Gateway reads an extension of this name.
    pub fn other_places(&self) -> impl Iterator<Item = ExtensionPlace> {
        let places = ExtensionPlace::WITH_EXTENSIONS.iter().copied();
        places.filter(|place| *place != self.place && place.known().contains(&self.name.as_str()))
    }

    /// The known name nearest to this one, for a slip of the pen.
    pub fn nearest(&self) -> Option<&'static str> {
        if self.place.known().is_empty() {
            let all = ExtensionPlace::WITH_EXTENSIONS.iter().flat_map(|place| place.known());
            return suggest::closest(&self.name, all.copied());
        }
        suggest::closest(&self.name, self.place.known().iter().copied())
    }
}
