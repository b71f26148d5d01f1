//! What the client does for each operation, decided before anything is emitted.

use openapi::model::{Method, Operation, Segment};
use openapi::{Api, Diagnostic, names};

use super::answers::Answers;
use super::arguments::{self, Argument};
use super::body::{self, Body};
use super::naming::{self, Scope};
use crate::prose;
use crate::types::Types;

/// Names of inherent items, trait methods and builders that emitted code relies on.
const RESERVED: &[&str] = &[
    "ApiVersion",
    "Baseurl",
    "Client",
    "ClientHooks",
    "ClientInfo",
    "Clone",
    "Error",
    "Exec",
    "Fmt",
    "From",
    "Inner",
    "New",
    "NewWithClient",
    "OperationInfo",
    "Option",
    "Post",
    "Pre",
    "RequestBuilderExt",
    "ResponseValue",
    "Result",
    "String",
    "Vec",
];

/// One operation as the client calls it.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// What the document says.
    pub operation: &'a Operation,
    /// Name of the client's method; in type case the name of the builder.
    pub name: String,
    /// Path in progenitor's notation, `{variable}`s named as its arguments are.
    pub path: String,
    /// Parameters, without those left out.
    pub arguments: Vec<Argument>,
    /// Request body.
    pub body: Option<Body>,
    /// What comes back.
    pub answers: Answers,
    /// What the hooks do to the request.
    pub wire: Wire,
}

/// What progenitor's requests cannot express; `client::support::Wire` when emitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wire {
    /// `Accept`, unless it is `application/json`.
    pub accept: Option<String>,
    /// `Content-Type`, unless progenitor's own is right.
    pub content_type: Option<String>,
    /// Query parameters with another name, or joined by a sign: name sent, name meant, sign.
    pub query: Vec<(String, String, Option<&'static str>)>,
    /// Headers with another name: name sent, name meant.
    pub headers: Vec<(String, String)>,
    /// Headers that are cookies: name sent, name of the cookie.
    pub cookies: Vec<(String, String)>,
    /// The last variable of the path takes the rest of it, slashes included.
    pub greedy: bool,
    /// An empty body is no body.
    pub optional_body: bool,
}

/// Everything a plan is made with.
pub(super) struct Planner<'a, 'r> {
    pub api: &'a Api,
    pub types: &'r Types,
    pub diagnostics: &'r mut Vec<Diagnostic>,
}

/// A call for every operation that can be called, in document order.
pub(super) fn plan<'a>(
    api: &'a Api,
    types: &Types,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Call<'a>> {
    let mut planner = Planner { api, types, diagnostics };
    let mut scope = Scope::with_reserved(RESERVED);
    let mut calls: Vec<Call<'a>> = Vec::new();
    for operation in api.operations.iter().filter(|operation| !is_preflight(operation)) {
        match planner.call(operation, &mut scope) {
            Ok(call) if calls.iter().any(|other| same_target(other, &call)) => {
                planner.leave_out(operation, "another operation has the same method and path");
            }
            Ok(call) => calls.push(call),
            Err(reason) => planner.leave_out(operation, &reason),
        }
    }
    calls
}

/// A browser asks on its own before it sends a request to another origin; nobody calls this.
fn is_preflight(operation: &Operation) -> bool {
    operation.method == Method::Options && !operation.id_declared
}

fn same_target(one: &Call<'_>, other: &Call<'_>) -> bool {
    one.operation.method == other.operation.method && one.path == other.path
}

impl<'a> Planner<'a, '_> {
    fn call(&mut self, operation: &'a Operation, scope: &mut Scope) -> Result<Call<'a>, String> {
        if operation.method == Method::Any {
            return Err("ANY stands for every method, and a caller must choose one".to_owned());
        }
        let mut wire = Wire::default();
        let path_variables = path_variables(operation)?;
        let body = body::plan(self, operation, &mut wire);
        let arguments = arguments::plan(self, operation, body.as_ref(), &mut wire)?;
        let path = path(operation, &path_variables, &arguments);
        wire.greedy = matches!(operation.path.segments.last(), Some(Segment::Greedy(_)));
        let answers = Answers::plan(self, operation, &mut wire);
        let name = self.name(operation, scope);
        Ok(Call { operation, name, path, arguments, body, answers, wire })
    }

    fn name(&mut self, operation: &Operation, scope: &mut Scope) -> String {
        let wanted = naming::identifier(&operation.id, "operation");
        let name = scope.claim(&wanted, "operation", names::type_name);
        if name != wanted {
            self.diagnostics.push(Diagnostic::warning(
                "client-renamed",
                &operation.origin,
                format!(
                    "operation {} is called {name} in the client, for {wanted} is taken",
                    operation.id
                ),
            ));
        }
        name
    }

    fn leave_out(&mut self, operation: &Operation, reason: &str) {
        let what = format!("{} {}", operation.method, operation.path);
        self.diagnostics.push(Diagnostic::warning(
            "client-operation-left-out",
            &operation.origin,
            format!("the client cannot call {what}: {}", prose::line(reason)),
        ));
    }
}

/// Names of the path's variables; an error if one is not a whole segment.
fn path_variables(operation: &Operation) -> Result<Vec<&str>, String> {
    let is_broken = |text: &str| text.contains(['{', '}']);
    let broken = operation.path.segments.iter().any(|segment| match segment {
        Segment::Static(text) | Segment::Parameter(text) | Segment::Greedy(text) => is_broken(text),
    });
    if broken {
        return Err("a variable of a path must be a whole segment".to_owned());
    }
    Ok(operation.path.parameter_names().collect())
}

fn path(operation: &Operation, variables: &[&str], arguments: &[Argument]) -> String {
    let told = |name: &str| {
        let position = variables.iter().position(|variable| *variable == name);
        let found = position.and_then(|_| arguments.iter().find(|argument| argument.is_path(name)));
        found.map_or(name, |argument| argument.told.as_str()).to_owned()
    };
    let segments = operation.path.segments.iter().map(|segment| match segment {
        Segment::Static(text) => format!("/{text}"),
        Segment::Parameter(name) | Segment::Greedy(name) => format!("/{{{}}}", told(name)),
    });
    let path: String = segments.collect();
    if path.is_empty() { "/".to_owned() } else { path }
}
