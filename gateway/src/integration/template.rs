//! Mapping templates: which one applies, and what it sees.

use indexmap::IndexMap;
use openapi::{Diagnostic, Origin};
use serde_json::Value;

use crate::exchange::Exchange;
use crate::method_request;
use crate::query::percent_decode;
use crate::refusal::Refusal;
use crate::vtl::{Parameters, Scope, Template};

/// Templates by media type as written, in document order.
#[derive(Debug, Default)]
pub(super) struct Templates(Vec<(String, MappingTemplate)>);

/// A template, or nothing where it cannot be read: API Gateway accepts such a document, and
/// answers with status 500 whatever needs the template.
#[derive(Debug)]
pub(super) struct MappingTemplate(Option<Template>);

impl Templates {
    /// Reads templates; `origins` say where each stands, and what they belong to. One that cannot be
    /// read is reported.
    pub(super) fn new(
        templates: &IndexMap<String, String>,
        (origins, owner): (&IndexMap<String, Origin>, &Origin),
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut read = Vec::new();
        for (media_type, text) in templates {
            let origin = origins.get(media_type).unwrap_or(owner);
            let template = Template::parse(text);
            match &template {
                Ok(template) => report_cautions(template, media_type, origin, diagnostics),
                Err(error) => {
                    let message =
                        format!("the template for `{media_type}` cannot be read: {error}");
                    diagnostics.push(
                        Diagnostic::warning("template-syntax", origin, message).with_help(
                            "API Gateway accepts it and answers with status 500 whatever needs it",
                        ),
                    );
                }
            }
            if media_type.contains(';') {
                let message =
                    format!("`{media_type}` has parameters, which no media type of a request has");
                diagnostics.push(
                    Diagnostic::warning("template-media-type", origin, message)
                        .with_help("API Gateway compares without parameters: leave them out"),
                );
            }
            read.push((media_type.trim().to_owned(), MappingTemplate(template.ok())));
        }
        Self(read)
    }

    /// Whether there is no template at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The template for exactly this media type; a key with parameters fits none.
    pub(super) fn get(&self, media_type: &str) -> Option<&(String, MappingTemplate)> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(media_type))
    }

    /// The template in front.
    pub(super) fn first(&self) -> Option<&(String, MappingTemplate)> {
        self.0.first()
    }
}

fn report_cautions(
    template: &Template,
    media_type: &str,
    origin: &Origin,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for caution in template.cautions() {
        let message =
            format!("Velocity 1.7 cannot read the template for `{media_type}`: {caution}");
        diagnostics.push(
            Diagnostic::warning("template-portability", origin, message)
                .with_help("it works here, but API Gateway may answer with status 500"),
        );
    }
}

impl MappingTemplate {
    /// Renders the template of a `"request"` or `"response"`. One that fails is a 500, as on AWS.
    pub(super) fn render(
        &self,
        scope: &mut Scope,
        exchange: &Exchange<'_>,
        side: &str,
    ) -> Result<String, Refusal> {
        let rendered = self.0.as_ref().map(|template| template.render(scope));
        let why = match rendered {
            Some(Ok(text)) => return Ok(text),
            Some(Err(error)) => error.to_string(),
            None => "it cannot be read".to_owned(),
        };
        tracing::warn!("the mapping template of a {side} failed: {why}");
        exchange.journal.line(|| {
            format!("Execution failed due to configuration error: Unable to transform {side}")
        });
        Err(Refusal::configuration_error())
    }
}

/// What the templates of an exchange see; `body` is the request's.
pub(super) fn scope(exchange: &Exchange<'_>, body: String) -> Scope {
    let last = |(name, values): (&String, &Vec<String>)| {
        (name.clone(), values.last().cloned().unwrap_or_default())
    };
    let context = match exchange.context().to_value() {
        Value::Object(context) => context,
        _ => serde_json::Map::new(),
    };
    Scope {
        body,
        parameters: Parameters {
            path: exchange
                .route
                .path_parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), percent_decode(value)))
                .collect(),
            querystring: exchange.query.0.iter().map(last).collect(),
            header: method_request::headers(exchange.request)
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        },
        context,
        stage_variables: exchange.gateway.stage.variables.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::sample;

    #[test]
    fn findings_about_a_template_stand_at_the_template() {
        let document = r##"
openapi: 3.0.3
info: { title: a, version: "1" }
paths:
  /a:
    get:
      responses: { "200": { description: a } }
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates:
          application/json: "#if("
          text/plain;v=1: "{statusCode: 200}"
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: |
                a
                $a.b(1 + 1)
"##;
        let gateway = sample::gateway(document);
        let findings: Vec<_> = gateway
            .diagnostics()
            .iter()
            .map(|found| (found.code, found.origin.as_ref().unwrap().position.to_string()))
            .collect();
        assert_eq!(
            findings,
            [
                ("template-syntax", "11:29".to_owned()),
                ("template-media-type", "12:27".to_owned()),
                // A block starts with its first line.
                ("template-portability", "18:17".to_owned()),
            ]
        );
        let portability = &gateway.diagnostics()[2].message;
        assert!(portability.contains("template line 2, column 6"), "{portability}");
    }
}
