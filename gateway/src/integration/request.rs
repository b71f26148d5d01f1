//! Integration request: the body on its way to the backend.

use bytes::Bytes;
use openapi::Diagnostic;
use openapi::model::{ContentHandling, Integration, PassthroughBehavior};

use super::content_handling::Conversion;
use super::template::{self, MappingTemplate, Templates};
use crate::exchange::Exchange;
use crate::refusal::Refusal;
use crate::vtl::Scope;

/// Templates and what happens without one.
#[derive(Debug)]
pub(super) struct IntegrationRequest {
    templates: Templates,
    passthrough: PassthroughBehavior,
    content_handling: Option<ContentHandling>,
}

/// A body on its way to the backend.
#[derive(Debug)]
pub(super) struct MappedRequest {
    pub(super) body: Bytes,
    /// Holds what the template overrides, and goes on to the templates of the answer.
    pub(super) scope: Scope,
}

impl IntegrationRequest {
    /// The request side of an integration.
    pub(super) fn new(integration: &Integration, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let origins = (&integration.template_origins, &integration.origin);
        let templates = Templates::new(&integration.request_templates, origins, diagnostics);
        Self {
            templates,
            passthrough: integration.passthrough,
            content_handling: integration.content_handling,
        }
    }

    /// Whether any template is declared.
    pub(super) const fn has_templates(&self) -> bool {
        !self.templates.is_empty()
    }

    /// The template for a request; nothing if its body passes through.
    ///
    /// Only the media type of `Content-Type` counts, and a missing one is JSON.
    pub(super) fn template(&self, media_type: &str) -> Result<Option<&MappingTemplate>, Refusal> {
        let found = self.templates.get(media_type).or_else(|| self.templates.get("$default"));
        match (found, self.passthrough) {
            (Some((_, template)), _) => Ok(Some(template)),
            (None, PassthroughBehavior::WhenNoMatch) => Ok(None),
            (None, PassthroughBehavior::WhenNoTemplates) if self.templates.is_empty() => Ok(None),
            (None, _) => Err(Refusal::unsupported_media_type()),
        }
    }

    /// The body for the backend, from the template for the request or without one.
    pub(super) fn map(&self, exchange: &Exchange<'_>) -> Result<MappedRequest, Refusal> {
        let request = exchange.request;
        let is_binary = exchange.gateway.binary.has(request.headers.get("content-type"));
        let conversion = Conversion::of_request(is_binary, self.content_handling);
        match self.template(&request.headers.media_type())? {
            Some(template) => {
                let body = conversion.request_input(&request.body)?;
                let mut scope = template::scope(exchange, body);
                let body = template.render(&mut scope, exchange, "request")?.into();
                Ok(MappedRequest { body, scope })
            }
            None => {
                let body = conversion.apply(request.body.clone())?;
                let scope = template::scope(exchange, String::new());
                Ok(MappedRequest { body, scope })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use openapi::model::IntegrationType;

    use super::*;
    use crate::sample;

    fn outcome(
        passthrough: PassthroughBehavior,
        templates: &[&str],
        media_type: &str,
    ) -> &'static str {
        let mut integration = sample::integration(IntegrationType::Mock);
        integration.passthrough = passthrough;
        integration.request_templates =
            templates.iter().map(|&key| (key.to_owned(), "{}".to_owned())).collect();
        let request = IntegrationRequest::new(&integration, &mut Vec::new());
        match request.template(media_type) {
            Ok(Some(_)) => "transform",
            Ok(None) => "pass through",
            Err(refusal) if refusal.status == 415 => "415",
            Err(_) => "?",
        }
    }

    /// The table of the guide ("integration passthrough behaviors").
    #[test]
    fn passthrough_follows_the_guides_table() {
        use PassthroughBehavior::{Never, WhenNoMatch, WhenNoTemplates};
        let json = "application/json";
        for (behavior, templates, media_type, expected) in [
            (WhenNoMatch, &[json][..], json, "transform"),
            (WhenNoMatch, &[json], "text/plain", "pass through"),
            (WhenNoMatch, &[], json, "pass through"),
            (WhenNoTemplates, &[json], json, "transform"),
            (WhenNoTemplates, &[json], "text/plain", "415"),
            (WhenNoTemplates, &[], json, "pass through"),
            (Never, &[json], json, "transform"),
            (Never, &[json], "text/plain", "415"),
            (Never, &[], json, "415"),
        ] {
            assert_eq!(outcome(behavior, templates, media_type), expected, "{behavior:?}");
        }
    }
}
