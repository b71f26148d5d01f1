//! Identity sources: the parts of a request that tell an authorizer who calls.

use fancy_regex::Regex;
use openapi::Diagnostic;
use openapi::model::Authorizer;

use crate::exchange::Exchange;
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

    /// The values of a request, in order; `None` where one is missing or empty.
    pub(super) fn values(&self, exchange: &Exchange<'_>) -> Vec<Option<String>> {
        let context = exchange.context().to_value();
        let sources = exchange.sources(&context);
        let value = |identity: &IdentitySource| match &identity.source {
            // Unlike in mappings the letter case does not matter: clients of HTTP/2 send lower
            // case, and are authorized.
            Source::Header { name, .. } => exchange.request.headers.get(name).map(str::to_owned),
            source => source.evaluate(&sources),
        };
        self.0.iter().map(|identity| value(identity).filter(|value| !value.is_empty())).collect()
    }

    /// The values as the execution log shows them: `{source=********abcdef}`.
    pub(super) fn masked(&self, values: &[Option<String>]) -> String {
        let pair = |(identity, value): (&IdentitySource, &Option<String>)| {
            Some(format!("{}={}", identity.text, mask(value.as_deref()?)))
        };
        let pairs: Vec<String> = self.0.iter().zip(values).filter_map(pair).collect();
        format!("{{{}}}", pairs.join(", "))
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

/// A secret in a log: stars but for its last six characters, as API Gateway writes it. Short ones
/// stay hidden altogether.
pub(super) fn mask(secret: &str) -> String {
    let length = secret.chars().count();
    let shown = if length >= 12 { 6 } else { 0 };
    let hidden = length - shown;
    "*".repeat(hidden).chars().chain(secret.chars().skip(hidden)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_last_six_characters_if_enough_stay_hidden() {
        assert_eq!(mask("0123456789abcdef"), "**********abcdef");
        assert_eq!(mask("abcdef"), "******");
        assert_eq!(mask(""), "");
    }
}
