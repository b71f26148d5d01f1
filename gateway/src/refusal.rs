//! Refusals: what API Gateway answers itself, by the reason.
//!
//! Two families of default bodies exist: errors raised before the method is dispatched have no
//! space behind the colon (`{"message":"Forbidden"}`), errors raised while it executes have one
//! (`{"message": "Internal server error"}`). Every capture fits that rule. What a policy denies is
//! told under a capital `Message`.

use openapi::model::GatewayResponseType;

/// A request that ends without its integration's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The type a document may customise.
    pub(crate) kind: GatewayResponseType,
    /// Status unless the document says otherwise.
    pub(crate) status: u16,
    /// `x-amzn-ErrorType`.
    pub(crate) error_type: &'static str,
    /// `$context.error.message`; a failing authorizer has none, and its body says `null`.
    pub(crate) message: Option<String>,
    /// `$context.error.validationErrorString`.
    pub(crate) validation_error: Option<String>,
    /// The method was dispatched: its default body has a space behind the colon, and the answer
    /// carries the trace header.
    pub(crate) dispatched: bool,
}

impl Refusal {
    const fn new(kind: GatewayResponseType, status: u16, error_type: &'static str) -> Self {
        Self { kind, status, error_type, message: None, validation_error: None, dispatched: false }
    }

    fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    const fn dispatched(mut self) -> Self {
        self.dispatched = true;
        self
    }

    /// Unknown stage, or no stage at all.
    pub(crate) fn forbidden() -> Self {
        Self::new(GatewayResponseType::Default4xx, 403, "ForbiddenException").saying("Forbidden")
    }

    /// No resource and method for the request: never 404 or 405.
    pub(crate) fn missing_authentication_token() -> Self {
        Self::new(
            GatewayResponseType::MissingAuthenticationToken,
            403,
            "MissingAuthenticationTokenException",
        )
        .saying("Missing Authentication Token")
    }

    /// No resource and method, but an `Authorization` header that is not a signature.
    pub(crate) fn incomplete_signature(message: String) -> Self {
        Self::new(GatewayResponseType::Default4xx, 403, "IncompleteSignatureException")
            .saying(message)
    }

    /// A signature that does not fit its request, or its time, or this API.
    pub(crate) fn invalid_signature(message: impl Into<String>) -> Self {
        Self::new(GatewayResponseType::InvalidSignature, 403, "InvalidSignatureException")
            .saying(message)
    }

    /// An access key or a session token that nobody knows. The name was captured from other services.
    pub(crate) fn unrecognized_client() -> Self {
        Self::new(GatewayResponseType::Default4xx, 403, "UnrecognizedClientException")
            .saying("The security token included in the request is invalid.")
    }

    /// Credentials that were good once.
    pub(crate) fn expired_credentials() -> Self {
        Self::new(GatewayResponseType::ExpiredToken, 403, "ExpiredTokenException")
            .saying("The security token included in the request is expired")
    }

    /// No token, or one that does not let its bearer pass.
    pub(crate) fn unauthorized() -> Self {
        Self::new(GatewayResponseType::Unauthorized, 401, "UnauthorizedException")
            .saying("Unauthorized")
    }

    /// A user pool's token that was good once. `EXPIRED_TOKEN` and its 403 are for AWS credentials.
    pub(crate) fn expired_token() -> Self {
        Self::new(GatewayResponseType::Unauthorized, 401, "UnauthorizedException")
            .saying("The incoming token has expired")
    }

