//! Calls of operations: what the form holds becomes a request to the gateway, and to nothing else.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gateway::Gateway;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, StatusCode, header};
use http_body_util::Full;
use openapi::Api;
use openapi::model::{Method, Operation, Parameter, ParameterLocation, SchemaKind, Segment};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Web;
use super::answer::{self, Answer};
use super::inputs;
use super::loopback::{self, Answered};
use crate::curl::percent_encoded;

/// Headers that belong to the connection, which is the console's.
const OF_CONNECTION: [HeaderName; 6] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
];

/// What the form holds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    operation: String,
    /// For operations that take any method.
    method: Option<String>,
    #[serde(default)]
    parameters: Vec<Given>,
    /// Names and values.
    #[serde(default)]
    headers: Vec<(String, String)>,
    media_type: Option<String>,
    body: Option<String>,
    /// The access key that the console signs with.
    signer: Option<String>,
    /// The body is base64 of a file.
    #[serde(default)]
    encoded: bool,
}

/// A parameter's value.
#[derive(Debug, Deserialize)]
struct Given {
    location: String,
    name: String,
    value: String,
}

/// Calls the operation; answers what the gateway did, as JSON.
pub(super) async fn answer(web: &Web, body: &[u8]) -> Answer {
    let plan = web.plan();
    let api_key = web.site.parts.api_key();
    let request = serde_json::from_slice::<Call>(body)
        .map_err(|error| format!("The form is not as expected: {error}."))
        .and_then(|call| {
            let request = request(&plan.api, &call, &web.site.base_url, api_key)?;
            signed(request, &call, &web.gateway(), web.authority())
        });
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            return answer::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "error": error }));
        }
    };
    let target = request.uri().to_string();
    let begun = Instant::now();
    match loopback::send(web.authority(), request.map(Full::new)).await {
        Ok(answered) => {
            let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
            answer::json(StatusCode::OK, &shown(&target, &answered, milliseconds))
        }
        Err(error) => answer::json(StatusCode::BAD_GATEWAY, &json!({ "error": error.to_string() })),
    }
}

fn request(
    api: &Api,
    call: &Call,
    base_url: &str,
    api_key: Option<&str>,
) -> Result<Request<Bytes>, String> {
    let operation = api.operation(&call.operation);
    let operation =
        operation.ok_or("The document has no such operation any more: load the page again.")?;
    let method = match (operation.method, &call.method) {
        (Method::Any, method) => method.as_deref().unwrap_or("GET"),
        (method, _) => method.as_str(),
    };
    let stage = base_url.splitn(4, '/').nth(3).unwrap_or_default();
    let target = format!("/{stage}{}", target(api, operation, call)?);
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .body(body(call)?)
        .map_err(|error| format!("This is no request: {error}."))?;
    let headers = request.headers_mut();
    let given = call.parameters.iter().filter(|given| given.location == "header");
    let given = given.map(|given| (given.name.as_str(), given.value.as_str()));
    let more = call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in given.chain(more) {
        let (name, value) = header_of(name, value)?;
        headers.append(name, value);
    }
    let cookies: Vec<_> =
        call.parameters.iter().filter(|given| given.location == "cookie").collect();
    if !cookies.is_empty() {
        let cookies: Vec<_> =
            cookies.iter().map(|given| format!("{}={}", given.name, given.value)).collect();
        let (name, value) = header_of("cookie", &cookies.join("; "))?;
        headers.append(name, value);
    }
    if let Some(media_type) = call.media_type.as_ref().filter(|_| call.body.is_some())
        && !headers.contains_key(CONTENT_TYPE)
    {
        headers.insert(CONTENT_TYPE, header_of("content-type", media_type)?.1);
    }
    add_api_key(api, operation, headers, api_key)?;
    Ok(request)
}

