//! Operations for unit tests.

use openapi::Origin;
use openapi::model::{Method, Operation, PathTemplate, RequestValidator};

/// An open operation without parameters, responses or integration.
pub(crate) fn operation(method: Method, path: &str) -> Operation {
    Operation {
        id: format!("{method} {path}"),
        id_declared: false,
        method,
        path: PathTemplate::parse(path),
        tags: vec![],
        summary: None,
        description: None,
        deprecated: false,
        parameters: vec![],
        request_body: None,
        responses: vec![],
        security: vec![],
        iam_auth: false,
        validator: RequestValidator::default(),
        integration: None,
        origin: Origin::default(),
    }
}
