//! Integration response: which of the declared `responses` a backend's answer becomes.

use bytes::Bytes;
use fancy_regex::Regex;
use openapi::Diagnostic;
use openapi::model::{
    ContentHandling, Integration, IntegrationResponse, Operation, ResponseStatus, StatusSelector,
};

use super::content_handling::Conversion;
use super::template::{MappingTemplate, Templates};
use crate::answer::Answer;
use crate::backend::BackendResponse;
use crate::exchange::Exchange;
use crate::headers::{Headers, essence};
use crate::mapping::{Source, Sources};
use crate::method_response::{HeaderSource, put_headers};
use crate::refusal::Refusal;
use crate::vtl::Scope;

/// What a backend answered.
#[derive(Debug)]
pub(super) struct BackendAnswer {
    pub(super) headers: Headers,
    pub(super) body: Bytes,
    /// The media type of the body is one of the document's binary media types.
    pub(super) is_binary: bool,
}

impl BackendAnswer {
    /// What an endpoint answered, whose media type says what its body is.
    pub(super) fn of_endpoint(response: BackendResponse, exchange: &Exchange<'_>) -> Self {
        let BackendResponse { headers, body, .. } = response;
        let is_binary = exchange.gateway.binary.has(headers.get("content-type"));
        Self { headers, body, is_binary }
    }

    /// Text without headers, as functions and mocks answer: their payloads are never bytes.
    pub(super) const fn text(body: Bytes) -> Self {
        Self { headers: Headers::new(), body, is_binary: false }
    }
}

/// The `responses` of a non-proxy integration.
#[derive(Debug)]
pub(super) struct IntegrationResponses {
    by_pattern: Vec<(Regex, Entry)>,
    default: Option<Entry>,
}

#[derive(Debug)]
struct Entry {
    status: u16,
    /// The operation declares a response with this status.
    is_declared: bool,
    headers: Vec<(String, Source)>,
    templates: Templates,
    content_handling: Option<ContentHandling>,
}

impl IntegrationResponses {
    /// Compiles the responses of an operation's integration.
    pub(super) fn new(
        operation: &Operation,
        integration: &Integration,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut responses = Self { by_pattern: Vec::new(), default: None };
        for response in &integration.responses {
            let entry = Entry::new(operation, response, diagnostics);
            match &response.selector {
                StatusSelector::Default => responses.default = Some(entry),
                // The guide's samples work only if the expression matches the whole text.
                StatusSelector::Pattern(pattern) => {
                    match Regex::new(&format!(r"\A(?:{pattern})\z")) {
                        Ok(regex) => responses.by_pattern.push((regex, entry)),
                        Err(error) => diagnostics.push(Diagnostic::error(
                            "selection-pattern",
                            &response.origin,
                            format!("`{pattern}` is not a regular expression: {error}"),
                        )),
                    }
                }
            }
        }
        responses
    }

    /// Turns a backend's answer into the gateway's. `subject` is what patterns are matched
    /// against.
    pub(super) fn answer(
        &self,
        subject: Option<&str>,
        backend: &BackendAnswer,
        scope: &mut Scope,
        exchange: &Exchange<'_>,
    ) -> Result<Answer, Refusal> {
        let entry = subject.and_then(|subject| self.matching(subject)).or(self.default.as_ref());
        let problem = match entry {
            Some(entry) if entry.is_declared => return entry.answer(backend, scope, exchange),
            Some(entry) => {
                format!("Output mapping refers to an invalid method response: {}", entry.status)
            }
            None => {
                "No match for output mapping and no default output mapping configured".to_owned()
            }
        };
        exchange.journal.line(|| format!("Execution failed due to configuration error: {problem}"));
        Err(Refusal::configuration_error())
    }

    /// Of several that match, the one which answers with the very status (measured on AWS for
    /// mocks), else the first.
    fn matching(&self, subject: &str) -> Option<&Entry> {
        let matches = |(regex, _): &&(Regex, Entry)| regex.is_match(subject).unwrap_or_default();
        let matching = || self.by_pattern.iter().filter(matches).map(|(_, entry)| entry);
        matching().find(|entry| entry.status.to_string() == subject).or_else(|| matching().next())
    }
}

