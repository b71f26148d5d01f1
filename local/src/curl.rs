//! A request for an operation as a `curl` line to paste.
//!
//! Pasted in the order of the table the lines work: what a create answers as an identifier is kept
//! in a shell variable, as is the id token of whoever signs in, and the lines that need it read it from
//! there.

use std::fmt::Write as _;

use openapi::Api;
use openapi::model::{
    AuthorizerType, Method, Operation, Parameter, ParameterLocation, Property, ResponseStatus,
    Segment,
};
use openapi::names;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::examples;

/// What stands for itself in any part of a URL (RFC 3986).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A shell line that calls the operation, with this API key if it requires one.
pub(crate) fn line(
    api: &Api,
    operation: &Operation,
    base_url: &str,
    api_key: Option<&str>,
) -> String {
    let kept = made_identifier(api, operation).or_else(|| made_token(api, operation));
    let mut line = String::from(if kept.is_some() { "curl -si" } else { "curl -i" });
    let body = body(api, operation);
    match operation.method {
        Method::Get | Method::Any if body.is_none() => {}
        Method::Head => line.push_str(" -I"),
        Method::Post if body.is_some() => {}
        Method::Any => line.push_str(" -X POST"),
        method => line = format!("{line} -X {method}"),
    }
    line = format!("{line} {}", url(api, operation, base_url));
    for (name, value) in headers(api, operation, api_key) {
        let header = format!("{name}: {value}");
        let header = if value == TOKEN { format!("\"{header}\"") } else { quote(&header) };
        line = format!("{line} -H {header}");
    }
    if let Some((media_type, data)) = body {
        let content_type = quote(&format!("content-type: {media_type}"));
        line = format!("{line} -H {content_type} {data}");
    }
    match kept {
        Some((member, variable)) => format!(
            r#"{variable}=$({line} | tee /dev/stderr | sed -n 's/.*"{member}" *: *"\([^"]*\)".*/\1/p')"#
        ),
        None => line,
    }
}

/// The URL, quoted for the shell.
fn url(api: &Api, operation: &Operation, base_url: &str) -> String {
    let mut url = base_url.trim_end_matches('/').to_owned();
    let mut has_variable = false;
    let mut prefix = String::new();
    for segment in &operation.path.segments {
        url.push('/');
        match segment {
            Segment::Static(text) => url.push_str(text),
            Segment::Parameter(name) | Segment::Greedy(name) => {
                let value = percent_encoded(&text_of(&path_value(api, operation, &prefix, name)));
                match creator(api, &prefix).and_then(|creator| made_identifier(api, creator)) {
                    Some((_, variable)) => {
                        has_variable = true;
                        let _ = write!(url, "${{{variable}:-{value}}}");
                    }
                    None => url.push_str(&value),
                }
            }
        }
        let _ = write!(prefix, "/{}", segment_text(segment));
    }
    if operation.path.segments.is_empty() {
        url.push('/');
    }
    let required = parameters(operation, ParameterLocation::Query);
    for (index, parameter) in required.enumerate() {
        let separator = if index == 0 { '?' } else { '&' };
        let value = percent_encoded(&text_of(&parameter_value(api, parameter)));
        let _ = write!(url, "{separator}{}={value}", percent_encoded(&parameter.name));
    }
    if has_variable { format!("\"{url}\"") } else { quote(&url) }
}

fn segment_text(segment: &Segment) -> String {
    match segment {
        Segment::Static(text) => text.clone(),
        Segment::Parameter(name) => format!("{{{name}}}"),
        Segment::Greedy(name) => format!("{{{name}+}}"),
    }
}

/// The operation that creates members of the collection at this path.
fn creator<'a>(api: &'a Api, collection: &str) -> Option<&'a Operation> {
    api.operations
        .iter()
        .find(|operation| operation.method == Method::Post && operation.path.text == collection)
}

