//! The table of routes: one line per operation, and under it a `curl` line to paste.

use std::fmt::Write as _;

use openapi::Api;
use openapi::model::{IntegrationTarget, Method, Operation, Segment};

use crate::curl;

/// Every operation with its request, creates first within a collection; what browsers ask by themselves
/// is left out. `api_key` is what to send where one is required, if it is known.
pub fn table(api: &Api, base_url: &str, api_key: Option<&str>) -> String {
    let operations = api.operations.iter().filter(|operation| !operation.is_preflight());
    let mut operations: Vec<&Operation> = operations.collect();
    let collections = collections(api);
    operations.sort_by_key(|operation| {
        let place = collections.iter().position(|one| Some(*one) == collection(operation));
        (place, rank(operation.method))
    });
    let path_width = widest(operations.iter().map(|operation| operation.path.text.as_str()));
    let id_width = widest(operations.iter().map(|operation| operation.id.as_str()));
    let mut table = String::new();
    for operation in operations {
        let backend = backend(operation);
        let (path, id) = (&operation.path.text, &operation.id);
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "{:<7} {path:<path_width$}  {id:<id_width$}  {backend}",
            operation.method
        );
        let _ = writeln!(table, "        {}", curl::line(api, operation, base_url, api_key));
    }
    table
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

/// First segments of the paths, in document order.
fn collections(api: &Api) -> Vec<&Segment> {
    let mut found: Vec<&Segment> = Vec::new();
    for segment in api.operations.iter().filter_map(collection) {
        if !found.contains(&segment) {
            found.push(segment);
        }
    }
    found
}

fn collection(operation: &Operation) -> Option<&Segment> {
    operation.path.segments.first()
}

/// Create, read, change, delete.
fn rank(method: Method) -> u8 {
    match method {
        Method::Post => 0,
        Method::Put => 1,
        Method::Get | Method::Head | Method::Any => 2,
        Method::Patch => 3,
        Method::Options => 4,
        Method::Delete => 5,
    }
}

/// What answers: a function's key, a service, a host, or the kind of integration.
pub(crate) fn backend(operation: &Operation) -> &str {
    match operation.integration.as_ref() {
        None => "no integration",
        Some(integration) => match &integration.target {
            IntegrationTarget::Function(function) => &function.key,
            IntegrationTarget::AwsService { service, .. } => service,
            IntegrationTarget::Http(url) => url,
            IntegrationTarget::None => integration.kind.as_str(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creates_come_first_in_their_collection() {
        let text = concat!(
            "openapi: 3.0.3\ninfo: { title: t, version: '1' }\npaths:\n",
            "  /pets/{id}:\n    delete: { operationId: deletePet, responses: {} }\n    \
             get: { operationId: getPet, responses: {} }\n  \
             /shops:\n    get: { operationId: listShops, responses: {} }\n  \
             /pets:\n    post: { operationId: createPet, responses: {} }\n",
        );
        let reading = openapi::parse("api.yaml", text, &openapi::Placeholders::none());
        let api = reading.api.unwrap();
        let table = table(&api, "http://127.0.0.1:3000/local", None);
        let place = |id: &str| table.find(id).unwrap();
        assert!(place("createPet") < place("getPet"), "{table}");
        assert!(place("getPet") < place("deletePet"), "{table}");
        assert!(place("deletePet") < place("listShops"), "{table}");
    }
}
