//! Operations, gateways and contexts for unit tests.

use std::sync::Arc;

use bytes::Bytes;
use openapi::model::{
    FunctionReference, Integration, IntegrationTarget, IntegrationType, Method, Operation,
    PassthroughBehavior, PathTemplate, RequestValidator,
};
use openapi::{Origin, Placeholders};
use proptest::prelude::*;
use serde_json::Value;

use crate::account::Account;
use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::gateway::Gateway;
use crate::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use crate::journal::Journal;
use crate::query::MultiMap;
use crate::request::Request;
use crate::route::Route;
use crate::stage::Stage;

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
        auth: None,
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
        template_origins: indexmap::IndexMap::new(),
        content_handling: None,
        timeout_millis: 29_000,
        responses: vec![],
        insecure_tls: false,
        streams_response: false,
        origin: Origin::default(),
    }
}

/// The gateway of a document, in stage `dev` of an account whose functions do not exist.
pub(crate) fn gateway(document: &str) -> Gateway {
    let reading = openapi::parse("sample.yaml", document, &Placeholders::none());
    let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    Gateway::allowing_unsupported(api, stage, Account::new(Arc::new(NoFunctions)))
}

/// Runs `test` with the exchange of a request that no stage has seen yet.
pub(crate) fn with_exchange<T>(
    gateway: &Gateway,
    request: &Request,
    test: impl FnOnce(&mut Exchange<'_>) -> T,
) -> T {
    test(&mut Exchange {
        gateway,
        request,
        path: &gateway.stage.strip(&request.path).unwrap_or_default(),
        query: &MultiMap::parse_query(request.query.as_deref()),
        journal: &Journal::default(),
        route: Route::unknown(),
        caller: Caller::default(),
    })
}

/// `$context` of a request to an API without paths.
pub(crate) fn context(request: &Request) -> Value {
    let gateway = gateway("{ openapi: 3.0.3, info: { title: a, version: '1' }, paths: {} }");
    with_exchange(&gateway, request, |exchange| exchange.context().to_value())
}

/// Requests as hostile clients send them, as far as the HTTP server lets them through.
pub(crate) fn any_request() -> impl Strategy<Value = Request> {
    let names = vec![
        "Host",
        "host",
        "Accept",
        "Content-Type",
        "X-Forwarded-For",
        "X-Amzn-Trace-Id",
        "X-HTTP-Method-Override",
        "Cookie",
    ];
    let name = prop_oneof![
        prop::sample::select(names).prop_map(str::to_owned),
        "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,8}",
    ];
    let value = prop_oneof![
        "[ -~éü]{0,24}",
        "(application|\\*)/(json|\\*)(;q=[01])?",
        "Root=1-[0-9a-f]{8}-[0-9a-f]{24}"
    ];
    (
        prop::sample::select(vec!["GET", "POST", "HEAD", "OPTIONS", "BREW"]),
        "/dev[/a-c%.0-9é;]{0,16}(\\?[%&;=+a-f0-9é]{0,16})?",
        prop::collection::vec((name, value), 0..6),
        prop::collection::vec(any::<u8>(), 0..24),
    )
        .prop_map(|(method, target, headers, body)| {
            Request::new(method, &target, headers.into_iter().collect(), body)
        })
}

struct NoFunctions;

impl Invoke for NoFunctions {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        _: Bytes,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        Box::pin(async { Err(InvokeError::UnknownFunction(function.name.clone())) })
    }
}