/// The member of a create's answer that identifies what it made, and the shell variable that keeps
/// it; `None` where the caller chose the identifier. Its name cannot be one the shell itself uses
/// (zsh would lose its commands to `path`).
fn made_identifier(api: &Api, operation: &Operation) -> Option<(String, String)> {
    if operation.method != Method::Post {
        return None;
    }
    let answered = answered(api, operation)?;
    let parameter = api.operations.iter().find_map(|member| {
        let rest = member.path.text.strip_prefix(&operation.path.text)?.strip_prefix("/{")?;
        Some(rest.split_once('}')?.0.to_owned())
    })?;
    let is_answered = |name: &&str| answered.iter().any(|property| property.name == *name);
    let member = [parameter.as_str(), "id"].into_iter().find(is_answered)?;
    let chosen = examples::in_request(api, operation, member).is_some();
    (!chosen).then(|| (member.to_owned(), format!("new_{}", names::value_name(&parameter))))
}

/// The member of an answer that holds the id token of whoever signed in with a password, and the shell
/// variable that keeps it; `None` for all operations but one.
fn made_token(api: &Api, operation: &Operation) -> Option<(String, String)> {
    let signs_in = |operation: &&Operation| {
        operation.method == Method::Post
            && examples::in_request(api, operation, "password").is_some()
            && answered(api, operation)
                .is_some_and(|it| it.iter().any(|property| property.name == ID_TOKEN))
    };
    let first = api.operations.iter().find(signs_in)?;
    (first.origin == operation.origin).then(|| (ID_TOKEN.to_owned(), "id_token".to_owned()))
}

/// As Cognito calls it.
const ID_TOKEN: &str = "idToken";

/// The token that was kept, in the shell.
const TOKEN: &str = "${id_token:-ID_TOKEN}";

/// Declared members of an operation's success.
fn answered<'a>(api: &'a Api, operation: &Operation) -> Option<Vec<&'a Property>> {
    let is_success = |status: &ResponseStatus| matches!(status, ResponseStatus::Code(200..=299));
    let answer = operation.responses.iter().find(|response| is_success(&response.status))?;
    let answer = answer.content.iter().find(|media_type| media_type.is_json())?.schema?;
    Some(examples::properties(&api.schemas, answer))
}

/// The value that the line has for a path parameter of the operation.
pub(crate) fn path_example(api: &Api, operation: &Operation, name: &str) -> Value {
    let text = &operation.path.text;
    let places = [format!("/{{{name}}}"), format!("/{{{name}+}}")];
    let place = places.iter().find_map(|place| text.find(place.as_str()));
    let prefix = place.and_then(|place| text.get(..place)).unwrap_or_default();
    path_value(api, operation, prefix, name)
}

/// A path parameter's value: the one the create's example body uses, else an example of its own.
fn path_value(api: &Api, operation: &Operation, prefix: &str, name: &str) -> Value {
    let created = creator(api, prefix).and_then(|creator| examples::in_request(api, creator, name));
    let parameter = operation
        .parameters
        .iter()
        .find(|parameter| parameter.location == ParameterLocation::Path && parameter.name == name);
    created
        .or_else(|| examples::in_request(api, operation, name))
        .or_else(|| parameter.map(|parameter| parameter_value(api, parameter)))
        .unwrap_or_else(|| Value::String(name.to_owned()))
}

/// The value that the line has for a parameter: of a list, its first element.
pub(crate) fn parameter_value(api: &Api, parameter: &Parameter) -> Value {
    let made = parameter.schema.map(|schema| examples::of_schema(&api.schemas, schema));
    match made {
        Some(Value::Array(values)) => values.into_iter().next().unwrap_or_default(),
        Some(value) => value,
        None => Value::String(parameter.name.clone()),
    }
}

/// Required parameters; optional ones only lengthen the line.
fn parameters(
    operation: &Operation,
    location: ParameterLocation,
) -> impl Iterator<Item = &Parameter> {
    operation
        .parameters
        .iter()
        .filter(move |parameter| parameter.location == location && parameter.required)
}

