//! The glue of functions is total: every document in `testdata/operation` gives code, or findings
//! with a position, never a panic.
//!
//! The code is checked in under `tests/output/operation`, findings as comments on top; the tests
//! of crate `handlers` compile it.

use std::fs;

use codegen::operation::{emit_function, stub};
use codegen::types::Types;
use openapi::model::Operation;
use openapi::{Api, Placeholders};

use crate::snapshot::{assert_none_stale, comment, folder, is_as_checked_in, read, root, stems};

#[test]
fn outputs_are_as_checked_in() {
    let mut stale = Vec::new();
    for name in documents() {
        if !is_as_checked_in(&folder("output/operation").join(format!("{name}.rs")), &glue(&name)) {
            stale.push(name);
        }
    }
    assert_none_stale(&stale);
    assert_eq!(stems(&folder("output/operation"), "rs"), documents(), "an output has no document");
}

/// Our own document: every operation has its method, its arm and nothing to complain of.
#[test]
fn every_operation_of_the_document_is_a_method_and_an_arm() {
    let api = read(&root().join("openapi/api.yaml"));
    let mut findings = Vec::new();
    let types = Types::plan(&api, &mut findings);
    for (function, operations) in api.operations_by_function() {
        let glue = emit_function(&api, &types, function, &mut findings);
        let text = codegen::source::format(glue).unwrap();
        let guarded = |operation: &&&Operation| api.cognito_authorizer(operation).is_some();
        let guarded = operations.iter().filter(guarded).count();
        assert_eq!(text.matches("runtime::serve_with_claims(").count(), guarded);
        assert_eq!(text.matches("runtime::serve(").count(), operations.len() - guarded);
        for operation in operations {
            assert!(text.contains(&format!("id: \"{}\"", operation.id)), "{}", operation.id);
        }
    }
    assert_eq!(findings, []);
}

#[test]
fn a_stub_is_added_to_a_function_that_is_there() {
    let handlers = scratch("users", "mod create_user;\n\nimpl Users for UsersFunction {\n}\n");
    let changes = stub::plan(&document("users", "getUser"), "getUser", handlers.path()).unwrap();
    stub::write(&changes).unwrap();
    let module = fs::read_to_string(handlers.path().join("src/users/mod.rs")).unwrap();
    assert!(module.starts_with("mod create_user;\nmod get_user;\n\nimpl Users"), "{module}");
    assert!(module.contains("get_user::handle(self, request, context).await"), "{module}");
    let handler = fs::read_to_string(handlers.path().join("src/users/get_user.rs")).unwrap();
    assert!(handler.contains("Failure::not_implemented(\"getUser\")"), "{handler}");
    for change in &changes {
        let (stub::Change::Create { text, .. } | stub::Change::Extend { text, .. }) = change;
        assert!(syn::parse_file(text).is_ok(), "{text}");
        assert!(text.ends_with("}\n"), "{text:?}");
    }
}

#[test]
fn a_stub_gets_claims_where_a_user_pool_guards_its_operation() {
    let handlers = scratch("thing", "impl Thing for ThingFunction {\n}\n");
    let api = read(&folder("it/testdata/operation/security.yaml"));
    for (operation, has_claims) in [("pooled", true), ("open", false)] {
        stub::write(&stub::plan(&api, operation, handlers.path()).unwrap()).unwrap();
        let file = handlers.path().join(format!("src/thing/{operation}.rs"));
        let text = fs::read_to_string(file).unwrap();
        assert_eq!(text.contains("runtime::{Claims, Context, Failure};"), has_claims, "{text}");
        assert_eq!(text.contains("    _claims: &Claims,\n    _context"), has_claims, "{text}");
        assert!(syn::parse_file(&text).is_ok(), "{text}");
    }
    let module = fs::read_to_string(handlers.path().join("src/thing/mod.rs")).unwrap();
    assert!(module.contains("pooled::handle(self, request, claims, context).await"), "{module}");
    assert!(module.contains("open::handle(self, request, context).await"), "{module}");
    assert_eq!(module.matches("        claims: &crate::runtime::Claims,\n").count(), 1);
    assert!(syn::parse_file(&module).is_ok(), "{module}");
}

