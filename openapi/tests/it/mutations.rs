//! Whatever the text, reading ends with findings and not with a panic.

use openapi::{Placeholders, Reading, RenderFormat, lint, parse, render};
use proptest::prelude::*;

const OURS: &str = include_str!("../../api.yaml");

/// Reads, lints and prints a text as YAML and as JSON.
fn survive(text: &str) {
    for name in ["text.yaml", "text.json"] {
        let reading = parse(name, text, &Placeholders::none());
        print(&reading);
        if let Some(api) = &reading.api {
            for (id, _) in api.schemas.iter() {
                api.schemas.json_schema(id);
            }
        }
    }
}

fn print(reading: &Reading) {
    let mut found = reading.diagnostics.clone();
    found.extend(lint(reading));
    for format in [RenderFormat::Text, RenderFormat::Colored, RenderFormat::Json] {
        render(&reading.source, &found, format);
    }
}

/// Pieces that mean something in YAML, JSON or OpenAPI.
fn piece() -> impl Strategy<Value = String> {
    let known: &[&str] = &[
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\t",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
        "!!str ",
        "| \n",
        "'",
        "\"",
        "$ref: '#/'",
        "<<: *a",
        "? ",
        "---\n",
        "...",
        "#",
        "~",
        "null",
        "allOf: []",
        "type: object",
        "\u{feff}",
        "\r",
        "'\\",
        "\\ud800",
        "1e999",
        "-0",
        "0x",
        "${",
        "$${a}",
        "%",
    ];
    prop_oneof![proptest::sample::select(known).prop_map(str::to_owned), "\\PC{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        survive(&text);
        survive(&format!("openapi: 3.0.3\n{text}"));
    }

    #[test]
    fn arbitrary_pieces_never_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        survive(&pieces.concat());
        survive(&format!("openapi: 3.0.3\npaths:\n  /a:\n    {}", pieces.concat()));
    }

    #[test]
    fn mutations_of_our_document_never_panic(
        at in any::<prop::sample::Index>(),
        cut in 0_usize..40,
        insert in piece(),
    ) {
        let chars: Vec<char> = OURS.chars().collect();
        let at = at.index(chars.len());
        let end = (at + cut).min(chars.len());
        let text: String = chars[..at].iter().copied().chain(insert.chars()).chain(chars[end..].iter().copied()).collect();
        survive(&text);
    }
}

/// Behind the end of a document the parser may never end.
#[test]
fn brackets_that_are_indented_too_little_end_with_the_document() {
    for rest in ["", "\n--- b", "\n---\n--- {", "\n...\n...\n", "]", "{", "\n% a\n"] {
        survive(&format!("openapi: 3.0.3\npaths:\n  /a:\n    b: {{\n c: d\n}}{rest}"));
        survive(&format!("openapi: 3.0.3\npaths:\n  /a:\n    b: {{\n c: d\n{rest}"));
    }
}

/// A lone carriage return ends a line for the parser, though for nobody else.
#[test]
fn brackets_on_lines_that_end_with_carriage_returns_end() {
    for end in ["\r", "\r\r", "\r\n\r"] {
        survive(&format!("paths:\n  /a:\n    &a {{{end}b: []}}"));
        survive(&format!("paths:\n  /a:\n    [b{end}, c]"));
        survive(&format!("paths:\n  /a:\n    &a{{{end}b: []c"));
    }
}

#[test]
fn hostile_repetition_never_exhausts_the_stack() {
    for piece in [
        "- ", "? ", "[", "{", "{a: ", "{a: [", "&a ", "!!x ", "*a ", "a: ", "'", "\"", "\\", "|\n",
        "- |\n", "<<: ", "---\n", "%", "#", "[]", "{}", "\n", "\r", "\t", " ", ":", ",", "a\n",
        "- &a\n", "{\"a\":", "[[],",
    ] {
        survive(&piece.repeat(20_000));
        survive(&format!("openapi: 3.0.3\nx-a: {}", piece.repeat(20_000)));
    }
    let mut growing = String::from("openapi: 3.0.3\n");
    for depth in 0..200 {
        growing.push_str(&format!("{}a:\n", " ".repeat(depth)));
    }
    survive(&growing);
}

/// Every value of our document replaced by values of every other kind, as JSON.
#[test]
fn every_value_may_be_of_any_type() {
    let reading = parse("api.yaml", OURS, &Placeholders::none());
    let original = reading.document.unwrap().root.to_json();
    let mut pointers = Vec::new();
    collect(&original, String::new(), &mut pointers);
    for pointer in pointers {
        for replacement in
            ["null", "true", "-1.5", "\"text\"", "[]", "[{}]", "{}", r##"{"$ref":"#/paths"}"##]
        {
            let mut changed = original.clone();
            *changed.pointer_mut(&pointer).unwrap() = serde_json::from_str(replacement).unwrap();
            let reading = parse("api.json", &changed.to_string(), &Placeholders::none());
            print(&reading);
        }
    }
}

/// Pointers of one value of each shape: the same key under the same kind of parent is enough.
fn collect(value: &serde_json::Value, pointer: String, pointers: &mut Vec<String>) {
    let inner: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Object(entries) => {
            entries.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect()
        }
        serde_json::Value::Array(items) => {
            items.iter().take(1).enumerate().map(|(i, v)| (i.to_string(), v)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in inner.into_iter().take(4) {
        collect(value, format!("{pointer}/{key}"), pointers);
    }
    pointers.push(pointer);
}
