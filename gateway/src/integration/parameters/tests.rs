use std::sync::LazyLock;

use super::*;
use crate::gateway::Gateway;
use crate::request::Request;
use crate::sample;

static GATEWAY: LazyLock<Gateway> = LazyLock::new(|| {
    sample::gateway(
        "{ openapi: 3.0.3, info: { title: a, version: '1' }, paths: { '/{id}': { post: { responses: {} } } } }",
    )
});

fn parameters(
    kind: IntegrationType,
    mappings: &[(&str, &str)],
) -> (RequestParameters, Vec<Diagnostic>) {
    let mut integration = sample::integration(kind);
    integration.request_parameters = mappings
        .iter()
        .map(|(key, value)| (format!("integration.request.{key}"), (*value).to_owned()))
        .collect();
    let mut diagnostics = Vec::new();
    (RequestParameters::new(&integration, &mut diagnostics), diagnostics)
}

/// What the mappings of an HTTP integration make of `POST /dev/a%2Fb%20c?q=1&q=x%26y`.
fn mapped(
    mappings: &[(&str, &str)],
    body: &str,
    scope: Option<&Scope>,
) -> Result<MappedParameters, Refusal> {
    let (parameters, diagnostics) = parameters(IntegrationType::Http, mappings);
    assert!(diagnostics.iter().all(|found| !found.is_error()), "{diagnostics:?}");
    let headers = [("X-A", "1"), ("X-A", "2")].into_iter().collect();
    let request = Request::new("POST", "/dev/a%2Fb%20c?q=1&q=x%26y", headers, body.to_owned());
    sample::with_exchange(&GATEWAY, &request, |exchange| {
        exchange.route.path_parameters = vec![("id", "a%2Fb%20c".to_owned())];
        parameters.map(exchange, scope)
    })
}

