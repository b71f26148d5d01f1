//! What an import makes of a document: base path, resources, extensions.

use gateway::{Account, BasePath, Gateway, Headers, Request, Stage};
use openapi::Placeholders;
use serde_json::{Value, json};

use crate::harness::{document, echo, method};

fn deploy(document: &str, base_path: BasePath) -> Result<Gateway, Vec<&'static str>> {
    let reading = openapi::parse("test.json", document, &Placeholders::none());
    let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    let mut account = Account::new(echo());
    account.base_path = base_path;
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    Gateway::new(api, stage, account).map_err(|found| {
        assert!(found.iter().all(|found| found.origin.is_some()));
        found.iter().filter(|found| found.is_error()).map(|found| found.code).collect()
    })
}

async fn event(gateway: &Gateway, target: &str) -> Option<Value> {
    let answer = gateway.answer(&Request::new("GET", target, Headers::new(), "")).await;
    (answer.status == 200).then(|| serde_json::from_slice(&answer.body).unwrap())
}

fn with_server(url: &str) -> String {
    let paths = json!({ "/": { "get": method(json!({})) }, "/test": { "get": method(json!({})) } });
    let mut text: Value = serde_json::from_str(&document(paths)).unwrap();
    text["servers"] = json!([{ "url": url }]);
    text.to_string()
}

/// The three modes are recorded on AWS.
#[tokio::test]
async fn the_base_path_is_ignored_prepended_or_split() {
    let document = with_server("https://testdomain.com/base-url/part/");
    for (mode, path) in [
        (BasePath::Ignore, "/test"),
        (BasePath::Prepend, "/base-url/part/test"),
        (BasePath::Split, "/part/test"),
    ] {
        let gateway = deploy(&document, mode).unwrap();
        for other in ["/test", "/base-url/part/test", "/part/test", "/base-url"] {
            let event = event(&gateway, &format!("/dev{other}")).await;
            assert_eq!(event.is_some(), other == path, "{mode:?} {other}");
            if let Some(event) = event {
                assert_eq!((&event["resource"], &event["path"]), (&json!(path), &json!(path)));
            }
        }
    }
    let gateway = deploy(&document, BasePath::Prepend).unwrap();
    assert_eq!(event(&gateway, "/dev/base-url/part").await.unwrap()["resource"], "/base-url/part");
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_is_not_part_of_the_resource() {
    let document = document(json!({ "/a/{b}/": { "get": method(json!({})) } }));
    let gateway = deploy(&document, BasePath::default()).unwrap();
    let event = event(&gateway, "/dev/a/1").await.unwrap();
    assert_eq!((&event["resource"], &event["path"]), (&json!("/a/{b}"), &json!("/a/1")));
}

#[test]
fn paths_that_are_no_tree_of_resources_are_refused() {
    let get = || json!({ "get": method(json!({})) });
    for (paths, code) in [
        (json!({ "/a/{id}": get(), "/a/{uid}/b": get() }), "path-variable-sibling"),
        (json!({ "/{proxy+}/b": get() }), "path-below-greedy"),
        (json!({ "/a": get(), "/a/": get() }), "path-twice"),
        (json!({ "/a{b}": get() }), "path-characters"),
    ] {
        assert_eq!(deploy(&document(paths), BasePath::default()).unwrap_err(), [code]);
    }
}

#[test]
fn extensions_nobody_knows_are_refused() {
    let mut text: Value = serde_json::from_str(&document(json!({}))).unwrap();
    text["x-amazon-apigateway-canary"] = json!({ "percentTraffic": 10 });
    let refused = deploy(&text.to_string(), BasePath::default()).unwrap_err();
    assert_eq!(refused, ["unknown-extension"]);
}