#[test]
fn a_stub_never_overwrites() {
    let handlers = scratch("users", "impl Users for UsersFunction {\n}\n");
    let api = document("users", "getUser");
    let changes = stub::plan(&api, "getUser", handlers.path()).unwrap();
    stub::write(&changes).unwrap();
    let error = stub::plan(&api, "getUser", handlers.path()).unwrap_err();
    assert!(matches!(error, stub::StubError::Exists(_)), "{error}");
    assert!(matches!(stub::write(&changes), Err(stub::StubError::Exists(_))));
}

#[test]
fn the_first_stub_of_a_function_brings_its_module_and_entry() {
    let handlers = scratch("users", "");
    let api = document("new-orders", "listOrders");
    stub::write(&stub::plan(&api, "listOrders", handlers.path()).unwrap()).unwrap();
    let read = |path: &str| fs::read_to_string(handlers.path().join(path)).unwrap();
    assert!(read("src/lib.rs").contains("pub mod new_orders;\npub mod users;"));
    assert!(read("src/new_orders/mod.rs").contains("impl NewOrders for NewOrdersFunction {"));
    assert!(read("src/new_orders/mod.rs").contains("\nmod list_orders;\n"));
    assert!(
        read("src/bin/new-orders.rs").contains("handlers::new_orders::NewOrdersFunction::start")
    );
    assert!(read("src/new_orders/list_orders.rs").contains("async fn handle("));
}

#[test]
fn a_module_of_another_layout_is_left_alone_and_the_lines_are_said() {
    let handlers = scratch("users", "// nothing yet\n");
    let error = stub::plan(&document("users", "getUser"), "getUser", handlers.path()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("mod get_user;") && text.contains("async fn get_user("), "{text}");
    assert!(!handlers.path().join("src/users/get_user.rs").exists());
}

#[test]
fn only_operations_of_functions_have_stubs() {
    let handlers = scratch("users", "");
    let api = document("users", "getUser");
    let error = stub::plan(&api, "getUsers", handlers.path()).unwrap_err();
    assert!(matches!(error, stub::StubError::UnknownOperation(_)), "{error}");
}

/// A crate of handlers with one function and this text of its module.
fn scratch(function: &str, module: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let source = root.path().join("src");
    fs::create_dir_all(source.join(function)).unwrap();
    fs::write(source.join("lib.rs"), format!("//! Handlers.\n\npub mod {function};\n")).unwrap();
    fs::write(source.join(function).join("mod.rs"), module).unwrap();
    root
}

/// A document with one operation.
fn document(function: &str, operation: &str) -> Api {
    let uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/\
               arn:aws:lambda:eu-west-1:111111111111:function";
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /things:\n    get:\n      \
         operationId: {operation}\n      responses: {{'204': {{description: Nothing.}}}}\n      \
         x-amazon-apigateway-integration:\n        {{type: aws_proxy, httpMethod: POST, \
         uri: '{uri}:{function}/invocations'}}\n"
    );
    openapi::parse("api.yaml", &text, &Placeholders::none()).api.unwrap()
}

fn glue(name: &str) -> String {
    let api = read(&folder("it/testdata/operation").join(format!("{name}.yaml")));
    let mut findings = Vec::new();
    let types = Types::plan(&api, &mut findings);
    let tokens = emit_function(&api, &types, "thing", &mut findings);
    let text = codegen::source::format(tokens).unwrap();
    let comments: String = findings.iter().map(comment).collect();
    let (header, code) = text.split_once('\n').unwrap();
    format!("{header}\n{comments}{code}")
}

fn documents() -> Vec<String> {
    stems(&folder("it/testdata/operation"), "yaml")
}
