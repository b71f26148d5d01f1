//! Identity sources: the parts of a request that tell an authorizer who calls.

use fancy_regex::Regex;
use openapi::Diagnostic;
use openapi::model::Authorizer;

use crate::exchange::Exchange;
use crate::execution_log::masked;
use crate::mapping::Source;

/// Where one part of an identity comes from.
#[derive(Debug)]
struct IdentitySource {
    /// As written: `method.request.header.Authorization`.
    text: String,
    source: Source,
}

/// The identity sources of an authorizer, in their order.
#[derive(Debug, Default)]
pub(super) struct IdentitySources(Vec<IdentitySource>);

impl IdentitySources {
    /// The sources an authorizer declares. What is none is reported.
    pub(super) fn new(authorizer: &Authorizer, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut sources = Vec::new();
        for text in &authorizer.identity_sources {
            match Source::parse(text) {
                Some(
                    source @ (Source::Header { all: false, .. }
                    | Source::Query { all: false, .. }
                    | Source::StageVariable(_)
                    | Source::Context(_)),
                ) => sources.push(IdentitySource { text: text.clone(), source }),
                _ => diagnostics.push(
                    Diagnostic::error(
                        "identity-source",
                        &authorizer.origin,
                        format!("`{text}` is no identity source"),
                    )
                    .with_help("write method.request.header.{name}, method.request.querystring.{name}, stageVariables.{name} or context.{name}"),
                ),
            }
        }
        Self(sources)
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values of a request, in order; `None` where one is missing or empty. Tells the log that
    /// the authorizer with this id has started, and what it must not show from now on.
    pub(super) fn read(&self, id: &str, exchange: &Exchange<'_>) -> Vec<Option<String>> {
        let journal = exchange.journal;
        let request_id = &exchange.request.ids.request_id;
        journal.line(|| format!("Starting authorizer: {id} for request: {request_id}"));
        let context = exchange.context().to_value();
        let sources = exchange.sources(&context);
        let value = |identity: &IdentitySource| match &identity.source {
            // Unlike in mappings the letter case does not matter: clients of HTTP/2 send lower
            // case, and are authorized.
            Source::Header { name, .. } => exchange.request.headers.get(name).map(str::to_owned),
            source => source.evaluate(&sources),
        };
        let values: Vec<Option<String>> = self
            .0
            .iter()
            .map(|identity| value(identity).filter(|value| !value.is_empty()))
            .collect();
        self.hide(&values, exchange);
        values
    }

    /// Names what the client sent to prove who it is as secret. API Gateway's log lists it masked.
    fn hide(&self, values: &[Option<String>], exchange: &Exchange<'_>) {
        let journal = exchange.journal;
        let mut listed = Vec::new();
        for (identity, value) in self.0.iter().zip(values) {
            let Some(value) = value else { continue };
            if matches!(identity.source, Source::Header { .. } | Source::Query { .. }) {
                journal.secret(value);
                if let Some((_, credential)) = value.split_once(' ') {
                    journal.secret(credential);
                }
            }
            listed.push(format!("{}={}", identity.text, masked(value)));
        }
        journal.line(|| format!("Incoming identity: {{{}}}", listed.join(", ")));
    }
}

/// `identityValidationExpression`: a regular expression that a whole value has to match.
pub(super) fn validation(
    authorizer: &Authorizer,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Regex> {
    let expression = authorizer.validation_expression.as_deref()?;
    Regex::new(&format!(r"\A(?:{expression})\z"))
        .map_err(|error| {
            let message = format!("identityValidationExpression `{expression}` is wrong: {error}");
            let origin = &authorizer.origin;
            diagnostics.push(Diagnostic::error("validation-expression", origin, message));
        })
        .ok()
}
