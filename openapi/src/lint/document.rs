//! The document as a whole.

use super::{Lint, Rule};
use crate::model::extension::EXTENSION_PREFIX;
use crate::model::{ExtensionPlace, GatewayResponseType, Method};
use crate::suggest;

const TITLE: Rule = Rule::house(
    "title-missing",
    "OpenAPI 3.0 requires info.title, and an import names the API by it",
);
const SERVERS: Rule = Rule::dropped(
    "several-servers",
    "\"More than one server provided. Ignoring all but the first for defining endpoint configuration\"",
);
const COMPRESSION: Rule = Rule::refused(
    "compression-size",
    "x-amazon-apigateway-minimum-compression-size is 0 to 10485760",
);
const EXTENSION: Rule = Rule::dropped(
    "unknown-extension",
    "the list of extensions is complete (x-amazon-apigateway extensions); others are ignored",
);
const HTTP_API: Rule = Rule::dropped(
    "http-api-extension",
    "the extension is for HTTP APIs; REST APIs ignore it (x-amazon-apigateway extensions)",
);
const MISPLACED: Rule = Rule::dropped(
    "validator-on-path",
    "validators are named at the root or at operations, not at paths (request-validator)",
);
const POLICY: Rule =
    Rule::dropped("policy-missing", "a private API without a policy lets nobody in");
const CORS: Rule = Rule::house(
    "gateway-response-cors",
    "errors of the gateway itself reach a browser only with CORS headers (gateway responses)",
);

pub(super) const RULES: &[&Rule] =
    &[&TITLE, &SERVERS, &COMPRESSION, &EXTENSION, &HTTP_API, &MISPLACED, &POLICY, &CORS];

/// Extensions of HTTP APIs.
const HTTP_ONLY: &[&str] = &["cors", "importexport-version", "integrations", "tag-value"];

impl Lint<'_> {
    pub(super) fn document(&mut self) {
        let root = self.root.clone();
        if self.api.title.trim().is_empty() {
            let origin = self.key_of(&root.origin(), "info");
            self.find(&TITLE, &origin, "the document has no info.title");
        }
        if let Some(second) = root.get("servers").and_then(|servers| servers.elements().nth(1)) {
            let message = "API Gateway reads the first server only";
            self.find(&SERVERS, &second.origin(), message);
        }
        if self.api.minimum_compression_size.is_some_and(|size| size > 10_485_760) {
            let origin =
                self.key_of(&root.origin(), "x-amazon-apigateway-minimum-compression-size");
            self.find(&COMPRESSION, &origin, "the size is 10485760 bytes at most");
        }
        self.extensions();
        self.misplaced_validators();
        self.private_without_policy();
        self.errors_without_cors();
    }

    fn extensions(&mut self) {
        let known: Vec<&str> = ExtensionPlace::WITH_EXTENSIONS
            .iter()
            .flat_map(|place| place.known())
            .copied()
            .collect();
        for extension in &self.api.extensions {
            if ExtensionPlace::WITH_MEMBERS.contains(&extension.place) {
                continue;
            }
            let written = extension.written();
            if HTTP_ONLY.contains(&extension.name.as_str()) {
                let message = format!("REST APIs ignore `{written}`");
                self.find(&HTTP_API, &extension.origin, message);
            } else if !known.contains(&extension.name.as_str()) {
                let message = format!("API Gateway has no extension `{written}`");
                let near = suggest::closest(&extension.name, known.iter().copied());
                self.find(&EXTENSION, &extension.origin, message).help =
                    near.map(|near| format!("did you mean `{EXTENSION_PREFIX}{near}`?"));
            }
        }
    }

    fn misplaced_validators(&mut self) {
        let Some(paths) = self.at("/paths") else { return };
        for (_, item) in paths.members() {
            if let Some(at) = item.get("x-amazon-apigateway-request-validator") {
                let message = "a request validator of a path is ignored";
                self.find(&MISPLACED, &at.key_origin(), message).help =
                    Some("name it at every operation, or at the root".to_owned());
            }
        }
    }

    fn private_without_policy(&mut self) {
        let endpoint = self.at("/servers/0/x-amazon-apigateway-endpoint-configuration");
        let Some(ids) = endpoint.and_then(|endpoint| endpoint.get("vpcEndpointIds")) else {
            return;
        };
        if self.api.policy.is_none() {
            let message = "the API is private but has no x-amazon-apigateway-policy";
            self.find(&POLICY, &ids.key_origin(), message);
        }
    }

    fn errors_without_cors(&mut self) {
        let preflight = self.api.operations.iter().find(|operation| {
            operation.method == Method::Options
                && operation.responses.iter().any(|response| {
                    let mut headers = response.headers.iter();
                    headers.any(|it| it.name.eq_ignore_ascii_case("access-control-allow-origin"))
                })
        });
        let Some(preflight) = preflight else { return };
        let open = |kind: GatewayResponseType| {
            self.api.gateway_responses.get(&kind).is_some_and(|response| {
                response.parameters.keys().any(|key| {
                    key.eq_ignore_ascii_case("gatewayresponse.header.access-control-allow-origin")
                })
            })
        };
        if open(GatewayResponseType::Default4xx) && open(GatewayResponseType::Default5xx) {
            return;
        }
        let message = "browsers cannot read errors of the gateway: they have no CORS headers";
        self.find(&CORS, &preflight.origin.clone(), message).help = Some(
            "set gatewayresponse.header.Access-Control-Allow-Origin for DEFAULT_4XX and DEFAULT_5XX"
                .to_owned(),
        );
    }
}
