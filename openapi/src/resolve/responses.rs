//! Declared responses and their headers.

use super::Resolver;
use crate::document::At;
use crate::model::{Header, Response, ResponseStatus};

impl<'d> Resolver<'d, '_> {
    pub(super) fn responses(&mut self, operation: &At<'d>) -> Vec<Response> {
        let declared = self.entries(operation, "responses");
        if declared.is_empty() {
            // API Gateway: "No responses specified for '...'".
            let message = "the operation declares no responses";
            self.warn("no-responses", &operation.origin(), message).help =
                Some("declare at least one under `responses`".to_owned());
        }
        let mut responses = Vec::new();
        for (key, at) in declared {
            let Some(status) = status(key) else {
                let message = format!("`{key}` is no HTTP status");
                self.warn("invalid-status", &at.key_origin(), message).help =
                    Some("write a code like \"200\", a class like \"4XX\", or default".to_owned());
                continue;
            };
            let origin = at.origin();
            let Some(at) = self.follow(&at) else { continue };
            responses.push(Response {
                status,
                description: self.text(&at, "description").unwrap_or_default(),
                headers: self.headers(&at),
                content: self.content(&at),
                origin,
            });
        }
        responses
    }

    fn headers(&mut self, response: &At<'d>) -> Vec<Header> {
        let mut headers = Vec::new();
        for (name, at) in self.entries_with_extensions(response, "headers") {
            let origin = at.origin();
            let Some(at) = self.follow(&at) else { continue };
            headers.push(Header {
                name: name.to_owned(),
                required: self.flag(&at, "required"),
                description: self.text(&at, "description"),
                schema: self.schema_of(&at, "schema"),
                origin,
            });
        }
        headers
    }

    /// Header names may well start with `x-`.
    fn entries_with_extensions(&mut self, at: &At<'d>, key: &str) -> Vec<(&'d str, At<'d>)> {
        self.object(at, key).map(|object| object.members().collect()).unwrap_or_default()
    }
}

fn status(key: &str) -> Option<ResponseStatus> {
    if key == "default" {
        return Some(ResponseStatus::Default);
    }
    if let [class @ b'1'..=b'5', b'X' | b'x', b'X' | b'x'] = key.as_bytes() {
        return Some(ResponseStatus::Range(class - b'0'));
    }
    let code: u16 = key.parse().ok()?;
    (100..600).contains(&code).then_some(ResponseStatus::Code(code))
}
