//! Gateway responses: what becomes of a refusal, by type, as the document customises it.
//!
//! Templates know simple substitution only (`$context.*`, `$stageVariables.*`,
//! `$method.request.*`), no directives and no functions.

use indexmap::IndexMap;
use openapi::Diagnostic;
use openapi::model::{GatewayResponse, GatewayResponseType};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::headers::{Headers, essence};
use crate::mapping::{Source, Sources};
use crate::method_response::{HeaderSource, identify, put_headers};
use crate::refusal::Refusal;

/// The document's gateway responses, ready to use.
#[derive(Debug, Default)]
pub(crate) struct GatewayResponses(IndexMap<GatewayResponseType, Customised>);

#[derive(Debug)]
struct Customised {
    status: Option<u16>,
    headers: Vec<(String, Source)>,
    /// Media types and templates.
    templates: Vec<(String, String)>,
}

impl GatewayResponses {
    /// Compiles what the document declares. What cannot be executed is reported.
    pub(crate) fn new(
        declared: &IndexMap<GatewayResponseType, GatewayResponse>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let compile = |(kind, response): (&GatewayResponseType, &GatewayResponse)| {
            (*kind, Customised::new(response, diagnostics))
        };
        Self(declared.iter().map(compile).collect())
    }

    /// The answer to a refused request. `context` is `$context` without `error`.
    pub(crate) fn answer(&self, refusal: &Refusal, sources: &Sources<'_>) -> Answer {
        let mut context = sources.context.clone();
        context["error"] = error_variables(refusal);
        let sources = Sources { context: &context, ..*sources };
        let customised = self.find(refusal);
        let status = customised.and_then(|custom| custom.status).unwrap_or(refusal.status);
        let accept = sources.request.headers.get("accept").unwrap_or_default();
        let template = customised.and_then(|custom| custom.template(accept));
        let (media_type, body) = match template {
            Some((media_type, template)) => (media_type.as_str(), substitute(template, &sources)),
            None => ("application/json", refusal.default_body()),
        };
        let mut answer = Answer::new(status, body);
        answer.headers.push("x-amzn-ErrorType", refusal.error_type);
        let own = customised.map_or(&[][..], |custom| &custom.headers);
        let mut headers: Headers = own
            .iter()
            .filter_map(|(name, source)| Some((name.as_str(), source.evaluate(&sources)?)))
            .collect();
        if headers.get("content-type").is_none() {
            headers.push("Content-Type", media_type);
        }
        put_headers(&mut answer, headers.iter(), HeaderSource::GatewayResponse);
        identify(&mut answer, sources.request, refusal.dispatched);
        answer
    }

    /// The type's own entry, else that of its class. 413 cannot be customised.
    fn find(&self, refusal: &Refusal) -> Option<&Customised> {
        if refusal.kind == GatewayResponseType::RequestTooLarge {
            return None;
        }
        let class = match refusal.status {
            500.. => GatewayResponseType::Default5xx,
            _ => GatewayResponseType::Default4xx,
        };
        self.0.get(&refusal.kind).or_else(|| self.0.get(&class))
    }
}

/// `$context.error` of a refused request.
pub(crate) fn error_variables(refusal: &Refusal) -> Value {
    json!({
        "message": refusal.message,
        "messageString": Value::from(refusal.message.as_deref()).to_string(),
        "responseType": refusal.kind.as_str(),
        "validationErrorString": refusal.validation_error.as_deref().unwrap_or_default(),
    })
}

impl Customised {
    fn new(response: &GatewayResponse, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut headers = Vec::new();
        for (key, value) in &response.parameters {
            let name = key.strip_prefix("gatewayresponse.header.");
            let source = Source::parse(value)
                // One page of the guide spells it so.
                .or_else(|| {
                    Source::parse(&value.replacen(
                        "method.input.params.",
                        "method.request.header.",
                        1,
                    ))
                });
            match (name, source) {
                (Some(name), Some(source)) => headers.push((name.to_owned(), source)),
                (None, _) => diagnostics.push(
                    Diagnostic::warning(
                        "gateway-response-parameter",
                        &response.origin,
                        format!("`{key}` has no effect on a gateway response"),
                    )
                    .with_help("only `gatewayresponse.header.{name}` reaches the client"),
                ),
                (Some(_), None) => diagnostics.push(
                    Diagnostic::error(
                        "mapping-expression",
                        &response.origin,
                        format!(
                            "`{key}` has the value `{value}`, which is not a mapping expression"
                        ),
                    )
                    .with_help("write 'text' in single quotes, or method.request.header.{name}"),
                ),
            }
        }
        let own =
            |(media_type, template): (&String, &String)| (essence(media_type), template.clone());
        let templates = response.templates.iter().map(own).collect();
        Self { status: response.status, headers, templates }
    }

    /// The template for the first media type in `Accept` that has one, else that for JSON, else
    /// the first. The guide says only that templates are kept by media type.
    fn template(&self, accept: &str) -> Option<&(String, String)> {
        let of = |kind: &str| self.templates.iter().find(|(media_type, _)| media_type == kind);
        let wanted = accept.split(',').find_map(|part| of(&essence(part)));
        wanted.or_else(|| of("application/json")).or_else(|| self.templates.first())
    }
}

