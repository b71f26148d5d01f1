//! Route: which resource and method a path and verb select.
//!
//! Selection is on the pair (resource, method), as measured on AWS: the most specific resource
//! that matches the path wins if it has the verb (or `ANY`); otherwise the request falls through
//! to a less specific resource with a greedy variable that has it. Static segments beat
//! `{param}`, `{param}` beats `{proxy+}`, segment by segment from the left.

use std::collections::HashMap;

use openapi::model::{Method, Operation, PathTemplate, Segment};

use crate::context::resource_id;
use crate::refusal::Refusal;
use crate::resources::resource_path;

/// Every resource of the API as a tree of path segments.
#[derive(Debug, Default)]
pub(crate) struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literal: HashMap<String, Node>,
    variable: Option<(String, Box<Node>)>,
    greedy: Option<(String, Resource)>,
    resource: Option<Resource>,
}

/// A resource with its methods.
#[derive(Debug)]
pub(crate) struct Resource {
    /// `$context.resourceId`.
    pub(crate) id: String,
    /// `$context.resourcePath`: the path template.
    pub(crate) path: String,
    /// Methods with the index of their operation.
    methods: Vec<(Method, usize)>,
}

/// What a request selected.
#[derive(Debug)]
pub(crate) struct Route<'a> {
    pub(crate) resource: &'a Resource,
    /// Index of the operation in the model.
    pub(crate) operation: usize,
    /// Values as they stand in the path: percent-encoded.
    pub(crate) path_parameters: Vec<(&'a str, String)>,
}

/// Where a request stands that has not been routed.
static NOWHERE: Resource = Resource { id: String::new(), path: String::new(), methods: Vec::new() };

impl Route<'_> {
    /// No resource and no operation yet.
    pub(crate) const fn unknown() -> Self {
        Self { resource: &NOWHERE, operation: usize::MAX, path_parameters: Vec::new() }
    }
}

impl Router {
    /// The tree of these operations.
    pub(crate) fn new(operations: &[Operation]) -> Self {
        let mut router = Self::default();
        for (index, operation) in operations.iter().enumerate() {
            let resource = router.root.resource(&operation.path);
            resource.methods.push((operation.method, index));
        }
        router
    }

    /// The route of a path (without stage) and verb.
    pub(crate) fn find<'a>(&'a self, path: &str, method: &str) -> Result<Route<'a>, Refusal> {
        // A trailing slash does not matter for matching.
        let path = path.strip_prefix('/').unwrap_or(path).trim_end_matches('/');
        let segments: Vec<&str> = if path.is_empty() { vec![] } else { path.split('/').collect() };
        let mut candidates = Vec::new();
        self.root.collect(&segments, &mut Vec::new(), &mut candidates);
        candidates
            .into_iter()
            .enumerate()
            .filter(|(rank, candidate)| *rank == 0 || candidate.greedy)
            .find_map(|(_, candidate)| candidate.route(method))
            .ok_or_else(Refusal::missing_authentication_token)
    }
}

struct Candidate<'a> {
    resource: &'a Resource,
    greedy: bool,
    parameters: Vec<(&'a str, String)>,
}

impl<'a> Candidate<'a> {
    fn route(self, method: &str) -> Option<Route<'a>> {
        let methods = &self.resource.methods;
        let is_declared = |declared: Method| declared != Method::Any && declared.as_str() == method;
        let explicit = methods.iter().find(|(declared, _)| is_declared(*declared));
        let any = || methods.iter().find(|(declared, _)| *declared == Method::Any);
        let operation = match explicit {
            Some((_, operation)) => *operation,
            None if is_any(method) => any()?.1,
            None => return None,
        };
        Some(Route { resource: self.resource, operation, path_parameters: self.parameters })
    }
}

/// The verbs `ANY` stands for.
fn is_any(method: &str) -> bool {
    matches!(method, "DELETE" | "GET" | "HEAD" | "OPTIONS" | "PATCH" | "POST" | "PUT")
}

impl Node {
    fn resource(&mut self, path: &PathTemplate) -> &mut Resource {
        let mut node = self;
        let new = || {
            let path = resource_path(path);
            Resource { id: resource_id(&path), path, methods: vec![] }
        };
        for segment in &path.segments {
            match segment {
                Segment::Static(text) => node = node.literal.entry(text.clone()).or_default(),
                Segment::Parameter(name) => {
                    // One variable per level: a second one was refused at start.
                    node =
                        &mut node.variable.get_or_insert_with(|| (name.clone(), Box::default())).1;
                }
                Segment::Greedy(name) => {
                    return &mut node.greedy.get_or_insert_with(|| (name.clone(), new())).1;
                }
            }
        }
        node.resource.get_or_insert_with(new)
    }

