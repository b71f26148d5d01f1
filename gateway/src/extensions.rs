//! Extensions: what becomes of every `x-amazon-apigateway-*` and its members.
//!
//! The table below accounts for each name API Gateway knows: a stage of the request executes it,
//! or it changes no answer and the table says why, or a finding tells. A name that is not in the
//! table cannot be executed faithfully, and stops the start.

use openapi::model::{Extension, ExtensionPlace as Place};
use openapi::{Api, Diagnostic};
use serde_json::Value;

/// What becomes of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// A stage of the request acts on it, and refuses values that it cannot execute itself.
    Executed,
    /// No answer depends on it, for this reason.
    Silent(&'static str),
    /// API Gateway gives it no effect on a REST API either, though its author expects one.
    Ignored(&'static str),
    /// It has an effect on AWS that the gateway does not have. Answers stay the same.
    Missing(&'static str),
    /// Answers would differ, so a document with it is refused.
    Refused(&'static str),
}

const HTTP_API: Effect = Effect::Ignored("it is for HTTP APIs");
const NO_TLS: Effect = Effect::Silent("TLS is not the gateway's: it listens for plain HTTP");

#[rustfmt::skip]
const TABLE: &[(Place, &str, Effect)] = &[
    (Place::Root, "api-key-source", Effect::Executed),
    (Place::Root, "binary-media-types", Effect::Executed),
    (Place::Root, "cors", HTTP_API),
    (Place::Root, "documentation", Effect::Silent("documentation")),
    (Place::Root, "endpoint-access-mode", NO_TLS),
    (Place::Root, "gateway-responses", Effect::Executed),
    (Place::Root, "importexport-version", HTTP_API),
    (Place::Root, "minimum-compression-size", Effect::Executed),
    (Place::Root, "policy", Effect::Executed),
    (Place::Root, "request-validator", Effect::Executed),
    (Place::Root, "request-validators", Effect::Executed),
    (Place::Root, "security-policy", NO_TLS),
    (Place::Path, "any-method", Effect::Executed),
    (Place::Operation, "auth", Effect::Executed),
    (Place::Operation, "integration", Effect::Executed),
    (Place::Operation, "request-validator", Effect::Executed),
    (Place::SecurityScheme, "authorizer", Effect::Executed),
    (Place::SecurityScheme, "authtype", Effect::Executed),
    (Place::Server, "endpoint-configuration", Effect::Executed),
    (Place::Components, "integrations", HTTP_API),
    (Place::Tag, "tag-value", HTTP_API),

    (Place::Auth, "type", Effect::Executed),
    (Place::Authorizer, "authorizerCredentials", Effect::Silent("functions are called without a role")),
    (Place::Authorizer, "authorizerResultTtlInSeconds", Effect::Executed),
    (Place::Authorizer, "authorizerUri", Effect::Executed),
    (Place::Authorizer, "enableSimpleResponses", HTTP_API),
    (Place::Authorizer, "identitySource", Effect::Executed),
    (Place::Authorizer, "identityValidationExpression", Effect::Executed),
    (Place::Authorizer, "jwtConfiguration", HTTP_API),
    (Place::Authorizer, "payloadFormatVersion", HTTP_API),
    (Place::Authorizer, "providerARNs", Effect::Executed),
    (Place::Authorizer, "type", Effect::Executed),
    (Place::EndpointConfiguration, "disableExecuteApiEndpoint", Effect::Executed),
    (Place::EndpointConfiguration, "ipAddressType", Effect::Silent("where to listen is an option")),
    (Place::EndpointConfiguration, "vpcEndpointIds", Effect::Executed),
    (Place::GatewayResponse, "responseParameters", Effect::Executed),
    (Place::GatewayResponse, "responseTemplates", Effect::Executed),
    (Place::GatewayResponse, "statusCode", Effect::Executed),
    (Place::Integration, "cacheKeyParameters", Effect::Missing("answers are not cached")),
    (Place::Integration, "cacheNamespace", Effect::Silent("answers are not cached")),
    (Place::Integration, "connectionId", Effect::Missing(
        "a VPC link is not simulated, the host in the uri is called directly")),
    (Place::Integration, "connectionType", Effect::Executed),
    (Place::Integration, "contentHandling", Effect::Executed),
    (Place::Integration, "credentials", Effect::Silent("whoever runs the gateway signs, no role is assumed")),
    (Place::Integration, "httpMethod", Effect::Executed),
    (Place::Integration, "integrationSubtype", HTTP_API),
    (Place::Integration, "integrationTarget", Effect::Refused("VPC links to load balancers are not executed")),
    (Place::Integration, "passthroughBehavior", Effect::Executed),
    (Place::Integration, "payloadFormatVersion", Effect::Silent("REST APIs know one format (recorded: imported without a warning)")),
    (Place::Integration, "requestParameters", Effect::Executed),
    (Place::Integration, "requestTemplates", Effect::Executed),
    (Place::Integration, "responseTransferMode", Effect::Executed),
    (Place::Integration, "responses", Effect::Executed),
    (Place::Integration, "timeoutInMillis", Effect::Executed),
    (Place::Integration, "tlsConfig", Effect::Executed),
    (Place::Integration, "type", Effect::Executed),
    (Place::Integration, "uri", Effect::Executed),
    (Place::IntegrationResponse, "contentHandling", Effect::Executed),
    (Place::IntegrationResponse, "responseParameters", Effect::Executed),
    (Place::IntegrationResponse, "responseTemplates", Effect::Executed),
    (Place::IntegrationResponse, "statusCode", Effect::Executed),
    (Place::TlsConfig, "insecureSkipVerification", Effect::Executed),
    (Place::TlsConfig, "serverNameToVerify", HTTP_API),
    (Place::RequestValidator, "validateRequestBody", Effect::Executed),
    (Place::RequestValidator, "validateRequestParameters", Effect::Executed),
];

/// Reports every name of the document that has not the effect its author expects.
pub(crate) fn check(api: &Api, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.extend(api.extensions.iter().filter_map(finding));
}

fn effect(extension: &Extension) -> Option<Effect> {
    let row = |(place, name, _): &&(Place, &str, Effect)| {
        *place == extension.place && *name == extension.name
    };
    TABLE.iter().find(row).map(|(_, _, effect)| *effect)
}

fn finding(extension: &Extension) -> Option<Diagnostic> {
    let (name, place) = (extension.written(), extension.place.as_str());
    let origin = &extension.origin;
    Some(match effect(extension) {
        Some(Effect::Executed | Effect::Silent(_)) => return None,
        // `false`, `[]` and the like ask for nothing.
        Some(_) if is_nothing(&extension.value) => return None,
        Some(Effect::Ignored(why)) => Diagnostic::warning(
            "ignored-extension",
            origin,
            format!("`{name}` has no effect on a REST API: {why}"),
        ),
        Some(Effect::Missing(why)) => Diagnostic::warning(
            "missing-effect",
            origin,
            format!("`{name}` has an effect on AWS only: {why}"),
        ),
        Some(Effect::Refused(why)) => Diagnostic::error(
            "unsupported-extension",
            origin,
            format!("`{name}` cannot be executed: {why}"),
        ),
        None if Place::WITH_MEMBERS.contains(&extension.place) => suggesting(
            Diagnostic::warning(
                "unknown-member",
                origin,
                format!("{place} has no member `{name}`; it has no effect"),
            ),
            extension,
        ),
        None => misplaced(extension),
    })
}

/// An extension API Gateway knows elsewhere, or not at all.
fn misplaced(extension: &Extension) -> Diagnostic {
    let (name, place) = (extension.written(), extension.place.as_str());
    let others: Vec<&str> = extension.other_places().map(Place::as_str).collect();
    if others.is_empty() {
        let message = format!("API Gateway has no extension `{name}` that could be executed");
        let found = Diagnostic::error("unknown-extension", &extension.origin, message);
        return suggesting(found, extension);
    }
    let message = format!("`{name}` has no effect at {place}");
    Diagnostic::warning("misplaced-extension", &extension.origin, message)
        .with_help(format!("it belongs to {}", others.join(" or ")))
}

fn suggesting(found: Diagnostic, extension: &Extension) -> Diagnostic {
    match extension.nearest() {
        Some(near) => found.with_help(format!("did you mean `{near}`?")),
        None => found,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use openapi::Placeholders;

    use super::*;

    fn findings(document: &str) -> Vec<(&'static str, bool, String)> {
        let text = format!("openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\n{document}");
        let reading = openapi::parse("test.yaml", &text, &Placeholders::none());
        let api = reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
        let mut diagnostics = Vec::new();
        check(&api, &mut diagnostics);
        let place = |found: &Diagnostic| found.origin.as_ref().unwrap().position.to_string();
        diagnostics.iter().map(|found| (found.code, found.is_error(), place(found))).collect()
    }

    /// A name that API Gateway comes to know gets its row here, or this fails.
    #[test]
    fn every_name_api_gateway_knows_has_one_row() {
        let places = Place::WITH_EXTENSIONS.iter().chain(Place::WITH_MEMBERS);
        let known: HashSet<_> =
            places.flat_map(|place| place.known().iter().map(|name| (*place, *name))).collect();
        let rows: HashSet<_> = TABLE.iter().map(|(place, name, _)| (*place, *name)).collect();
        assert_eq!(known, rows);
        assert_eq!(rows.len(), TABLE.len(), "a row is there twice");
    }

    #[test]
    fn a_name_that_is_unknown_everywhere_stops_the_start() {
        let found = findings("paths: {}\nx-amazon-apigateway-canary: { percentTraffic: 10 }\n");
        assert_eq!(found, [("unknown-extension", true, "4:1".to_owned())]);
    }

    #[test]
    fn what_only_http_apis_know_is_a_warning() {
        let found = findings(
            "paths: {}\nx-amazon-apigateway-cors: { allowOrigins: ['*'] }\nx-amazon-apigateway-importexport-version: '1.0'\ntags: [{ name: t, x-amazon-apigateway-tag-value: v }]\ncomponents: { x-amazon-apigateway-integrations: { a: {} } }\n",
        );
        let codes: Vec<_> = found.iter().map(|(code, is_error, _)| (*code, *is_error)).collect();
        assert_eq!(codes, [("ignored-extension", false); 4]);
    }

    #[test]
    fn an_extension_in_the_wrong_place_is_a_warning() {
        let found = findings(
            "paths:\n  /a:\n    x-amazon-apigateway-request-validator: all\n    get: { responses: {}, requestBody: { x-amazon-apigateway-auth: {} } }\n",
        );
        assert_eq!(
            found,
            [
                ("misplaced-extension", false, "5:5".to_owned()),
                ("misplaced-extension", false, "6:42".to_owned())
            ]
        );
    }

    #[test]
    fn members_of_an_integration_are_accounted_for() {
        let integration = |members: &str| {
            findings(&format!(
                "paths:\n  /a:\n    x-amazon-apigateway-any-method:\n      x-amazon-apigateway-integration:\n        type: mock\n        {members}\n"
            ))
        };
        let at = |code, is_error| vec![(code, is_error, "8:9".to_owned())];
        assert!(integration("cacheKeyParameters: []").is_empty());
        assert!(integration("cacheNamespace: abc").is_empty());
        assert_eq!(
            integration("cacheKeyParameters: [method.request.path.a]"),
            at("missing-effect", false)
        );
        assert_eq!(integration("integrationTarget: arn"), at("unsupported-extension", true));
        assert_eq!(integration("requestTemplate: {}"), at("unknown-member", false));
        assert_eq!(
            integration("integrationSubtype: SQS-SendMessage"),
            at("ignored-extension", false)
        );
    }

    #[test]
    fn what_looks_like_an_extension_in_an_example_is_data() {
        let found = findings(
            "paths: {}\ncomponents: { schemas: { A: { example: { x-amazon-apigateway-odd: 1 } } } }\n",
        );
        assert!(found.is_empty(), "{found:?}");
    }
}
