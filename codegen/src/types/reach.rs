//! Inline schemas of operations, and what to call their types.

use openapi::model::{MediaType, Operation, ResponseStatus, SchemaId};
use openapi::{Api, Origin};

use super::naming::type_name;

/// Every schema an operation mentions, with the name its type gets if it needs one.
pub(super) fn inline_schemas(api: &Api) -> Vec<(SchemaId, String)> {
    let mut schemas = Vec::new();
    for operation in &api.operations {
        of_operation(operation, &mut schemas);
    }
    for (id, schema) in api.schemas.iter().filter(|(_, schema)| schema.name.is_none()) {
        if let Some(hint) = shared_name(&schema.origin, "") {
            schemas.push((id, hint));
        }
    }
    schemas
}

fn of_operation(operation: &Operation, schemas: &mut Vec<(SchemaId, String)>) {
    let owner = type_name(&operation.id);
    for parameter in &operation.parameters {
        if let Some(id) = parameter.schema {
            let hint = format!("{owner}{}", type_name(&parameter.name));
            schemas.push((id, shared_name(&parameter.origin, "").unwrap_or(hint)));
        }
    }
    if let Some(body) = &operation.request_body {
        let hint = shared_name(&body.origin, "Body").unwrap_or_else(|| format!("{owner}Body"));
        of_content(&body.content, &hint, schemas);
    }
    for response in &operation.responses {
        let status = match response.status {
            ResponseStatus::Code(code) => code.to_string(),
            ResponseStatus::Range(class) => format!("{class}XX"),
            ResponseStatus::Default => "Default".to_owned(),
        };
        let shared = shared_name(&response.origin, "");
        let owner = shared.unwrap_or_else(|| format!("{owner}{status}"));
        of_content(&response.content, &format!("{owner}Body"), schemas);
        for header in &response.headers {
            if let Some(id) = header.schema {
                schemas.push((id, format!("{owner}{}", type_name(&header.name))));
            }
        }
    }
}

fn of_content(content: &[MediaType], hint: &str, schemas: &mut Vec<(SchemaId, String)>) {
    for media_type in content {
        if let Some(id) = media_type.schema {
            schemas.push((id, hint.to_owned()));
        }
    }
}

/// What several operations share through `components` is named after the component.
fn shared_name(origin: &Origin, suffix: &str) -> Option<String> {
    let mut path = origin.path();
    path.next().filter(|root| root == "components")?;
    let (kind, name) = (path.next()?, path.next()?);
    match kind.as_str() {
        "parameters" | "requestBodies" | "responses" => {
            Some(format!("{}{suffix}", type_name(&name)))
        }
        _ => None,
    }
}