/// Replaces every variable in a template. An unknown one becomes empty text.
fn substitute(template: &str, sources: &Sources<'_>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('$') {
        text.push_str(&rest[..start]);
        let (expression, length) = variable(&rest[start..]);
        match Source::parse(expression) {
            Some(source) => text.push_str(&source.evaluate(sources).unwrap_or_default()),
            None => text.push_str(&rest[start..start + length]),
        }
        rest = &rest[start + length..];
    }
    text.push_str(rest);
    text
}

/// The expression of a variable at the start of `text` (`$a.b` or `${a.b}`), and how many bytes
/// it takes.
fn variable(text: &str) -> (&str, usize) {
    if let Some(braced) = text.strip_prefix("${")
        && let Some(end) = braced.find('}')
    {
        return (&braced[..end], end + 3);
    }
    let name = &text[1..];
    let is_header = name.starts_with("method.");
    let end = name
        .find(|c: char| {
            !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || (is_header && c == '-'))
        })
        .unwrap_or(name.len());
    let name = name[..end].trim_end_matches('.');
    (name, name.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::MultiMap;
    use crate::request::Request;
    use crate::stage::Stage;

    fn answer(
        kind: GatewayResponseType,
        response: GatewayResponse,
        refusal: &Refusal,
    ) -> (Answer, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let declared = [(kind, response)].into_iter().collect();
        let responses = GatewayResponses::new(&declared, &mut diagnostics);
        let headers = [("Origin", "https://a.example")].into_iter().collect();
        let request = Request::new("GET", "/dev/a", headers, "");
        let sources = Sources {
            request: &request,
            query: &MultiMap::default(),
            path_parameters: &[],
            stage: &Stage::default(),
            context: &json!({ "requestId": "r-1", "stage": "dev" }),
            response_headers: None,
            response_body: None,
        };
        (responses.answer(refusal, &sources), diagnostics)
    }

    fn custom(
        status: Option<u16>,
        parameters: &[(&str, &str)],
        template: Option<&str>,
    ) -> GatewayResponse {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        GatewayResponse {
            status,
            parameters: parameters.iter().map(own).collect(),
            templates: template
                .map(|text| ("application/json".into(), text.into()))
                .into_iter()
                .collect(),
            origin: openapi::Origin::default(),
        }
    }

    #[test]
    fn variables_are_substituted() {
        let template = r#"{"detail":$context.error.messageString,"id":"$context.requestId","why":"$context.error.validationErrorString","o":"$method.request.header.Origin","s":"${context.stage}","x":"$context.nothing.","$":"$input"}"#;
        let refusal = Refusal::invalid_body("[bad]".into());
        let response = custom(None, &[], Some(template));
        let (answer, _) = answer(GatewayResponseType::BadRequestBody, response, &refusal);
        assert_eq!(answer.status, 400);
        assert_eq!(
            String::from_utf8_lossy(&answer.body),
            r#"{"detail":"Invalid request body","id":"r-1","why":"[bad]","o":"https://a.example","s":"dev","x":".","$":"$input"}"#
        );
        assert_eq!(answer.headers.get("x-amzn-errortype"), Some("BadRequestException"));
    }

    #[test]
    fn the_class_applies_where_the_type_is_not_customised() {
        let response = custom(
            Some(404),
            &[
                ("gatewayresponse.header.Access-Control-Allow-Origin", "'*'"),
                ("gatewayresponse.header.X-Origin", "method.request.header.Origin"),
            ],
            None,
        );
        let (answer, diagnostics) = answer(
            GatewayResponseType::Default4xx,
            response,
            &Refusal::missing_authentication_token(),
        );
        assert_eq!(answer.status, 404);
        assert_eq!(answer.headers.get("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.headers.get("x-origin"), Some("https://a.example"));
        assert_eq!(answer.body, r#"{"message":"Missing Authentication Token"}"#);
        assert!(diagnostics.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_template_panics(template in "[$\\{\\}.a-cé]{0,20}|\\PC*") {
            let response = custom(None, &[], Some(&template));
            answer(GatewayResponseType::Default4xx, response, &Refusal::forbidden());
        }
    }

    #[test]
    fn the_first_accepted_media_type_with_a_template_chooses() {
        let templates =
            [("text/html", "<p>"), ("application/json", "{}"), ("text/csv; a=b", "a,b")];
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let response = GatewayResponse {
            templates: templates.iter().map(own).collect(),
            ..custom(None, &[], None)
        };
        let custom = Customised::new(&response, &mut Vec::new());
        for (accept, chosen) in [
            ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html"),
            ("image/png, Text/CSV;q=1", "text/csv"),
            ("*/*", "application/json"),
            ("", "application/json"),
        ] {
            assert_eq!(custom.template(accept).unwrap().0, chosen, "{accept}");
        }
    }

    #[test]
    fn another_class_does_not_apply() {
        let (answer, _) = answer(
            GatewayResponseType::Default4xx,
            custom(Some(418), &[], None),
            &Refusal::integration_timeout(),
        );
        assert_eq!(answer.status, 504);
    }

    #[test]
    fn unusable_parameters_are_reported() {
        let response = custom(
            None,
            &[("gatewayresponse.path.a", "'b'"), ("gatewayresponse.header.A", "b")],
            None,
        );
        let (_, diagnostics) =
            answer(GatewayResponseType::Default5xx, response, &Refusal::configuration_error());
        let codes: Vec<_> = diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(codes, ["gateway-response-parameter", "mapping-expression"]);
    }
}
