//! Which of an operation's security schemes guards it.

use indexmap::IndexMap;
use openapi::model::{AuthType, Operation};
use openapi::{Api, Diagnostic};

/// What stands before an operation.
#[derive(Debug)]
pub(super) enum Guard<'a> {
    /// Nobody: API Gateway drops schemes that are neither an authorizer nor IAM nor an API key.
    Nobody,
    /// `x-amazon-apigateway-auth`, or a scheme with authtype `awsSigv4`.
    Iam,
    /// An authorizer, by the name of its scheme, and the scopes of which a token needs one.
    Authorizer { name: &'a str, scopes: Vec<String> },
}

/// The guard of an operation. API Gateway has room for one, so a second one is reported.
pub(super) fn guard<'a>(
    operation: &'a Operation,
    api: &'a Api,
    diagnostics: &mut Vec<Diagnostic>,
) -> Guard<'a> {
    let mut guard = match operation.auth {
        Some(AuthType::AwsIam) => Guard::Iam,
        Some(AuthType::None) | None => Guard::Nobody,
    };
    for (name, scopes) in operation.security.iter().flatten() {
        let Some(scheme) = api.security_schemes.get(name) else { continue };
        let next = if scheme.authorizer.is_some() {
            Guard::Authorizer { name, scopes: scopes.clone() }
        } else if scheme.is_iam() {
            Guard::Iam
        } else {
            continue;
        };
        guard = match (guard, next) {
            (Guard::Nobody, next) => next,
            (Guard::Iam, Guard::Iam) => Guard::Iam,
            // The same authorizer as an alternative with other scopes: one of them all is enough.
            (
                Guard::Authorizer { name: first, scopes: mut all },
                Guard::Authorizer { name: second, scopes, .. },
            ) if first == second => {
                all.extend(scopes);
                Guard::Authorizer { name: first, scopes: all }
            }
            (first, second) => {
                diagnostics.push(second_guard(operation, &first, &second));
                first
            }
        };
    }
    check_open(operation, &guard, diagnostics);
    guard
}

/// Reports an operation that is guarded although it says that it is open.
fn check_open(operation: &Operation, guard: &Guard<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if matches!(guard, Guard::Nobody) {
        return;
    }
    let (method, path, guard) = (operation.method, &operation.path, describe(guard));
    if operation.auth == Some(AuthType::None) {
        let message =
            format!("{method} {path} is open by x-amazon-apigateway-auth, but guarded by {guard}");
        diagnostics.push(
            Diagnostic::error("contradictory-auth", &operation.origin, message).with_help(
                "write `security: []` to open it, or leave x-amazon-apigateway-auth out",
            ),
        );
    }
    if operation.security.iter().any(IndexMap::is_empty) {
        let message = format!(
            "{method} {path} is guarded by {guard} or by nobody, but API Gateway knows no optional authorization"
        );
        diagnostics.push(
            Diagnostic::warning("optional-security", &operation.origin, message)
                .with_help("take `{}` out of `security`: callers without credentials are refused"),
        );
    }
}

fn second_guard(operation: &Operation, first: &Guard<'_>, second: &Guard<'_>) -> Diagnostic {
    let (method, path) = (operation.method, &operation.path);
    let message = format!(
        "{method} {path} is guarded by {} and by {}, but a method has one authorizer",
        describe(first),
        describe(second)
    );
    Diagnostic::error("several-authorizers", &operation.origin, message)
        .with_help("keep one of them in `security`; an API key may stand beside it")
}

fn describe(guard: &Guard<'_>) -> String {
    match guard {
        Guard::Nobody => "nobody".to_owned(),
        Guard::Iam => "IAM".to_owned(),
        Guard::Authorizer { name, .. } => format!("the authorizer `{name}`"),
    }
}
