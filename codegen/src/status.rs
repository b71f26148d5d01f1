//! Statuses as variants of enums: of what a handler answers, and of what the client gets.

use openapi::model::ResponseStatus;

/// `Created201`, `ClientError4xx`, `Default`.
pub(crate) fn variant_name(status: ResponseStatus) -> String {
    match status {
        ResponseStatus::Code(code) => format!("{}{code}", words(code)),
        ResponseStatus::Range(class) => {
            let class_name = match class {
                1 => "Informational",
                2 => "Success",
                3 => "Redirection",
                4 => "ClientError",
                _ => "ServerError",
            };
            format!("{class_name}{class}xx")
        }
        ResponseStatus::Default => "Default".to_owned(),
    }
}

/// A status in the words of its RFC.
const fn words(status: u16) -> &'static str {
    match status {
        200 => "Ok",
        201 => "Created",
        202 => "Accepted",
        203 => "NonAuthoritativeInformation",
        204 => "NoContent",
        205 => "ResetContent",
        206 => "PartialContent",
        207 => "MultiStatus",
        300 => "MultipleChoices",
        301 => "MovedPermanently",
        302 => "Found",
        303 => "SeeOther",
        304 => "NotModified",
        307 => "TemporaryRedirect",
        308 => "PermanentRedirect",
        400 => "BadRequest",
        401 => "Unauthorized",
        402 => "PaymentRequired",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        408 => "RequestTimeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "LengthRequired",
        412 => "PreconditionFailed",
        413 => "ContentTooLarge",
        414 => "UriTooLong",
        415 => "UnsupportedMediaType",
        416 => "RangeNotSatisfiable",
        417 => "ExpectationFailed",
        418 => "ImATeapot",
        422 => "UnprocessableContent",
        423 => "Locked",
        424 => "FailedDependency",
        425 => "TooEarly",
        426 => "UpgradeRequired",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        431 => "RequestHeaderFieldsTooLarge",
        451 => "UnavailableForLegalReasons",
        500 => "InternalServerError",
        501 => "NotImplemented",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        507 => "InsufficientStorage",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_names_its_status() {
        assert_eq!(variant_name(ResponseStatus::Code(201)), "Created201");
        assert_eq!(variant_name(ResponseStatus::Code(299)), "Status299");
        assert_eq!(variant_name(ResponseStatus::Range(4)), "ClientError4xx");
        assert_eq!(variant_name(ResponseStatus::Default), "Default");
    }
}
