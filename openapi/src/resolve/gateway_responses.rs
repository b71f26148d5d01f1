//! `x-amazon-apigateway-gateway-responses`.

use indexmap::IndexMap;

use super::Resolver;
use crate::document::At;
use crate::model::{GatewayResponse, GatewayResponseType};
use crate::suggest;

impl<'d> Resolver<'d, '_> {
    pub(super) fn gateway_responses(&mut self) -> IndexMap<GatewayResponseType, GatewayResponse> {
        let root = self.root.clone();
        let mut responses = IndexMap::new();
        let Some(declared) = self.object(&root, "x-amazon-apigateway-gateway-responses") else {
            return responses;
        };
        for (name, at) in declared.members() {
            let Some(kind) = GatewayResponseType::from_name(name) else {
                let near = GatewayResponseType::ALL.iter().map(|kind| kind.as_str());
                let help =
                    suggest::closest(name, near).map(|near| format!("did you mean `{near}`?"));
                let message = format!("there is no gateway response type `{name}`");
                self.error("unknown-gateway-response", &at.key_origin(), message).help = help;
                continue;
            };
            let response = GatewayResponse {
                status: self.status_code(&at),
                parameters: self.text_map(&at, "responseParameters"),
                templates: self.text_map(&at, "responseTemplates"),
                origin: at.origin(),
            };
            responses.insert(kind, response);
        }
        responses
    }

    /// `statusCode`: text in API Gateway's own documents, often a number in others.
    pub(super) fn status_code(&mut self, at: &At<'d>) -> Option<u16> {
        let text = self.text_or_number(at, "statusCode")?;
        let status = text.parse().ok().filter(|status| (100..600).contains(status));
        if status.is_none() {
            let origin = at.get("statusCode").map(|value| value.origin()).unwrap_or_default();
            let message = format!("`{text}` is no HTTP status");
            self.error("invalid-status", &origin, message).help =
                Some("write a code from 100 to 599, like \"200\"".to_owned());
        }
        status
    }
}
