//! Integration request parameters: headers, query string and path variables on their way to the
//! backend, from `requestParameters` and from what the request template overrides.

use indexmap::IndexMap;
use openapi::Diagnostic;
use openapi::model::{Integration, IntegrationType};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::mapping::{self, Source, Sources};
use crate::query::{MultiMap, percent_decode};
use crate::refusal::Refusal;
use crate::vtl::Scope;

/// Headers that may not be set; API Gateway notices only when the method is called (recorded on
/// AWS).
const NEVER_SET: &[&str] =
    &["content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"];
/// The same towards AWS services and functions.
const NEVER_SET_TO_AWS: &[&str] =
    &["authorization", "connection", "expect", "proxy-authenticate", "te"];

/// Stays as it is in a query string.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Stays as it is in a path that a variable may write several segments of.
const PATH: &AsciiSet = &QUERY
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// The `requestParameters` of an integration.
#[derive(Debug)]
pub(super) struct RequestParameters {
    headers: Vec<(String, Source)>,
    querystring: Vec<(String, Source)>,
    path: Vec<(String, Source)>,
    is_to_aws: bool,
}

/// Parameters for one request to the backend.
#[derive(Debug, Default)]
pub(super) struct MappedParameters {
    /// Names are those of the mapping.
    pub(super) headers: Headers,
    /// Decoded.
    pub(super) querystring: MultiMap,
    path: IndexMap<String, PathVariable>,
}

#[derive(Debug)]
struct PathVariable {
    text: String,
    /// It is part of the request's path, and percent-encoded as the client wrote it.
    is_encoded: bool,
}

impl RequestParameters {
    /// The parameters of an integration. Mappings that cannot be executed are reported, and so
    /// are those which make API Gateway fail.
    pub(super) fn new(integration: &Integration, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut parameters = Self {
            headers: Vec::new(),
            querystring: Vec::new(),
            path: Vec::new(),
            is_to_aws: matches!(integration.kind, IntegrationType::Aws | IntegrationType::AwsProxy),
        };
        for (key, value) in &integration.request_parameters {
            let place =
                key.strip_prefix("integration.request.").and_then(|key| key.split_once('.'));
            let source = Source::parse(value).filter(|source| !source.is_of_response());
            let known = match (place, source) {
                (Some(("header", name)), Some(source)) => {
                    if parameters.is_illegal(name) {
                        diagnostics.push(illegal(key, integration));
                    }
                    Some((&mut parameters.headers, name, source))
                }
                (Some(("querystring", name)), Some(source)) => {
                    Some((&mut parameters.querystring, name, source))
                }
                (Some(("path", name)), Some(source)) => Some((&mut parameters.path, name, source)),
                _ => None,
            };
            match known {
                Some((mappings, name, source)) => mappings.push((name.to_owned(), source)),
                None => diagnostics.push(unknown(key, value, integration)),
            }
        }
        parameters
    }

    /// The parameters for one request. `scope` is what the request template left behind, if the
    /// integration has templates: its overrides win.
    ///
    /// # Errors
    /// Status 400 if a mapping reads a body that is not JSON; 500 for headers only API Gateway
    /// itself may set.
    pub(super) fn map(
        &self,
        exchange: &Exchange<'_>,
        scope: Option<&Scope>,
    ) -> Result<MappedParameters, Refusal> {
        let mut mapped = MappedParameters::default();
        if self.all().next().is_some() {
            if self.all().any(|(_, source)| source.is_of_body()) {
                check_json(exchange)?;
            }
            let context = exchange.context().to_value();
            self.evaluate(&exchange.sources(&context), &mut mapped);
        }
        if let Some(scope) = scope {
            mapped.apply_overrides(scope);
        }
        if let Some((name, _)) = mapped.headers.iter().find(|(name, _)| self.is_illegal(name)) {
            exchange.journal.line(|| {
                format!(
                    "Execution failed due to configuration error: {name} header already present"
                )
            });
            tracing::warn!(header = name, "a mapping sets a header of API Gateway's own");
            return Err(Refusal::configuration_error());
        }
        Ok(mapped)
    }

    fn all(&self) -> impl Iterator<Item = &(String, Source)> {
        self.headers.iter().chain(&self.querystring).chain(&self.path)
    }

