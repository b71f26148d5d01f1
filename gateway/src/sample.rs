//! Operations for unit tests.

use openapi::Origin;
use openapi::model::{
    Integration, IntegrationTarget, IntegrationType, Method, Operation, PassthroughBehavior,
    PathTemplate, RequestValidator,
};

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

/// An integration without target, templates or responses.
pub(crate) fn integration(kind: IntegrationType) -> Integration {
    Integration {
        kind,
        target: IntegrationTarget::None,
        uri: None,
        http_method: None,
        credentials: None,
        vpc_link: None,
        passthrough: PassthroughBehavior::default(),
        request_parameters: indexmap::IndexMap::new(),
        request_templates: indexmap::IndexMap::new(),
        content_handling: None,
        timeout_millis: 29_000,
        responses: vec![],
        insecure_tls: false,
        streams_response: false,
        origin: Origin::default(),
    }
}
