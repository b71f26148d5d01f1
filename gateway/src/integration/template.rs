//! Mapping templates: which one applies, and what it sees.

use indexmap::IndexMap;
use openapi::{Diagnostic, Origin};
use serde_json::Value;

use crate::exchange::Exchange;
use crate::headers::essence;
use crate::query::percent_decode;
use crate::refusal::Refusal;
use crate::vtl::{Parameters, Scope, Template};

/// Templates by media type, in document order.
#[derive(Debug, Default)]
pub(super) struct Templates(Vec<(String, MappingTemplate)>);

/// A template, or nothing where it cannot be read: API Gateway accepts such a document, and
/// answers with status 500 whatever needs the template.
#[derive(Debug)]
pub(super) struct MappingTemplate(Option<Template>);

impl Templates {
    /// Reads templates. One that cannot be read is reported.
    pub(super) fn new(
        templates: &IndexMap<String, String>,
        origin: &Origin,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut read = Vec::new();
        for (media_type, text) in templates {
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
            read.push((essence(media_type), MappingTemplate(template.ok())));
        }
        Self(read)
    }

    /// Whether there is no template at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The template for exactly this media type.
    pub(super) fn get(&self, media_type: &str) -> Option<&(String, MappingTemplate)> {
        self.0.iter().find(|(key, _)| key == media_type)
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
    /// Renders the template. One that fails is a 500, as on AWS.
    pub(super) fn render(&self, scope: &mut Scope) -> Result<String, Refusal> {
        let Some(template) = &self.0 else { return Err(Refusal::configuration_error()) };
        template.render(scope).map_err(|error| {
            tracing::warn!(%error, "a mapping template failed");
            Refusal::configuration_error()
        })
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
            header: exchange
                .request
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        },
        context,
        stage_variables: exchange.gateway.stage.variables.clone(),
    }
}
