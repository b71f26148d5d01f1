//! The document as Terraform reads it: what is for the laptop alone stays behind.

use openapi::Document;
use serde_json::Value;

/// The document as a template, without the `local` values of parameters: Terraform sets no value
/// of a parameter, and has none for the placeholders in them.
pub(super) fn deployed(document: &Document) -> Value {
    let mut template = document.to_template();
    let parameters = template.pointer_mut("/x-lychgate/parameters").and_then(Value::as_object_mut);
    for parameter in parameters.into_iter().flat_map(serde_json::Map::values_mut) {
        if let Some(members) = parameter.as_object_mut() {
            members.shift_remove("local");
        }
    }
    template
}

#[cfg(test)]
mod tests {
    use openapi::{Placeholders, parse};
    use serde_json::json;

    use super::*;

    #[test]
    fn values_for_the_laptop_are_left_out() {
        let text = r#"
openapi: 3.0.3
x-lychgate:
  parameters:
    key: { description: A key., local: "${made_up_here}", secure: true }
    plain:
"#;
        let document = parse("t.yaml", text, &Placeholders::none()).document.unwrap();
        assert_eq!(
            deployed(&document)["x-lychgate"]["parameters"],
            json!({ "key": { "description": "A key.", "secure": true }, "plain": null })
        );
    }
}