impl Entry {
    fn new(
        operation: &Operation,
        response: &IntegrationResponse,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let declared = ResponseStatus::Code(response.status);
        let is_declared = operation.responses.iter().any(|known| known.status == declared);
        if !is_declared {
            diagnostics.push(
                Diagnostic::warning(
                    "undeclared-status",
                    &response.origin,
                    format!("status {} is not among the operation's responses", response.status),
                )
                .with_help(
                    "declare it: API Gateway refuses the import, or answers with status 500",
                ),
            );
        }
        let mut headers = Vec::new();
        for (key, value) in &response.parameters {
            let name = key.strip_prefix("method.response.header.");
            match (name, Source::parse(value)) {
                (Some(name), Some(source)) => headers.push((name.to_owned(), source)),
                _ => diagnostics.push(
                    Diagnostic::error(
                        "mapping-expression",
                        &response.origin,
                        format!("`{key}: {value}` is not a response mapping"),
                    )
                    .with_help("write `method.response.header.{name}: \"'text'\"`, context.{name} or stageVariables.{name}"),
                ),
            }
        }
        Self {
            status: response.status,
            is_declared,
            headers,
            templates: Templates::new(
                &response.templates,
                (&response.template_origins, &response.origin),
                diagnostics,
            ),
            content_handling: response.content_handling,
        }
    }

    fn answer(
        &self,
        backend: &BackendAnswer,
        scope: &mut Scope,
        exchange: &Exchange<'_>,
    ) -> Result<Answer, Refusal> {
        let accept = exchange.request.headers.get("accept");
        let conversion = Conversion::of_response(
            backend.is_binary,
            exchange.gateway.binary.accepted(accept),
            self.content_handling,
        );
        let (media_type, body) = match self.template(accept) {
            Some((media_type, template)) => {
                scope.body = conversion.response_input(&backend.body)?;
                (
                    media_type.as_str(),
                    conversion.response_output(template.render(scope, exchange, "response")?)?,
                )
            }
            None => ("application/json", conversion.apply(backend.body.clone())?),
        };
        let status = scope.status_override().filter(|status| *status >= 200);
        let mut answer = Answer::new(status.unwrap_or(self.status), body);
        let headers = self.headers(backend, scope, exchange, media_type);
        put_headers(&mut answer, headers.iter(), HeaderSource::Mapping);
        Ok(answer)
    }

    /// The template for the first media type the client accepts, else the one for JSON, else the
    /// first.
    fn template(&self, accept: Option<&str>) -> Option<&(String, MappingTemplate)> {
        let first = essence(accept.and_then(|accept| accept.split(',').next()).unwrap_or_default());
        self.templates
            .get(&first)
            .or_else(|| self.templates.get("application/json"))
            .or_else(|| self.templates.first())
    }

    /// Mapped headers; what the templates override wins, and so does a mapped media type.
    fn headers(
        &self,
        backend: &BackendAnswer,
        scope: &Scope,
        exchange: &Exchange<'_>,
        media_type: &str,
    ) -> Headers {
        let context = serde_json::Value::Object(scope.context.clone());
        let body = String::from_utf8_lossy(&backend.body);
        let sources = Sources {
            response_headers: Some(&backend.headers),
            response_body: Some(&body),
            ..exchange.sources(&context)
        };
        let overridden: Headers = scope.response_headers().into_iter().collect();
        let mut headers = Headers::new();
        for (name, source) in &self.headers {
            if overridden.get(name).is_none()
                && let Some(value) = source.evaluate(&sources)
            {
                headers.push(name, value);
            }
        }
        for (name, value) in overridden.iter() {
            headers.push(name, value);
        }
        if headers.get("content-type").is_none() {
            headers.push("Content-Type", media_type);
        }
        headers
    }
}
