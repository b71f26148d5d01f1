//! The glue of nasty documents compiles, and does what its document says.
//!
//! The text is checked in by the tests of crate `codegen`, which make it.

macro_rules! glue {
    ($($name:ident $path:literal)*) => {
        $(#[path = $path]
        #[allow(
            dead_code,
            missing_docs,
            non_camel_case_types,
            unreachable_pub,
            clippy::all,
            clippy::too_many_lines,
            reason = "generated, and only compiled here"
        )]
        #[rustfmt::skip]
        mod $name;)*
    };
}

glue! {
    bodies "../../../codegen/tests/output/operation/bodies.rs"
    methods "../../../codegen/tests/output/operation/methods.rs"
    names "../../../codegen/tests/output/operation/names.rs"
    parameters "../../../codegen/tests/output/operation/parameters.rs"
    responses "../../../codegen/tests/output/operation/responses.rs"
    security "../../../codegen/tests/output/operation/security.rs"
}

use std::sync::Mutex;
use std::time::SystemTime;

use bodies::{PatchSeveralRequest, PatchSeveralRequestBody as Body};
use handlers::runtime::{
    Claims, Context, Failure, FromEvent, IntoProxyResponse, ProxyRequest, Refusal, StatusIn,
};
use responses::{GetThingsResponse, GetThingsResponseDefaultBody};
use serde_json::{Value, json};

fn patch(content_type: &str) -> Result<Body, Refusal> {
    let event: ProxyRequest = serde_json::from_value(json!({
        "httpMethod": "PATCH", "resource": "/several/{id}", "pathParameters": {"id": "1"},
        "headers": {"content-type": content_type}, "body": "true",
    }))
    .unwrap();
    PatchSeveralRequest::from_event(&event).map(|request| request.body)
}

#[test]
fn the_media_type_chooses_how_a_body_is_read() {
    let merge = patch("application/merge-patch+json");
    assert!(matches!(merge, Ok(Body::ApplicationMergePatchPlusJson(_))));
    let form = patch("application/x-www-form-urlencoded; charset=utf-8");
    assert!(matches!(form, Ok(Body::ApplicationXWwwFormUrlencoded(text)) if text == "true"));
    let bytes = patch("application/octet-stream");
    assert!(matches!(bytes, Ok(Body::ApplicationOctetStream(bytes)) if bytes == b"true"));
    let open = patch("image/webp");
    assert!(matches!(open, Ok(Body::ImageStar(content)) if content.media_type == "image/webp"));
    assert!(matches!(patch("text/plain"), Err(Refusal::UnsupportedMediaType(_))));
}

#[test]
fn ranged_responses_carry_their_status() {
    let status = StatusIn::new(418).unwrap();
    let response = GetThingsResponse::ClientError4xx { status, body: "short".to_owned() };
    let answer = response.into_proxy_response();
    assert_eq!((answer.status, answer.body.as_deref()), (418, Some("short")));
    assert_eq!(answer.headers["Content-Type"], ["text/plain"]);
    let body = GetThingsResponseDefaultBody::TextHtml("<p>".to_owned());
    let status = StatusIn::new(599).unwrap();
    assert_eq!(GetThingsResponse::Default { status, body }.into_proxy_response().status, 599);
}

#[test]
fn bytes_travel_in_base64() {
    let answer = GetThingsResponse::NotModified304(vec![255]).into_proxy_response();
    assert!(answer.is_base64_encoded);
    assert_eq!(answer.body.as_deref(), Some("/w=="));
}

/// Answers every operation, and says whose claims it got.
#[derive(Default)]
struct Things(Mutex<Vec<String>>);

macro_rules! operations {
    ($($method:ident $request:ident $response:ident $($claims:ident)?;)*) => {
        impl security::Thing for Things {
            $(async fn $method(
                &self,
                _: security::$request,
                $($claims: &Claims,)?
                _: &Context,
            ) -> Result<security::$response, Failure> {
                let caller: &[&str] = &[$($claims.sub())?];
                self.0.lock().unwrap().push(caller.concat());
                Ok(security::$response::NoContent204)
            })*
        }
    };
}

// That it compiles is the test: which methods get claims.
operations! {
    root RootRequest RootResponse claims;
    open OpenRequest OpenResponse;
    pooled PooledRequest PooledResponse claims;
    scoped ScopedRequest ScopedResponse claims;
    keyed KeyedRequest KeyedResponse claims;
    optional OptionalRequest OptionalResponse claims;
    either EitherRequest EitherResponse claims;
    asked AskedRequest AskedResponse;
    signed SignedRequest SignedResponse;
    by_auth ByAuthRequest ByAuthResponse;
}

async fn call(things: &Things, resource: &str, authorizer: Value) -> u16 {
    let event: ProxyRequest = serde_json::from_value(json!({
        "httpMethod": "GET", "resource": resource, "requestContext": {"authorizer": authorizer},
    }))
    .unwrap();
    let context = Context::new(&event, "i-1", SystemTime::UNIX_EPOCH);
    security::dispatch(things, &event, &context).await.status
}

#[tokio::test]
async fn what_a_user_pool_guards_is_served_with_claims_and_never_without() {
    let things = Things::default();
    let claims = json!({"claims": {"sub": "ada", "token_use": "id"}});
    for resource in ["/root", "/pooled", "/scoped", "/keyed", "/optional", "/either"] {
        assert_eq!(call(&things, resource, claims.clone()).await, 204, "{resource}");
        for none in [Value::Null, json!({"principalId": "ada"}), json!({"claims": {"sub": "ada"}})]
        {
            assert_eq!(call(&things, resource, none.clone()).await, 500, "{resource} {none}");
        }
    }
    assert_eq!(*things.0.lock().unwrap(), ["ada"; 6]);
}

#[tokio::test]
async fn what_no_user_pool_guards_needs_no_claims() {
    let things = Things::default();
    for resource in ["/open", "/asked", "/signed", "/byAuth"] {
        assert_eq!(call(&things, resource, Value::Null).await, 204, "{resource}");
    }
}
