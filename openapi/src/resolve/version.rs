//! Which kind of document it is. Only OpenAPI 3.0 goes on; anything else gets one finding that
//! says what to do, and none of the many that would follow from it.

use crate::diagnostic::Diagnostic;
use crate::document::{At, Content};

pub(super) fn check(root: &At<'_>, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let Err(found) = supported(root) else { return true };
    diagnostics.push(found);
    false
}

fn supported(root: &At<'_>) -> Result<(), Diagnostic> {
    if !root.is_object() {
        let message = format!("the document is {}, not an object", root.node().kind());
        return Err(Diagnostic::error("not-openapi", &root.origin(), message)
            .with_help("start it with `openapi: 3.0.3`"));
    }
    if let Some(swagger) = root.get("swagger") {
        let message = "this is a Swagger 2.0 document; only OpenAPI 3.0 is read";
        return Err(Diagnostic::error("swagger-2", &swagger.key_origin(), message)
            .with_help("convert it first, for example with swagger2openapi or editor.swagger.io"));
    }
    let Some(version) = root.get("openapi") else {
        let message = "there is no `openapi` key, so this is no OpenAPI document";
        return Err(Diagnostic::error("not-openapi", &root.origin(), message)
            .with_help("start it with `openapi: 3.0.3`"));
    };
    let text = match &version.node().content {
        Content::String { text, .. } | Content::Number { text, .. } => text.as_str(),
        _ => "",
    };
    if text == "3.0" || text.starts_with("3.0.") {
        return Ok(());
    }
    if text.starts_with("3.") {
        let message = format!("OpenAPI {text} is not supported: API Gateway imports 3.0 only");
        return Err(Diagnostic::error("unsupported-version", &version.origin(), message)
            .with_help("write `openapi: 3.0.3`, and `nullable: true` for types that list `null`"));
    }
    let message = format!("`openapi` is `{text}`, which is no version of OpenAPI 3.0");
    Err(Diagnostic::error("unsupported-version", &version.origin(), message)
        .with_help("write `openapi: 3.0.3`"))
}
