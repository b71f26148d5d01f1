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
pub(super) struct Templates(Vec<(String, Template)>);

impl Templates {
    /// Reads templates. One that does not parse is reported.
    pub(super) fn new(
        templates: &IndexMap<String, String>,
        origin: &Origin,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut read = Vec::new();
        for (media_type, text) in templates {
            match Template::parse(text) {
                Ok(template) => read.push((essence(media_type), template)),
                Err(error) => diagnostics.push(
                    Diagnostic::error(
                        "template-syntax",
                        origin,
                        format!("the template for `{media_type}` cannot be read: {error}"),
                    )
                    .with_help(
                        "API Gateway would accept it and answer every request with status 500",
                    ),
                ),
            }
        }
        Self(read)
    }

    /// Whether there is no template at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The template for exactly this media type.
    pub(super) fn get(&self, media_type: &str) -> Option<&(String, Template)> {
        self.0.iter().find(|(key, _)| key == media_type)
    }

    /// The template in front.
    pub(super) fn first(&self) -> Option<&(String, Template)> {
        self.0.first()
    }
}

/// Renders a template. One that fails is a 500, as on AWS.
pub(super) fn render(template: &Template, scope: &mut Scope) -> Result<String, Refusal> {
    template.render(scope).map_err(|error| {
        tracing::warn!(%error, "a mapping template failed");
        Refusal::configuration_error()
    })
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