/// Required headers, the API key, and a place for the credentials a security scheme wants.
fn headers(api: &Api, operation: &Operation, api_key: Option<&str>) -> Vec<(String, String)> {
    let mut headers: Vec<_> = parameters(operation, ParameterLocation::Header)
        .map(|parameter| (parameter.name.clone(), text_of(&parameter_value(api, parameter))))
        .collect();
    if api.requires_api_key(operation) && !api.api_key_from_authorizer {
        headers.push(("x-api-key".to_owned(), api_key.unwrap_or("API_KEY").to_owned()));
    }
    let schemes = operation.security.first().into_iter().flat_map(|requirement| requirement.keys());
    let schemes = schemes.filter_map(|name| api.security_schemes.get(name));
    for scheme in schemes.filter(|scheme| !scheme.is_api_key()) {
        match (&scheme.parameter, scheme.location) {
            (Some(name), Some(ParameterLocation::Header)) => {
                let is_cognito = scheme.authorizer.as_ref().map(|authorizer| authorizer.kind)
                    == Some(AuthorizerType::CognitoUserPools);
                let value = if is_cognito { TOKEN } else { "CREDENTIAL" };
                headers.push((name.clone(), value.to_owned()));
            }
            _ if scheme.http_scheme.is_some() => {
                headers.push(("authorization".to_owned(), "Bearer TOKEN".to_owned()));
            }
            _ => {}
        }
    }
    headers
}

/// Media type and data option of an example body; JSON where there is a choice.
fn body(api: &Api, operation: &Operation) -> Option<(String, String)> {
    let content = &operation.request_body.as_ref()?.content;
    let chosen = content.iter().find(|media_type| media_type.is_json()).or(content.first())?;
    let data = match examples::of_media_type(&api.schemas, chosen) {
        Some(example) if chosen.is_json() => format!("-d {}", quote(&example.to_string())),
        Some(Value::String(text)) if chosen.is_text() => format!("--data-binary {}", quote(&text)),
        _ => "--data-binary @FILE".to_owned(),
    };
    Some((chosen.media_type.clone(), data))
}

