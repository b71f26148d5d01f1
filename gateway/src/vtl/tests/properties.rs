//! What holds for every template and every body.

use proptest::prelude::*;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-d]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Words of the language; in arbitrary order they make templates that are often well-formed.
const PIECES: &[&str] = &[
    "$a",
    "$!{b}",
    "#set($a = ",
    "#set($b = [",
    "#if(",
    "#else",
    "#elseif(",
    "#end",
    ")",
    "#foreach($c in ",
    "$input.path('$')",
    "$input.json('$..a')",
    ".a",
    "[0]",
    ".get(",
    "'k'",
    "\"$a\"",
    ", ",
    "{",
    "}",
    "]",
    "==",
    "+",
    "-",
    "&&",
    "!",
    "1",
    "2.5",
    "..",
    "#break",
    "#stop",
    "#define($a)",
    "##",
    "#*",
    "*#",
    "\\",
    "\n",
    " ",
    "text",
    "é",
    "(",
    ".size()",
    ".toString()",
    ".replaceAll('.', '$0$0')",
    ".substring(1)",
    ".put($a, $a)",
    ".add($a)",
    ".split('')",
    "$context",
    "$util.escapeJavaScript(",
    "$foreach.index",
    ".keySet()",
    ".entrySet()",
    "#[[",
    "]]#",
    "$",
    "#",
    "\"",
    "'",
];

fn any_template() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn arbitrary_templates_never_panic(template in any_template(), body in any_json()) {
        if let Ok(template) = Template::parse(&template) {
            let _ = template.render(&mut scope(&body.to_string()));
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,64}", body in ".{0,32}") {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.render(&mut scope(&body));
        }
    }

    #[test]
    fn text_without_dollar_hash_and_backslash_is_copied(text in "[^$#\\\\]{0,64}") {
        prop_assert_eq!(render(&text), text);
    }

    #[test]
    fn json_comes_out_as_it_went_in(body in any_json()) {
        prop_assume!(!body.is_null());
        let rendered = render_body("$input.json('$')", &body.to_string());
        let back: Value = serde_json::from_str(&rendered).unwrap();
        let sent: Value = serde_json::from_str(&body.to_string()).unwrap();
        prop_assert_eq!(back, sent);
    }

    #[test]
    fn escaped_text_is_a_json_string(text in "[^']{0,32}") {
        let mut scope = scope("");
        scope.parameters.path.insert("t".to_owned(), text.clone());
        let rendered = render_with("\"$util.escapeJavaScript($input.params('t'))\"", &mut scope).unwrap();
        prop_assert_eq!(serde_json::from_str::<String>(&rendered).unwrap(), text);
    }
}
