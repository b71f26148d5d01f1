//! The document as Terraform reads it: what is for the laptop alone stays behind, and what an import
//! might not take from the root stands at every operation.

use anyhow::{Result, bail};
use openapi::{Api, Document};
use serde_json::Value;

/// The document as a template.
pub(super) fn deployed(document: &Document, api: &Api) -> Result<Value> {
    let mut template = document.to_template();
    drop_local_values(&mut template);
    fold_security(&mut template, api)?;
    Ok(template)
}

/// Leaves out the `local` values of parameters: Terraform sets no value of a parameter, and has
/// none for the placeholders in them.
fn drop_local_values(template: &mut Value) {
    let parameters = template.pointer_mut("/x-lychgate/parameters").and_then(Value::as_object_mut);
    for parameter in parameters.into_iter().flat_map(serde_json::Map::values_mut) {
        if let Some(members) = parameter.as_object_mut() {
            members.shift_remove("local");
        }
    }
}

/// Moves the document's default security to every operation that has none of its own. The Developer
/// Guide says that `security` of the root is not used, imports were seen to apply it: an operation
/// that says itself who may call is protected, or open, either way.
fn fold_security(template: &mut Value, api: &Api) -> Result<()> {
    let default = template.as_object_mut().and_then(|root| root.shift_remove("security"));
    let Some(default) = default.filter(|it| it.as_array().is_some_and(|it| !it.is_empty())) else {
        return Ok(());
    };
    for operation in &api.operations {
        let written = template.pointer_mut(&operation.origin.pointer);
        let Some(members) = written.and_then(Value::as_object_mut) else {
            let (method, path) = (operation.method, &operation.path);
            bail!("cannot name the security of {method} {path}: write `security` at the operation");
        };
        if members.get("security").is_none_or(Value::is_null) {
            members.insert("security".to_owned(), default.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use openapi::{Placeholders, parse};
    use serde_json::json;

    use super::*;

    fn packaged(text: &str) -> Value {
        let reading = parse("t.yaml", text, &Placeholders::none());
        deployed(&reading.document.unwrap(), &reading.api.unwrap()).unwrap()
    }

    #[test]
    fn the_default_security_stands_at_every_operation_that_has_none_of_its_own() {
        let text = r#"
openapi: 3.0.3
info: { title: t, version: "1" }
security: [{ members: [] }]
components: { securitySchemes: { members: { type: apiKey, in: header, name: Authorization } } }
paths:
  /a/{b}/~c:
    get: { operationId: guarded, responses: {} }
    put: { operationId: saysNothing, security: null, responses: {} }
    post: { operationId: open, security: [], responses: {} }
    x-amazon-apigateway-any-method: { operationId: other, security: [{}], responses: {} }
"#;
        let packaged = packaged(text);
        let security = |method: &str| packaged["paths"]["/a/{b}/~c"][method]["security"].clone();
        assert_eq!(packaged.get("security"), None);
        assert_eq!(
            (security("get"), security("put")),
            (json!([{ "members": [] }]), security("get"))
        );
        assert_eq!(security("post"), json!([]));
        assert_eq!(security("x-amazon-apigateway-any-method"), json!([{}]));
    }

    #[test]
    fn without_default_security_operations_stay_as_they_are() {
        let text = r#"
openapi: 3.0.3
info: { title: t, version: "1" }
security: []
paths: { /a: { get: { operationId: getA, responses: {} } } }
"#;
        let packaged = packaged(text);
        assert_eq!(
            (packaged.get("security"), packaged["paths"]["/a"]["get"].get("security")),
            (None, None)
        );
    }

    #[test]
    fn values_for_the_laptop_are_left_out() {
        let text = r#"
openapi: 3.0.3
info: { title: t, version: "1" }
paths: {}
x-lychgate:
  parameters:
    key: { description: A key., local: "${made_up_here}", secure: true }
    plain:
"#;
        assert_eq!(
            packaged(text)["x-lychgate"]["parameters"],
            json!({ "key": { "description": "A key.", "secure": true }, "plain": null })
        );
    }
}