/// The key that was made up for want of one is nothing that anybody would type.
fn add_api_key(
    api: &Api,
    operation: &Operation,
    headers: &mut HeaderMap,
    api_key: Option<&str>,
) -> Result<(), String> {
    let name = HeaderName::from_static("x-api-key");
    if let Some(key) = api_key
        && inputs::needs_api_key(api, operation)
        && !headers.contains_key(&name)
    {
        headers.insert(name, header_of("x-api-key", key)?.1);
    }
    Ok(())
}

/// Signs for the caller whom the form names, unless somebody typed what IAM reads.
fn signed(
    mut request: Request<Bytes>,
    call: &Call,
    gateway: &Gateway,
    authority: &str,
) -> Result<Request<Bytes>, String> {
    let Some(key) = call.signer.as_deref() else { return Ok(request) };
    if request.headers().contains_key(header::AUTHORIZATION) {
        return Ok(request);
    }
    let signer = gateway.signers().find(|signer| signer.access_key() == key);
    let signer = signer.ok_or("The caller's access key is not valid any more: load the page.")?;
    let named = request.headers().iter();
    let named =
        named.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));
    let headers: gateway::Headers = named.collect();
    let url = format!("http://{authority}{}", request.uri());
    let signature = signer.sign(request.method().as_str(), &url, &headers, request.body());
    for (name, value) in signature.map_err(|error| error.to_string())? {
        let (name, value) = header_of(&name, &value)?;
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

fn header_of(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed =
        HeaderName::try_from(name).map_err(|_| format!("`{name}` is no name of a header."))?;
    if OF_CONNECTION.contains(&parsed) {
        return Err(format!("The header `{name}` is the connection's, and not yours to set."));
    }
    let value = HeaderValue::try_from(value).map_err(|_| {
        format!("The header `{name}` cannot have this value: it has line breaks or the like.")
    })?;
    Ok((parsed, value))
}

fn body(call: &Call) -> Result<Bytes, String> {
    let text = call.body.clone().unwrap_or_default();
    if !call.encoded {
        return Ok(text.into());
    }
    let bytes =
        STANDARD.decode(text).map_err(|error| format!("The file did not arrive: {error}."))?;
    Ok(bytes.into())
}

/// Path and query string.
fn target(api: &Api, operation: &Operation, call: &Call) -> Result<String, String> {
    let mut target = String::new();
    for segment in &operation.path.segments {
        target.push('/');
        match segment {
            Segment::Static(text) => target.push_str(text),
            Segment::Parameter(name) => target.push_str(&percent_encoded(given(call, name)?)),
            Segment::Greedy(name) => {
                let parts: Vec<_> = given(call, name)?.split('/').map(percent_encoded).collect();
                target.push_str(&parts.join("/"));
            }
        }
    }
    if target.is_empty() {
        target.push('/');
    }
    let query = call.parameters.iter().filter(|given| given.location == "query");
    let pairs = query.flat_map(|given| {
        let declared = operation
            .parameters
            .iter()
            .find(|it| it.location == ParameterLocation::Query && it.name == given.name);
        let values = match declared {
            Some(parameter) if is_repeated(api, parameter) => given.value.split(',').collect(),
            _ => vec![given.value.as_str()],
        };
        let name = percent_encoded(&given.name);
        values.into_iter().map(move |value| format!("{name}={}", percent_encoded(value)))
    });
    for (index, pair) in pairs.enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        target.push_str(&pair);
    }
    Ok(target)
}

/// Whether each element of a list is a parameter of its own.
fn is_repeated(api: &Api, parameter: &Parameter) -> bool {
    let is_list = |id| matches!(api.schemas[id].kind, SchemaKind::Array { .. });
    parameter.explode && parameter.schema.is_some_and(is_list)
}

fn given<'a>(call: &'a Call, name: &str) -> Result<&'a str, String> {
    let mut parameters = call.parameters.iter().filter(|given| given.location == "path");
    let value = parameters.find(|given| given.name == name).map(|given| given.value.as_str());
    // Dots would lead elsewhere on the way.
    let value = value.filter(|value| !value.is_empty() && *value != "." && *value != "..");
    value.ok_or_else(|| format!("The path needs a value for `{name}`, other than dots."))
}