    fn evaluate(&self, sources: &Sources<'_>, mapped: &mut MappedParameters) {
        for (name, source) in &self.headers {
            if let Some(value) = source.evaluate(sources) {
                mapped.headers.set(name, value);
            }
        }
        for (name, source) in &self.querystring {
            // A query parameter with several values is repeated.
            let values = match source {
                Source::Query { name, all: true } => sources.query.get_all(name).to_vec(),
                Source::Path(_) => {
                    source.evaluate(sources).iter().map(|value| percent_decode(value)).collect()
                }
                _ => source.evaluate(sources).into_iter().collect(),
            };
            for value in values {
                mapped.querystring.push(name.clone(), value);
            }
        }
        for (name, source) in &self.path {
            if let Some(text) = source.evaluate(sources) {
                let is_encoded = matches!(source, Source::Path(_));
                mapped.path.insert(name.clone(), PathVariable { text, is_encoded });
            }
        }
    }

    fn is_illegal(&self, header: &str) -> bool {
        let header = header.to_ascii_lowercase();
        NEVER_SET.contains(&header.as_str())
            || (self.is_to_aws && NEVER_SET_TO_AWS.contains(&header.as_str()))
    }
}

impl MappedParameters {
    fn apply_overrides(&mut self, scope: &Scope) {
        for (name, value) in scope.request_overrides("header") {
            self.headers.set(name, value);
        }
        for (name, value) in scope.request_overrides("querystring") {
            self.querystring.0.insert(name, vec![value]);
        }
        for (name, text) in scope.request_overrides("path") {
            self.path.insert(name, PathVariable { text, is_encoded: false });
        }
    }

    /// Fills the `{name}`s of a URI. One that nothing is mapped to stays as it is. Values keep
    /// their slashes in a path, and nothing but letters, digits and `-._~` in a query string.
    pub(super) fn fill(&self, uri: &str) -> String {
        let mut filled = String::with_capacity(uri.len());
        let mut rest = uri;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let variable = after
                .split_once('}')
                .and_then(|(name, after)| self.path.get(name).map(|variable| (variable, after)));
            match variable {
                Some((variable, after)) => {
                    variable.write(filled.contains('?'), &mut filled);
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }
}

impl PathVariable {
    fn write(&self, is_in_query: bool, out: &mut String) {
        match (self.is_encoded, is_in_query) {
            (true, false) => out.push_str(&self.text),
            (true, true) => out.extend(utf8_percent_encode(&percent_decode(&self.text), QUERY)),
            (false, false) => out.extend(utf8_percent_encode(&self.text, PATH)),
            (false, true) => out.extend(utf8_percent_encode(&self.text, QUERY)),
        }
    }
}

/// Appends query parameters to a URL that may have some.
pub(super) fn append_query(url: &mut String, parameters: &MultiMap) {
    let pairs = parameters
        .0
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in pairs {
        if !url.ends_with(['?', '&']) {
            url.push(separator);
        }
        separator = '&';
        url.extend(utf8_percent_encode(name, QUERY));
        url.push('=');
        url.extend(utf8_percent_encode(value, QUERY));
    }
}

/// Mappings read a body only if it is JSON; one that does not even start like JSON counts as an
/// empty object.
fn check_json(exchange: &Exchange<'_>) -> Result<(), Refusal> {
    let body = mapping::request_body(exchange.request);
    let starts_like_json = body.starts_with(['{', '[', '"', '\'']);
    if starts_like_json && serde_json::from_str::<Value>(&body).is_err() {
        return Err(Refusal::body_is_not_json());
    }
    Ok(())
}

fn illegal(key: &str, integration: &Integration) -> Diagnostic {
    Diagnostic::warning(
        "illegal-header-mapping",
        &integration.origin,
        format!("`{key}` makes API Gateway answer every request with status 500"),
    )
    .with_help("leave the mapping out: API Gateway sets this header itself")
}

fn unknown(key: &str, value: &str, integration: &Integration) -> Diagnostic {
    Diagnostic::error(
        "mapping-expression",
        &integration.origin,
        format!("`{key}: {value}` is not a request mapping"),
    )
    .with_help(
        "write `integration.request.header.{name}`, `.querystring.` or `.path.`, and as value \
         \"'text'\", method.request.{place}.{name}, context.{name} or stageVariables.{name}",
    )
}

#[cfg(test)]
mod tests;
