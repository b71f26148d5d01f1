//! Resources: paths that API Gateway's tree of resources cannot hold.
//!
//! Every path becomes a way through one tree. An import that would break the tree fails, so such
//! a document is refused at start instead of being served in a way of our own.

use std::collections::HashMap;

use openapi::model::{Method, Operation, PathTemplate, Segment};
use openapi::{Diagnostic, Origin};

/// The resource path of a template: a trailing slash adds no resource.
pub(crate) fn resource_path(path: &PathTemplate) -> String {
    if path.segments.is_empty() {
        return "/".to_owned();
    }
    path.segments.iter().flat_map(|segment| ["/".to_owned(), written(segment)]).collect()
}

/// Reports every path the tree cannot hold, once per path.
pub(crate) fn check(operations: &[Operation], diagnostics: &mut Vec<Diagnostic>) {
    let mut tree = Tree::default();
    let mut seen: Vec<&PathTemplate> = Vec::new();
    for operation in operations {
        if !seen.contains(&&operation.path) {
            seen.push(&operation.path);
            tree.add(&operation.path, &operation.origin, diagnostics);
        }
        tree.add_method(operation, diagnostics);
    }
}

#[derive(Default)]
struct Tree<'a> {
    /// The variable below each resource.
    variables: HashMap<String, String>,
    /// The template that declared a method of a resource first.
    methods: HashMap<(String, Method), &'a PathTemplate>,
}

impl<'a> Tree<'a> {
    fn add(&mut self, path: &PathTemplate, origin: &Origin, diagnostics: &mut Vec<Diagnostic>) {
        let mut parent = String::new();
        for (index, segment) in path.segments.iter().enumerate() {
            let written = written(segment);
            if !is_allowed(segment) {
                let message = format!("API Gateway refuses the segment `{written}` of {path}");
                diagnostics.push(
                    Diagnostic::error("path-characters", origin, message).with_help(
                        "use letters, digits and `._-:,`; a variable is a whole segment",
                    ),
                );
            }
            if !matches!(segment, Segment::Static(_)) {
                let first = self.variables.entry(parent.clone()).or_insert_with(|| written.clone());
                if *first != written {
                    let message = format!(
                        "`{written}` of {path} stands beside `{first}` under `{parent}/`: API Gateway allows one variable"
                    );
                    diagnostics.push(
                        Diagnostic::error("path-variable-sibling", origin, message)
                            .with_help(format!("name both `{first}`, or keep one of them")),
                    );
                }
            }
            if matches!(segment, Segment::Greedy(_)) && index + 1 < path.segments.len() {
                let message =
                    format!("nothing may follow the greedy variable `{written}` in {path}");
                diagnostics.push(Diagnostic::error("path-below-greedy", origin, message));
            }
            parent.push('/');
            parent.push_str(&written);
        }
    }

    /// Two templates can be one resource: `/a` and `/a/`.
    fn add_method(&mut self, operation: &'a Operation, diagnostics: &mut Vec<Diagnostic>) {
        let key = (resource_path(&operation.path), operation.method);
        let first = *self.methods.entry(key).or_insert(&operation.path);
        if *first != operation.path {
            let (method, path) = (operation.method, &operation.path);
            let message = format!("{method} {path} is {method} {first} once more");
            diagnostics.push(
                Diagnostic::error("path-twice", &operation.origin, message)
                    .with_help("a slash at the end makes no other resource; keep one of them"),
            );
        }
    }
}

fn written(segment: &Segment) -> String {
    match segment {
        Segment::Static(text) => text.clone(),
        Segment::Parameter(name) => format!("{{{name}}}"),
        Segment::Greedy(name) => format!("{{{name}+}}"),
    }
}

/// The guide ("known issues") allows colon and comma; what older imports said of them is disputed.
fn is_allowed(segment: &Segment) -> bool {
    let (text, extra) = match segment {
        Segment::Static(text) => (text, &['.', '_', '-', ':', ','][..]),
        Segment::Parameter(name) | Segment::Greedy(name) => (name, &['.', '_', '-'][..]),
    };
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn codes(routes: &[(Method, &str)]) -> Vec<&'static str> {
        let operations: Vec<_> =
            routes.iter().map(|(method, path)| sample::operation(*method, path)).collect();
        let mut diagnostics = Vec::new();
        check(&operations, &mut diagnostics);
        diagnostics.iter().map(|found| found.code).collect()
    }

    #[test]
    fn one_variable_stands_below_a_resource() {
        let get = Method::Get;
        assert!(codes(&[(get, "/a/{id}"), (get, "/a/{id}/b"), (get, "/b/{uid}")]).is_empty());
        assert_eq!(codes(&[(get, "/a/{id}"), (get, "/a/{uid}/b")]), ["path-variable-sibling"]);
        assert_eq!(codes(&[(get, "/a/{id}"), (get, "/a/{proxy+}")]), ["path-variable-sibling"]);
    }

    #[test]
    fn nothing_follows_a_greedy_variable() {
        assert_eq!(codes(&[(Method::Get, "/{proxy+}/a")]), ["path-below-greedy"]);
    }

    #[test]
    fn a_slash_at_the_end_makes_no_other_resource() {
        assert!(codes(&[(Method::Get, "/a"), (Method::Put, "/a/")]).is_empty());
        assert_eq!(codes(&[(Method::Get, "/a"), (Method::Get, "/a/")]), ["path-twice"]);
        assert_eq!(resource_path(&PathTemplate::parse("/a/{b}/")), "/a/{b}");
    }

    #[test]
    fn a_variable_is_a_whole_segment() {
        for path in ["/a{b}", "/{a}.json", "/{a}{b}", "/{a", "/{}", "/a b", "/a$"] {
            assert_eq!(codes(&[(Method::Get, path)]), ["path-characters"], "{path}");
        }
        assert!(codes(&[(Method::Get, "/events:batch/v1.0/a,b/{a-b.c_d}")]).is_empty());
    }
}