    /// Collects every resource that matches, most specific first.
    fn collect<'a>(
        &'a self,
        segments: &[&str],
        parameters: &mut Vec<(&'a str, String)>,
        found: &mut Vec<Candidate<'a>>,
    ) {
        if let Some((segment, rest)) = segments.split_first() {
            if let Some(node) = self.literal.get(*segment) {
                node.collect(rest, parameters, found);
            }
            if let Some((name, node)) = &self.variable
                && !segment.is_empty()
            {
                parameters.push((name, (*segment).to_owned()));
                node.collect(rest, parameters, found);
                parameters.pop();
            }
            if let Some((name, resource)) = &self.greedy {
                let mut parameters = parameters.clone();
                parameters.push((name, segments.join("/")));
                found.push(Candidate { resource, greedy: true, parameters });
            }
        } else if let Some(resource) = &self.resource {
            found.push(Candidate { resource, greedy: false, parameters: parameters.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn router(routes: &[(Method, &str)]) -> Router {
        let operations: Vec<_> =
            routes.iter().map(|(method, path)| sample::operation(*method, path)).collect();
        Router::new(&operations)
    }

    fn find(router: &Router, path: &str, method: &str) -> Option<String> {
        let route = router.find(path, method).ok()?;
        let parameters: Vec<_> =
            route.path_parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{} {} [{}]", route.operation, route.resource.path, parameters.join(",")))
    }

    #[test]
    fn static_beats_parameter_beats_greedy() {
        let router = router(&[
            (Method::Any, "/{proxy+}"),
            (Method::Get, "/pets/{proxy+}"),
            (Method::Get, "/pets/dog"),
            (Method::Get, "/toys/{id}"),
        ]);
        for (path, expected) in [
            ("/pets/dog", "2 /pets/dog []"),
            ("/pets/cats", "1 /pets/{proxy+} [proxy=cats]"),
            ("/animals", "0 /{proxy+} [proxy=animals]"),
            ("/toys/1", "3 /toys/{id} [id=1]"),
            ("/toys/1/2", "0 /{proxy+} [proxy=toys/1/2]"),
            ("/pets", "0 /{proxy+} [proxy=pets]"),
        ] {
            assert_eq!(find(&router, path, "GET").as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn an_undeclared_verb_falls_through_to_a_greedy_resource_but_not_to_a_parameter() {
        let router = router(&[
            (Method::Any, "/{proxy+}"),
            (Method::Get, "/jobs/{operation}"),
            (Method::Post, "/jobs/list"),
        ]);
        let proxied = |path: &str| Some(format!("0 /{{proxy+}} [proxy={path}]"));
        assert_eq!(find(&router, "/jobs/reboot", "POST"), proxied("jobs/reboot"));
        assert_eq!(find(&router, "/jobs/list", "GET"), proxied("jobs/list"));
        assert_eq!(find(&router, "/jobs", "GET"), proxied("jobs"));
    }

    #[test]
    fn any_serves_the_seven_verbs_and_an_explicit_verb_wins() {
        let router = router(&[(Method::Any, "/a"), (Method::Get, "/a")]);
        assert_eq!(find(&router, "/a", "GET").as_deref(), Some("1 /a []"));
        assert_eq!(find(&router, "/a", "HEAD").as_deref(), Some("0 /a []"));
        assert_eq!(find(&router, "/a", "TRACE"), None);
        assert_eq!(find(&router, "/a", "ANY"), None);
    }

    #[test]
    fn get_does_not_answer_head() {
        assert_eq!(find(&router(&[(Method::Get, "/a")]), "/a", "HEAD"), None);
    }

    #[test]
    fn slashes_at_the_end_do_not_matter_and_inner_ones_do() {
        let router = router(&[(Method::Get, "/a/{b}"), (Method::Get, "/p/{proxy+}")]);
        assert_eq!(find(&router, "/a/1/", "GET").as_deref(), Some("0 /a/{b} [b=1]"));
        assert_eq!(find(&router, "/a//1", "GET"), None);
        assert_eq!(find(&router, "/p/x//y/", "GET").as_deref(), Some("1 /p/{proxy+} [proxy=x//y]"));
        assert_eq!(find(&router, "/p/", "GET"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_path_panics_and_what_is_found_is_part_of_it(path in "(/[ab1%éc]{0,3}|/p|//){0,6}|\\PC{0,24}") {
            let router = router(&[
                (Method::Get, "/"),
                (Method::Any, "/{proxy+}"),
                (Method::Get, "/p/{a}"),
                (Method::Post, "/p/{a}/b"),
                (Method::Get, "/p/{a}/{rest+}"),
            ]);
            for method in ["GET", "POST", "x"] {
                if let Ok(route) = router.find(&path, method) {
                    for (_, value) in &route.path_parameters {
                        proptest::prop_assert!(path.contains(value.as_str()), "{value}");
                    }
                }
            }
        }

        #[test]
        fn a_greedy_value_is_the_rest_of_the_path(rest in "[a-c/%.]{1,20}") {
            let router = router(&[(Method::Any, "/p/{proxy+}")]);
            let value = rest.trim_end_matches('/');
            let expected = (!value.is_empty()).then(|| format!("0 /p/{{proxy+}} [proxy={value}]"));
            proptest::prop_assert_eq!(find(&router, &format!("/p/{rest}"), "GET"), expected);
        }
    }

    #[test]
    fn a_greedy_resource_does_not_match_its_parent() {
        let router = router(&[(Method::Any, "/{proxy+}")]);
        assert_eq!(find(&router, "/", "GET"), None);
    }

    #[test]
    fn an_encoded_slash_stays_in_its_segment() {
        let router = router(&[(Method::Get, "/a/{b}")]);
        assert_eq!(find(&router, "/a/x%2Fy", "GET").as_deref(), Some("0 /a/{b} [b=x%2Fy]"));
    }
}
