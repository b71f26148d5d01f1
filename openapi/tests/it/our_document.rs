//! `openapi/api.yaml` itself.

use openapi::{Placeholders, Severity, lint, parse};

const OURS: &str = include_str!("../../api.yaml");

#[test]
fn nothing_is_found_in_our_document() {
    let reading = parse("api.yaml", OURS, &Placeholders::none());
    let found: Vec<_> = reading.diagnostics.iter().chain(&lint(&reading)).cloned().collect();
    assert_eq!(found, []);
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let windows = format!("\u{feff}{}", OURS.replace('\n', "\r\n"));
    let reading = parse("api.yaml", &windows, &Placeholders::none());
    let found: Vec<_> = reading.diagnostics.iter().chain(&lint(&reading)).cloned().collect();
    assert_eq!(found, []);
    let ours = parse("api.yaml", OURS, &Placeholders::none());
    assert_eq!(reading.document.unwrap().root.to_json(), ours.document.unwrap().root.to_json());
    let [windows, unix] = [reading.api.unwrap(), ours.api.unwrap()];
    assert_eq!(windows.operations[3].origin, unix.operations[3].origin);
}

#[test]
fn json_of_our_document_means_the_same() {
    let yaml = parse("api.yaml", OURS, &Placeholders::none());
    let text = yaml.document.as_ref().unwrap().root.to_json().to_string();
    let json = parse("api.json", &text, &Placeholders::none());
    assert_eq!((&json.diagnostics, lint(&json)), (&Vec::new(), Vec::new()));
    let [yaml, json] = [yaml.api.unwrap(), json.api.unwrap()];
    assert_eq!(yaml.operations.len(), json.operations.len());
    for (id, schema) in yaml.schemas.iter() {
        assert_eq!((&schema.kind, &schema.raw), (&json.schemas[id].kind, &json.schemas[id].raw));
    }
}

#[test]
fn functions_have_the_same_keys_whether_placeholders_are_filled_or_not() {
    let filled: Placeholders =
        [("users_function", "lychgate-dev-users"), ("region", "eu-central-1")]
            .into_iter()
            .collect();
    for (placeholders, name) in
        [(Placeholders::none(), "${users_function}"), (filled, "lychgate-dev-users")]
    {
        let api = parse("api.yaml", OURS, &placeholders).api.unwrap();
        let functions = api.operations_by_function();
        let keys: Vec<_> = functions.keys().collect();
        assert_eq!(
            keys,
            [
                &"users",
                &"items",
                &"archives",
                &"deletions",
                &"transfers",
                &"proposals",
                &"identity",
                &"images"
            ]
        );
        let users = functions["users"][0].proxy_function().unwrap();
        assert_eq!(users.name, name);
    }
}

#[test]
fn documents_with_errors_are_linted_all_the_same() {
    let broken = OURS.replacen("memory: 256", "memroy: 256", 1).replacen(
        "      summary: Create a user\n",
        "",
        1,
    );
    let reading = parse("api.yaml", &broken, &Placeholders::none());
    assert!(reading.api.is_none());
    let found: Vec<_> = lint(&reading).iter().map(|found| found.code).collect();
    assert_eq!(found, ["operation-summary"]);
}

#[test]
fn every_finding_of_a_broken_copy_has_a_place() {
    let broken = OURS
        .replacen("operationId: createItem", "operationId: createUser", 1)
        .replacen("memory: 256", "memroy: 256", 1)
        .replacen("type: integer", "type: intger", 1)
        .replacen("#/components/schemas/UserCreated", "#/components/schemas/UserCraeted", 1);
    let reading = parse("api.yaml", &broken, &Placeholders::none());
    assert!(reading.api.is_none());
    let found: Vec<_> =
        reading.diagnostics.iter().map(|found| (found.code, found.severity)).collect();
    assert_eq!(
        found,
        [
            ("unknown-key", Severity::Error),
            ("dangling-reference", Severity::Warning),
            ("duplicate-operation-id", Severity::Error),
            ("unknown-type", Severity::Error),
        ]
    );
    let lines: Vec<&str> = broken.lines().collect();
    for (found, text) in
        reading.diagnostics.iter().zip(["memroy", "UserCraeted", "createUser", "intger"])
    {
        let position = found.origin.as_ref().unwrap().position;
        assert!(lines[position.line - 1][position.column - 1..].contains(text), "{found:?}");
    }
}
