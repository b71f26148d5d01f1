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

const OPERATORS: &[&str] = &["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "or"];

const METHODS: &[&str] = &[
    "add",
    "get",
    "put",
    "set",
    "remove",
    "contains",
    "indexOf",
    "split",
    "replaceAll",
    "matches",
    "substring",
    "repeat",
    "subList",
    "addAll",
    "putAll",
    "parseInt",
    "compareTo",
    "equals",
];

/// Well-formed expressions.
fn any_expression() -> impl Strategy<Value = String> {
    let leaves = ["$a", "$b.x", "$b[0]", "7", "-2.5", "'k'", "\"$a;\"", "true", "null", "[]", "{}"];
    let leaves =
        [leaves.as_slice(), &["$input.path('$')", "$input.params()", "$context", "[0..3]"]];
    let leaf = prop::sample::select(leaves.concat()).prop_map(str::to_owned);
    leaf.prop_recursive(4, 16, 3, |inner| {
        let arguments = prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            (inner.clone(), prop::sample::select(OPERATORS), inner.clone())
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner).prop_map(|(key, value)| format!("{{{key}: {value}}}")),
            (prop::sample::select(METHODS), arguments)
                .prop_map(|(method, arguments)| format!("$a.{method}({})", arguments.join(", "))),
        ]
    })
}

/// Well-formed templates.
fn any_program() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any_expression().prop_map(|value| format!("#set($a = {value})$a ")),
        any_expression().prop_map(|value| format!("#set($b = {value})$b ")),
        (any_expression(), any_expression())
            .prop_map(|(key, value)| format!("#set($b[{key}] = {value})")),
        any_expression()
            .prop_map(|value| format!("#set($context.responseOverride.header.x = {value})")),
        any_expression().prop_map(|value| format!("$util.escapeJavaScript({value})")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let block = prop::collection::vec(inner, 1..4).prop_map(|parts| parts.concat());
        prop_oneof![
            (any_expression(), block.clone(), block.clone())
                .prop_map(|(condition, yes, no)| format!("#if({condition}){yes}#{{else}}{no}#end")),
            (any_expression(), block.clone())
                .prop_map(|(items, body)| format!("#foreach($a in {items}){body}#end")),
            block.clone().prop_map(|body| format!("#define($b){body}#end$b")),
            block,
        ]
    })
}

proptest! {
    #[test]
    fn well_formed_templates_parse_and_never_panic(program in any_program(), body in any_json()) {
        let template = Template::parse(&program);
        prop_assert!(template.is_ok(), "{program}: {template:?}");
        let _ = template.map(|template| template.render(&mut scope(&body.to_string())));
    }

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