/// An answer as the page shows it.
fn shown(target: &str, answered: &Answered, milliseconds: f64) -> Value {
    let Answered { status, headers, body } = answered;
    let value = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let id = headers.get("x-amzn-requestid").map(value);
    let listed: Vec<_> = headers
        .iter()
        .filter(|(name, _)| *name != CONTENT_LENGTH)
        .map(|(name, it)| (name.as_str(), value(it)))
        .collect();
    let text = std::str::from_utf8(body).ok();
    json!({
        "target": target,
        "status": status.as_u16(),
        "reason": status.canonical_reason(),
        "milliseconds": (milliseconds * 10.0).round() / 10.0,
        "requestId": id,
        "headers": listed,
        "size": body.len(),
        "body": text.map(answer::pretty),
        "cut": text.is_some_and(|text| text.len() > answer::MAX_SHOWN),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"openapi: 3.0.3
info: { title: t, version: "1" }
paths:
  /files/{folder}/{rest+}:
    get:
      operationId: getFile
      parameters:
        - { name: folder, in: path, required: true, schema: { type: string } }
        - { name: rest, in: path, required: true, schema: { type: string } }
        - { name: tag, in: query, schema: { type: array, items: { type: string } } }
      responses: {}
  /any:
    x-amazon-apigateway-any-method: { operationId: doAny, responses: {} }
"#;

    fn made(call: Value) -> Result<Request<Bytes>, String> {
        let reading = openapi::parse("api.yaml", DOCUMENT, &openapi::Placeholders::none());
        let call = serde_json::from_value(call).unwrap();
        request(&reading.api.unwrap(), &call, "http://127.0.0.1:3000/local", None)
    }

    fn parameter(location: &str, name: &str, value: &str) -> Value {
        json!({ "location": location, "name": name, "value": value })
    }

    #[test]
    fn parameters_go_where_they_belong_and_nowhere_else() {
        let request = made(json!({ "operation": "getFile", "parameters": [
            parameter("path", "folder", "a/b?c"),
            parameter("path", "rest", "d e/f#g"),
            parameter("query", "tag", "x,y&z"),
            parameter("header", "X-Tenant", "north"),
            parameter("cookie", "theme", "dark"),
        ]}))
        .unwrap();
        let target = "/local/files/a%2Fb%3Fc/d%20e/f%23g?tag=x&tag=y%26z";
        assert_eq!(request.uri().to_string(), target);
        assert_eq!(request.headers()["x-tenant"], "north");
        assert_eq!(request.headers()["cookie"], "theme=dark");
    }

    #[test]
    fn what_is_no_request_is_explained() {
        let folder =
            |value| json!([parameter("path", "folder", value), parameter("path", "rest", "r")]);
        for (call, reason) in [
            (json!({ "operation": "gone" }), "no such operation"),
            (json!({ "operation": "getFile" }), "`folder`"),
            (json!({ "operation": "getFile", "parameters": folder("..") }), "`folder`"),
            (json!({ "operation": "doAny", "method": "B AD" }), "no request"),
            (json!({ "operation": "doAny", "headers": [["a b", "c"]] }), "no name"),
            (json!({ "operation": "doAny", "headers": [["a", "b\nc"]] }), "line breaks"),
            (
                json!({ "operation": "doAny", "headers": [["Host", "evil.example"]] }),
                "connection's",
            ),
            (json!({ "operation": "doAny", "body": "?", "encoded": true }), "did not arrive"),
        ] {
            let error = made(call.clone()).unwrap_err();
            assert!(error.contains(reason), "{call}: {error}");
        }
        assert_eq!(
            made(json!({ "operation": "doAny", "method": "PATCH" })).unwrap().method(),
            "PATCH"
        );
    }
}
