//! Paths, as the tree of resources API Gateway makes of them.

use std::collections::BTreeMap;

use super::{Lint, Rule};
use crate::model::{AuthType, Method, Operation, PathTemplate, Segment};

const CHARACTERS: Rule = Rule::refused(
    "path-characters",
    "\"Resource's path part only allow a-zA-Z0-9._- and curly braces at the beginning and the end.\"",
);
const SIBLING: Rule = Rule::refused(
    "path-variable-sibling",
    "\"A sibling ({id}) of this resource already has a variable path part -- only one is allowed\"",
);
const BELOW_GREEDY: Rule = Rule::refused(
    "path-below-greedy",
    "\"Cannot create a child of a resource with a greedy path variable: {proxy+}\"",
);
const TWICE: Rule =
    Rule::refused("path-twice", "\"Another resource with the same parent already has this name\"");
const UNCOVERED: Rule = Rule::dropped(
    "open-greedy-route",
    "a request whose method the protected resource does not declare falls through to a greedy resource, before authorization (measured)",
);

pub(super) const RULES: &[&Rule] = &[&CHARACTERS, &SIBLING, &BELOW_GREEDY, &TWICE, &UNCOVERED];

impl Lint<'_> {
    pub(super) fn paths(&mut self) {
        let mut variables: BTreeMap<String, String> = BTreeMap::new();
        let mut resources: BTreeMap<String, String> = BTreeMap::new();
        let Some(paths) = self.at("/paths") else { return };
        for (text, at) in paths.members().filter(|(text, _)| text.starts_with('/')) {
            let path = PathTemplate::parse(text);
            let origin = at.key_origin();
            let mut parent = String::new();
            for (index, segment) in path.segments.iter().enumerate() {
                let written = segment_text(segment);
                if !allowed(segment) {
                    let message = format!("API Gateway refuses the path segment `{written}`");
                    self.find(&CHARACTERS, &origin, message).help = Some(
                        "use letters, digits and `._-:`; a variable is a whole segment".to_owned(),
                    );
                }
                if !matches!(segment, Segment::Static(_)) {
                    let first = variables.entry(parent.clone()).or_insert_with(|| written.clone());
                    if *first != written {
                        let message = format!(
                            "`{written}` stands beside `{first}` under `{parent}/`: API Gateway allows one variable"
                        );
                        let help = match segment {
                            Segment::Parameter(_) if !first.ends_with("+}") => {
                                format!("name both `{first}`")
                            }
                            _ => "keep one of them".to_owned(),
                        };
                        self.find(&SIBLING, &origin, message).help = Some(help);
                    }
                }
                if matches!(segment, Segment::Greedy(_)) && index + 1 < path.segments.len() {
                    let message = format!("nothing may follow the greedy variable `{written}`");
                    self.find(&BELOW_GREEDY, &origin, message);
                }
                parent = format!("{parent}/{written}");
            }
            if let Some(first) = resources.get(&parent) {
                let message = format!("`{text}` is the same resource as `{first}`");
                self.find(&TWICE, &origin, message).help =
                    Some("put the operations of both under one path".to_owned());
            } else {
                resources.insert(parent, text.to_owned());
            }
        }
        self.open_greedy_routes();
    }

    fn open_greedy_routes(&mut self) {
        let operations = &self.api.operations;
        for greedy in
            operations.iter().filter(|operation| is_greedy(operation) && is_open(operation))
        {
            let covered = operations.iter().find(|other| {
                !is_open(other)
                    && below(&greedy.path, &other.path)
                    && self.falls_through(greedy, other)
            });
            if let Some(covered) = covered {
                let message = format!(
                    "{} {} is open, also to requests for {} with a method not declared there",
                    greedy.method, greedy.path, covered.path
                );
                self.find(&UNCOVERED, &greedy.origin, message).help =
                    Some(format!("protect it too, or declare every method of {}", covered.path));
            }
        }
    }

    /// Whether the greedy operation serves a method that the resource of `other` does not.
    fn falls_through(&self, greedy: &Operation, other: &Operation) -> bool {
        let siblings = self.api.operations.iter().filter(|sibling| sibling.path == other.path);
        let methods: Vec<Method> = siblings.map(|sibling| sibling.method).collect();
        !methods.contains(&Method::Any) && !methods.contains(&greedy.method)
    }
}

fn segment_text(segment: &Segment) -> String {
    match segment {
        Segment::Static(text) => text.clone(),
        Segment::Parameter(name) => format!("{{{name}}}"),
        Segment::Greedy(name) => format!("{{{name}+}}"),
    }
}

/// The colon is disputed: the guide allows it, older captures refuse it.
fn allowed(segment: &Segment) -> bool {
    let (text, extra) = match segment {
        Segment::Static(text) => (text, &['.', '_', '-', ':', ','][..]),
        Segment::Parameter(name) | Segment::Greedy(name) => (name, &['.', '_', '-'][..]),
    };
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(&c))
}

fn is_greedy(operation: &Operation) -> bool {
    matches!(operation.path.segments.last(), Some(Segment::Greedy(_)))
}

fn is_open(operation: &Operation) -> bool {
    operation.auth != Some(AuthType::AwsIam)
        && operation.security.iter().all(indexmap::IndexMap::is_empty)
}

/// Whether the greedy path matches what `other` matches.
fn below(greedy: &PathTemplate, other: &PathTemplate) -> bool {
    let prefix = &greedy.segments[..greedy.segments.len() - 1];
    other.segments.len() > prefix.len()
        && other != greedy
        && prefix.iter().zip(&other.segments).all(|(one, two)| match one {
            Segment::Static(_) => one == two,
            _ => true,
        })
}