/// A value as a parameter has it.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// One word of the shell: bare where nothing in it is special, else in single quotes.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A text for any part of a URL.
pub(crate) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://127.0.0.1:3000/local";

    fn api(text: &str) -> Api {
        let reading = openapi::parse("api.yaml", text, &openapi::Placeholders::none());
        reading.api.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
    }

    /// A document with these paths; integrations are of no matter here.
    fn with_paths(paths: &str) -> Api {
        api(&format!("openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\npaths:\n{paths}"))
    }

    fn line_of(api: &Api, operation: &str) -> String {
        line(api, api.operation(operation).unwrap(), BASE, Some("key-1"))
    }

    #[test]
    fn lines_of_the_repositorys_document_can_be_pasted_in_order() {
        let api = api(include_str!("../../openapi/api.yaml"));
        assert_eq!(
            line_of(&api, "createUser"),
            format!(
                "curl -i {BASE}/users -H 'content-type: application/json' \
                 -d '{{\"uid\":\"u-1\",\"username\":\"ada\",\"email\":\"ada@example.com\"}}'"
            )
        );
        assert_eq!(line_of(&api, "getUser"), format!("curl -i {BASE}/users/u-1"));
        let create = line_of(&api, "createItem");
        assert!(create.starts_with(&format!("new_item_id=$(curl -si {BASE}/items ")), "{create}");
        assert!(create.ends_with(r#"sed -n 's/.*"itemId" *: *"\([^"]*\)".*/\1/p')"#), "{create}");
        assert_eq!(line_of(&api, "listItems"), format!("curl -i {BASE}/items"));
        let item =
            format!("\"{BASE}/items/${{new_item_id:-00000000-0000-4000-8000-000000000000}}\"");
        assert_eq!(line_of(&api, "getItem"), format!("curl -i {item}"));
        assert_eq!(line_of(&api, "deleteItem"), format!("curl -i -X DELETE {item}"));
    }

    #[test]
    fn whoever_signs_in_calls_what_wants_a_token() {
        let api = api(include_str!("../../openapi/api.yaml"));
        let sign_in = line_of(&api, "signIn");
        assert!(sign_in.starts_with(&format!("id_token=$(curl -si {BASE}/signin ")), "{sign_in}");
        assert!(line_of(&api, "refreshTokens").starts_with("curl -i "));
        assert!(line_of(&api, "signUp").starts_with("curl -i "));
        let list = format!("curl -i {BASE}/images -H \"Authorization: ${{id_token:-ID_TOKEN}}\"");
        assert_eq!(line_of(&api, "listImages"), list);
    }

    #[test]
    fn required_parameters_are_sent_and_optional_ones_left_out() {
        let api = with_paths(
            r#"  /files/{name}:
    get:
      operationId: getFile
      parameters:
        - { name: name, in: path, required: true, schema: { type: string, example: "a b" } }
        - { name: page, in: query, required: true, schema: { type: integer, minimum: 2 } }
        - { name: size, in: query, schema: { type: integer } }
        - { name: X-Tenant, in: header, required: true, schema: { type: string, enum: [north] } }
      responses: {}
"#,
        );
        let expected = format!("curl -i '{BASE}/files/a%20b?page=2' -H 'X-Tenant: north'");
        assert_eq!(line_of(&api, "getFile"), expected);
    }

    #[test]
    fn an_api_key_is_sent_where_one_is_required() {
        let text = r#"openapi: 3.0.3
info: { title: t, version: "1" }
paths:
  /open: { get: { operationId: getOpen, responses: {} } }
  /keyed: { get: { operationId: getKeyed, security: [{ key: [], oauth: [] }], responses: {} } }
components:
  securitySchemes:
    key: { type: apiKey, name: x-api-key, in: header }
    oauth: { type: http, scheme: bearer }
"#;
        let open = api(text);
        assert_eq!(line_of(&open, "getOpen"), format!("curl -i {BASE}/open"));
        let expected =
            format!("curl -i {BASE}/keyed -H 'x-api-key: key-1' -H 'authorization: Bearer TOKEN'");
        assert_eq!(line_of(&open, "getKeyed"), expected);
        let keyed = open.operation("getKeyed").unwrap();
        assert!(line(&open, keyed, BASE, None).contains("-H 'x-api-key: API_KEY'"));
        let text = format!("{text}x-amazon-apigateway-api-key-source: AUTHORIZER\n");
        assert!(!line_of(&api(&text), "getKeyed").contains("x-api-key"));
    }

    #[test]
    fn bodies_without_example_are_made_from_their_schema() {
        let api = with_paths(
            r#"  /pets:
    put:
      operationId: putPets
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [name, born, tags]
              properties:
                name: { type: string, maxLength: 3 }
                born: { type: string, format: date }
                tags: { type: array, items: { type: string, enum: [tame] } }
                note: { type: string }
      responses: {}
  /images:
    post:
      operationId: postImage
      requestBody: { content: { image/png: { schema: { type: string, format: binary } } } }
      responses: {}
"#,
        );
        let pets = r#"-d '{"name":"tex","born":"2026-01-01","tags":["tame"]}'"#;
        assert!(line_of(&api, "putPets").ends_with(pets), "{}", line_of(&api, "putPets"));
        assert!(
            line_of(&api, "postImage")
                .ends_with("-H 'content-type: image/png' --data-binary @FILE")
        );
    }

    #[test]
    fn schemas_that_contain_themselves_end() {
        let api = api(r##"openapi: 3.0.3
info: { title: t, version: "1" }
paths:
  /trees:
    post:
      operationId: createTree
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Tree" } } } }
      responses: {}
components:
  schemas:
    Tree:
      type: object
      required: [branches]
      properties: { branches: { type: array, items: { $ref: "#/components/schemas/Tree" } } }
"##);
        assert!(line_of(&api, "createTree").contains("branches"));
    }

    #[test]
    fn words_the_shell_would_change_are_quoted() {
        assert_eq!(quote("http://127.0.0.1:3000/local/users"), "http://127.0.0.1:3000/local/users");
        assert_eq!(quote("/users?limit=1&next=2"), "'/users?limit=1&next=2'");
        assert_eq!(quote(r#"{"name":"O'Hara $HOME"}"#), r#"'{"name":"O'\''Hara $HOME"}'"#);
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn path_values_are_percent_encoded() {
        assert_eq!(percent_encoded("a b/ü"), "a%20b%2F%C3%BC");
    }
}
