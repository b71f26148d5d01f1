//! The only place where names are made from the document.
//!
//! operationId `createUser` → method and module `create_user` → types `CreateUserRequest`,
//! `CreateUserResponse`; function key `users` → trait `Users`, bin `users`, placeholder
//! `users_function`, environment of a grant `USERS_TABLE`.

use heck::{ToPascalCase, ToSnakeCase};

use crate::model::Method;

/// Words that cannot be identifiers in Rust's 2024 edition.
const RESERVED: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A function, method, module or field name: `createUser` is `create_user`, `type` is `type_`,
/// `3d` is `_3d`, and text without a letter or digit is `_`-something derived from its characters.
pub fn value_name(text: &str) -> String {
    let name = sanitise(text).to_snake_case();
    if RESERVED.contains(&name.as_str()) { format!("{name}_") } else { leading_digit(name) }
}

/// A type, trait or variant name: `createUser` is `CreateUser`, `Self` is `Self_`.
pub fn type_name(text: &str) -> String {
    let name = sanitise(text).to_pascal_case();
    if name == "Self" { "Self_".to_owned() } else { leading_digit(name) }
}

/// The request struct of an operation.
pub fn request_type(operation_id: &str) -> String {
    format!("{}Request", type_name(operation_id))
}

/// The response enum of an operation.
pub fn response_type(operation_id: &str) -> String {
    format!("{}Response", type_name(operation_id))
}

/// The operationId of an operation that declares none: `GET /users/{uid}` is `getUsersUid`.
pub fn derived_operation_id(method: Method, path: &str) -> String {
    let mut id = method.as_str().to_ascii_lowercase();
    // `{proxy+}` reads `Proxy`: its sign tells nothing apart but a greedy variable from another.
    id.push_str(&sanitise(&path.replace("+}", "}")).to_pascal_case());
    id
}

/// What the placeholder of a function's name ends in.
pub const FUNCTION: &str = "function";
/// What the placeholder of a role's name ends in.
pub const ROLE: &str = "role";
/// What the placeholder of a table's name ends in.
pub const TABLE: &str = "table";
/// What the placeholder of a bucket's name ends in.
pub const BUCKET: &str = "bucket";
/// What the placeholder of a queue's name ends in.
pub const QUEUE: &str = "queue";
/// What the placeholder of a queue's address ends in.
pub const QUEUE_URL: &str = "queue_url";
/// What the placeholder of a queue's `maxReceives` ends in.
pub const QUEUE_MAX_RECEIVES: &str = "queue_max_receives";
/// What the placeholder of a parameter's name ends in.
pub const PARAMETER: &str = "parameter";
/// What the placeholders of a user pool end in.
pub const USER_POOL: &[&str; 3] = &["user_pool_id", "user_pool_arn", "user_pool_client_id"];

/// The placeholder for something that `x-lychgate` declares: the table `users` is `users_table`.
pub fn placeholder(key: &str, suffix: &str) -> String {
    format!("{}_{suffix}", key.to_snake_case())
}

/// Placeholders that every environment fills by itself: a deployment with what it knows, the local
/// runner with made-up values.
pub const AMBIENT: &[&str] = &["region", "account_id", "environment", "vpc_endpoint_id", "vpc_id"];

/// The placeholder for a function's name: `users` is `users_function`.
pub fn function_placeholder(key: &str) -> String {
    placeholder(key, FUNCTION)
}

/// The placeholder for a table's name: `users` is `users_table`.
pub fn table_placeholder(key: &str) -> String {
    placeholder(key, TABLE)
}

/// Replaces what no identifier may hold. Signs that tell two names apart get a word of their own,
/// so that `+1` and `-1` do not collide.
fn sanitise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        match c {
            '-' if index == 0 => out.push_str("minus "),
            '+' => out.push_str(" plus "),
            '*' => out.push_str(" star "),
            '<' => out.push_str(" less "),
            '>' => out.push_str(" greater "),
            '=' => out.push_str(" equal "),
            '!' => out.push_str(" not "),
            '%' => out.push_str(" percent "),
            '$' => out.push_str(" dollar "),
            c if c != '_' && unicode_ident::is_xid_continue(c) => out.push(c),
            _ => out.push(' '),
        }
    }
    if out.trim().is_empty() {
        return text
            .chars()
            .fold("empty".to_owned(), |name, c| format!("{name} u{:x}", u32::from(c)));
    }
    out
}

fn leading_digit(name: String) -> String {
    if !name.starts_with(unicode_ident::is_xid_start) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_operation_id_makes_every_name() {
        assert_eq!(value_name("createUser"), "create_user");
        assert_eq!(type_name("createUser"), "CreateUser");
        assert_eq!(request_type("createUser"), "CreateUserRequest");
        assert_eq!(response_type("createUser"), "CreateUserResponse");
    }

    #[test]
    fn keywords_digits_and_signs_become_identifiers() {
        assert_eq!(value_name("type"), "type_");
        assert_eq!(type_name("self"), "Self_");
        assert_eq!(type_name("3d-model"), "_3dModel");
        assert_ne!(type_name("+1"), type_name("-1"));
        assert_eq!(type_name(""), "Empty");
        assert_ne!(type_name("/"), type_name("."));
    }

    #[test]
    fn letters_of_every_script_stay_and_what_rust_refuses_goes() {
        assert_eq!(value_name("größe m²"), "größe_m");
        assert_eq!(type_name("日本"), "日本");
        assert_eq!(value_name("Ⓐ"), "empty_u24b6");
        assert_eq!(value_name("_"), "empty_u5f");
    }

    #[test]
    fn operations_without_an_id_are_named_by_method_and_path() {
        assert_eq!(derived_operation_id(Method::Get, "/users/{uid}"), "getUsersUid");
        assert_eq!(derived_operation_id(Method::Any, "/{proxy+}"), "anyProxy");
    }
}
