//! `x-amazon-apigateway-gateway-responses`: answers the gateway itself makes.

use indexmap::IndexMap;

use crate::position::Origin;

macro_rules! gateway_response_types {
    ($($variant:ident = $name:literal,)*) => {
        /// The types of gateway response, as API Gateway names them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the names are the documentation: AWS's own")]
        pub enum GatewayResponseType { $($variant,)* }

        impl GatewayResponseType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// AWS's name, for example `BAD_REQUEST_BODY`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The type with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }
        }
    };
}

gateway_response_types! {
    AccessDenied = "ACCESS_DENIED",
    ApiConfigurationError = "API_CONFIGURATION_ERROR",
    AuthorizerConfigurationError = "AUTHORIZER_CONFIGURATION_ERROR",
    AuthorizerFailure = "AUTHORIZER_FAILURE",
    BadRequestBody = "BAD_REQUEST_BODY",
    BadRequestParameters = "BAD_REQUEST_PARAMETERS",
    Default4xx = "DEFAULT_4XX",
    Default5xx = "DEFAULT_5XX",
    ExpiredToken = "EXPIRED_TOKEN",
    IntegrationFailure = "INTEGRATION_FAILURE",
    IntegrationTimeout = "INTEGRATION_TIMEOUT",
    InvalidApiKey = "INVALID_API_KEY",
    InvalidSignature = "INVALID_SIGNATURE",
    MissingAuthenticationToken = "MISSING_AUTHENTICATION_TOKEN",
    QuotaExceeded = "QUOTA_EXCEEDED",
    RequestTooLarge = "REQUEST_TOO_LARGE",
    ResourceNotFound = "RESOURCE_NOT_FOUND",
    Throttled = "THROTTLED",
    Unauthorized = "UNAUTHORIZED",
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    WafFiltered = "WAF_FILTERED",
}

/// What the document says about one type.
#[derive(Clone, Debug)]
pub struct GatewayResponse {
    /// `statusCode`; `None` keeps the type's own.
    pub status: Option<u16>,
    /// `responseParameters`: `gatewayresponse.header.*` to a static `'value'` or a request parameter.
    pub parameters: IndexMap<String, String>,
    /// `responseTemplates` by media type; simple substitution, not VTL.
    pub templates: IndexMap<String, String>,
    /// Where it is declared.
    pub origin: Origin,
}