    /// A policy denies the call, or none allows it.
    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new(GatewayResponseType::AccessDenied, 403, "AccessDeniedException").saying(message)
    }

    /// The authorizer's function failed, or was not in time.
    pub(crate) const fn authorizer_failure() -> Self {
        Self::new(GatewayResponseType::AuthorizerFailure, 500, "AuthorizerFailureException")
    }

    /// The authorizer's function cannot be called, or answered something that is no policy.
    pub(crate) const fn authorizer_configuration_error() -> Self {
        Self::new(
            GatewayResponseType::AuthorizerConfigurationError,
            500,
            "AuthorizerConfigurationException",
        )
    }

    /// The ARN of the called method is longer than a policy can name.
    pub(crate) fn request_uri_too_long() -> Self {
        Self::new(GatewayResponseType::Default4xx, 414, "RequestURITooLongException")
            .saying("Request URI too long")
    }

    /// The method requires an API key, and this is not one.
    pub(crate) fn invalid_api_key() -> Self {
        Self::new(GatewayResponseType::InvalidApiKey, 403, "ForbiddenException").saying("Forbidden")
    }

    /// More requests than a throttle allows.
    pub(crate) fn throttled() -> Self {
        Self::new(GatewayResponseType::Throttled, 429, "TooManyRequestsException")
            .saying("Too Many Requests")
    }

    /// More requests than a quota allows.
    pub(crate) fn quota_exceeded() -> Self {
        Self::new(GatewayResponseType::QuotaExceeded, 429, "LimitExceededException")
            .saying("Limit Exceeded")
    }

    /// Required parameters are missing or blank.
    pub(crate) fn missing_parameters(names: &[&str]) -> Self {
        Self::new(GatewayResponseType::BadRequestParameters, 400, "BadRequestException")
            .saying(format!("Missing required request parameters: [{}]", names.join(", ")))
            .dispatched()
    }

    /// The body does not fit its model.
    pub(crate) fn invalid_body(validation_error: String) -> Self {
        let mut refusal =
            Self::new(GatewayResponseType::BadRequestBody, 400, "BadRequestException")
                .saying("Invalid request body")
                .dispatched();
        refusal.validation_error = Some(validation_error);
        refusal
    }

    /// A parameter is mapped from a body that is not JSON. The wording is a careful clone's; AWS's
    /// own is not recorded.
    pub(crate) fn body_is_not_json() -> Self {
        Self::new(GatewayResponseType::Default4xx, 400, "BadRequestException")
            .saying("Invalid JSON in request body")
            .dispatched()
    }

    /// No template for the media type, and passing the body through is not allowed.
    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(GatewayResponseType::UnsupportedMediaType, 415, "BadRequestException")
            .saying("Unsupported Media Type")
            .dispatched()
    }

    /// The event is larger than Lambda takes. Not the documented `REQUEST_TOO_LARGE`, which
    /// cannot be customised, but nothing tells how `DEFAULT_4XX` affects it either.
    pub(crate) fn request_too_long() -> Self {
        Self::new(GatewayResponseType::RequestTooLarge, 413, "BadRequestException")
            .saying("Request Too Long")
            .dispatched()
    }

    /// The document is wrong in a way that shows only now.
    pub(crate) fn configuration_error() -> Self {
        Self::internal(GatewayResponseType::ApiConfigurationError, 500)
    }

    /// The integration failed, or answered something that is not an answer.
    pub(crate) fn integration_failure() -> Self {
        Self::internal(GatewayResponseType::IntegrationFailure, 502)
    }

    /// The host does not resolve or refuses the connection, or the connection broke.
    pub(crate) fn network_error() -> Self {
        Self::new(GatewayResponseType::IntegrationFailure, 504, "InternalServerErrorException")
            .saying("Network error communicating with endpoint")
            .dispatched()
    }

    /// The gateway may not or cannot call the integration.
    pub(crate) fn integration_unavailable() -> Self {
        Self::internal(GatewayResponseType::IntegrationFailure, 500)
    }

    /// The integration took longer than `timeoutInMillis`.
    pub(crate) fn integration_timeout() -> Self {
        Self::new(GatewayResponseType::IntegrationTimeout, 504, "InternalServerErrorException")
            .saying("Endpoint request timed out")
            .dispatched()
    }

    fn internal(kind: GatewayResponseType, status: u16) -> Self {
        Self::new(kind, status, "InternalServerErrorException")
            .saying("Internal server error")
            .dispatched()
    }

    /// The body of a document that does not customise it.
    pub(crate) fn default_body(&self) -> String {
        let message = serde_json::Value::from(self.message.as_deref());
        match (self.kind, self.dispatched) {
            (GatewayResponseType::AccessDenied, _) => format!(r#"{{"Message":{message}}}"#),
            (_, true) => format!(r#"{{"message": {message}}}"#),
            (_, false) => format!(r#"{{"message":{message}}}"#),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths as captured from AWS (`Content-Length`).
    #[test]
    fn default_bodies_have_the_captured_lengths() {
        for (refusal, length) in [
            (Refusal::missing_authentication_token(), 42),
            (Refusal::forbidden(), 23),
            (Refusal::unauthorized(), 26),
            (Refusal::authorizer_configuration_error(), 16),
            (Refusal::invalid_body(String::new()), 35),
            (Refusal::configuration_error(), 36),
            (Refusal::request_too_long(), 31),
            (Refusal::integration_timeout(), 41),
            (Refusal::network_error(), 56),
        ] {
            assert_eq!(refusal.default_body().len(), length, "{refusal:?}");
        }
    }

    #[test]
    fn missing_parameters_are_listed() {
        assert_eq!(
            Refusal::missing_parameters(&["x-header-param", "issuer"]).default_body(),
            r#"{"message": "Missing required request parameters: [x-header-param, issuer]"}"#
        );
    }
}