fn url(uri: &str, mappings: &[(&str, &str)]) -> String {
    let mapped = mapped(mappings, r#"{"key":"a b/c?d=e&f"}"#, None).unwrap();
    let mut url = mapped.fill(uri);
    append_query(&mut url, &mapped.querystring);
    url
}

fn headers(mapped: &MappedParameters) -> Vec<(&str, &str)> {
    mapped.headers.iter().collect()
}

#[test]
fn headers_are_mapped_from_everywhere_and_empty_ones_are_left_out() {
    let mapped = mapped(
        &[
            ("header.X-One", "method.request.header.X-A"),
            ("header.X-All", "method.request.multivalueheader.X-A"),
            ("header.X-Case", "method.request.header.x-a"),
            ("header.X-Query", "method.request.querystring.q"),
            ("header.X-Static", "'s'"),
            ("header.X-Empty", "''"),
            ("header.X-Stage", "context.stage"),
            ("header.X-Body", "method.request.body.a"),
        ],
        r#"{"a":[1]}"#,
        None,
    );
    let mapped = mapped.unwrap();
    assert_eq!(
        headers(&mapped),
        [
            ("X-One", "2"),
            ("X-All", "1,2"),
            ("X-Query", "x&y"),
            ("X-Static", "s"),
            ("X-Stage", "dev"),
            ("X-Body", "[1]"),
        ]
    );
}

#[test]
fn path_variables_are_filled_where_they_stand() {
    let id = ("path.id", "method.request.path.id");
    let key = ("path.key", "method.request.body.key");
    for (uri, expected) in [
        ("http://h/{id}", "http://h/a%2Fb%20c"),
        ("http://h/{key}", "http://h/a%20b/c%3Fd=e&f"),
        ("http://h/?x={id}&y={key}", "http://h/?x=a%2Fb%20c&y=a%20b%2Fc%3Fd%3De%26f"),
        ("http://h/{id}{id}/{other}", "http://h/a%2Fb%20ca%2Fb%20c/{other}"),
        ("http://h/{", "http://h/{"),
        ("http://h/{{id}}", "http://h/{a%2Fb%20c}"),
    ] {
        assert_eq!(url(uri, &[id, key]), expected, "{uri}");
    }
}

#[test]
fn query_parameters_stand_behind_those_of_the_uri() {
    let one = ("querystring.one", "method.request.querystring.q");
    let all = ("querystring.all", "method.request.multivaluequerystring.q");
    let id = ("querystring.id", "method.request.path.id");
    for (uri, expected) in [
        ("http://h/", "http://h/?one=x%26y&all=1&all=x%26y&id=a%2Fb%20c"),
        ("http://h/?a=b", "http://h/?a=b&one=x%26y&all=1&all=x%26y&id=a%2Fb%20c"),
        ("http://h/?", "http://h/?one=x%26y&all=1&all=x%26y&id=a%2Fb%20c"),
    ] {
        assert_eq!(url(uri, &[one, all, id]), expected, "{uri}");
    }
    assert_eq!(url("http://h/a", &[("querystring.none", "''")]), "http://h/a");
}

#[test]
fn what_a_template_overrides_wins() {
    let mut scope = Scope::default();
    let template = crate::vtl::Template::parse(
        "#set($context.requestOverride.header.x-ONE = 'o')\
         #set($context.requestOverride.querystring.q = 'p')\
         #set($context.requestOverride.path.id = 'a b')",
    );
    template.unwrap().render(&mut scope).unwrap();
    let mappings = [
        ("header.X-One", "'mapped'"),
        ("querystring.q", "method.request.multivaluequerystring.q"),
        ("path.id", "method.request.path.id"),
    ];
    let mapped = mapped(&mappings, "", Some(&scope)).unwrap();
    assert_eq!(headers(&mapped), [("x-ONE", "o")]);
    assert_eq!(mapped.querystring.get_all("q"), ["p"]);
    assert_eq!(mapped.fill("{id}"), "a%20b");
}

#[test]
fn only_a_body_that_begins_like_json_must_be_json() {
    let status = |body| match mapped(&[("header.A", "method.request.body.a")], body, None) {
        Ok(mapped) => mapped.headers.get("A").unwrap_or_default().to_owned(),
        Err(refusal) => refusal.status.to_string(),
    };
    assert_eq!(status(r#" {"a":"b"}"#), "b");
    assert_eq!(status(r#"{"a":"#), "400");
    assert_eq!(status("a=b"), "");
    assert_eq!(status(""), "");
}

#[test]
fn headers_of_the_gateways_own_fail_when_they_have_a_value() {
    for (kind, name, is_illegal) in [
        (IntegrationType::AwsProxy, "Transfer-Encoding", true),
        (IntegrationType::AwsProxy, "connection", true),
        (IntegrationType::HttpProxy, "connection", false),
        (IntegrationType::HttpProxy, "X-Amzn-Trace-Id", true),
        (IntegrationType::AwsProxy, "X-Own", false),
    ] {
        let key = format!("header.{name}");
        let (parameters, diagnostics) = parameters(kind, &[(&key, "context.stage")]);
        assert_eq!(!diagnostics.is_empty(), is_illegal, "{name}");
        let request = Request::new("GET", "/dev", Headers::new(), "");
        let status = sample::with_exchange(&GATEWAY, &request, |exchange| {
            parameters.map(exchange, None).map_err(|refusal| refusal.status)
        });
        assert_eq!(status.err(), is_illegal.then_some(500), "{name}");
    }
    let nothing = mapped(&[("header.Content-Length", "method.request.header.None")], "", None);
    assert!(nothing.is_ok());
}

#[test]
fn what_is_no_mapping_is_reported() {
    for (key, value) in [
        ("cookie.a", "'a'"),
        ("header", "'a'"),
        ("header.a", "unquoted"),
        ("header.a", "integration.response.body"),
        ("header.a", "method.request.cookie.a"),
        ("header.a", "method.request.body.a["),
    ] {
        let (_, found) = parameters(IntegrationType::Http, &[(key, value)]);
        let codes: Vec<_> = found.iter().map(|found| (found.code, found.is_error())).collect();
        assert_eq!(codes, [("mapping-expression", true)], "{key}: {value}");
    }
}

proptest::proptest! {
    #[test]
    fn no_mapping_and_no_body_panics(
        place in "(header|querystring|path)\\.[\\PC]{0,8}",
        value in "(method\\.request\\.(body|body\\.|header\\.|path\\.)|context\\.|')?\\PC{0,20}'?",
        uri in "[{}a-z?&/\\$]{0,20}",
        body in "[\\[{\"']?\\PC{0,20}",
    ) {
        let (parameters, _) = parameters(IntegrationType::Http, &[(&place, &value)]);
        let request = Request::new("POST", "/dev", Headers::new(), body);
        sample::with_exchange(&GATEWAY, &request, |exchange| {
            if let Ok(mapped) = parameters.map(exchange, None) {
                let mut url = mapped.fill(&uri);
                append_query(&mut url, &mapped.querystring);
            }
        });
    }

    #[test]
    fn a_value_comes_back_from_the_query_it_was_written_to(name in "\\PC{1,8}", value: String) {
        let mut parameters = MultiMap::default();
        parameters.push(name.clone(), value.clone());
        let mut url = "http://h/?".to_owned();
        append_query(&mut url, &parameters);
        let read = MultiMap::parse_query(url.split_once('?').map(|(_, query)| query));
        proptest::prop_assert_eq!(read.get_all(&name), [value]);
    }
}
