//! Every extension of API Gateway in the document, with the members of those that have some.

use super::Resolver;
use crate::document::At;
use crate::model::extension::EXTENSION_PREFIX;
use crate::model::{Extension, ExtensionPlace};

/// Data, not description: what looks like an extension there is none.
const DATA: &[&str] = &["example", "examples", "default", "enum", "x-lychgate"];

impl<'d> Resolver<'d, '_> {
    /// In document order.
    pub(super) fn extensions(&self) -> Vec<Extension> {
        let mut found = Vec::new();
        search(&self.root, &mut found);
        found
    }
}

fn search(at: &At<'_>, found: &mut Vec<Extension>) {
    at.elements().for_each(|element| search(&element, found));
    for (key, value) in at.members() {
        if let Some(name) = key.strip_prefix(EXTENSION_PREFIX) {
            let place = place(at.pointer());
            found.push(extension(place, name, &value));
            members(name, &value, found);
        } else if !DATA.contains(&key) {
            search(&value, found);
        }
    }
    // The operation behind it has extensions like any other.
    if let Some(operation) = at.get("x-amazon-apigateway-any-method") {
        search(&operation, found);
    }
}

fn place(pointer: &str) -> ExtensionPlace {
    let tokens: Vec<&str> = pointer.split('/').skip(1).collect();
    match tokens[..] {
        [] => ExtensionPlace::Root,
        ["paths", _] => ExtensionPlace::Path,
        ["paths", _, _] => ExtensionPlace::Operation,
        // Without a list the only server itself is a common slip.
        ["servers", _] | ["servers"] => ExtensionPlace::Server,
        ["components"] => ExtensionPlace::Components,
        ["components", "securitySchemes", _] => ExtensionPlace::SecurityScheme,
        ["tags", _] => ExtensionPlace::Tag,
        _ => ExtensionPlace::Elsewhere,
    }
}

fn members(name: &str, at: &At<'_>, found: &mut Vec<Extension>) {
    let entries = |at: &At<'_>, place, found: &mut Vec<Extension>| {
        at.members().for_each(|(_, entry)| collect(place, &entry, found));
    };
    match name {
        "auth" => collect(ExtensionPlace::Auth, at, found),
        "authorizer" => collect(ExtensionPlace::Authorizer, at, found),
        "endpoint-configuration" => collect(ExtensionPlace::EndpointConfiguration, at, found),
        "gateway-responses" => entries(at, ExtensionPlace::GatewayResponse, found),
        "request-validators" => entries(at, ExtensionPlace::RequestValidator, found),
        "integration" => {
            collect(ExtensionPlace::Integration, at, found);
            if let Some(responses) = at.get("responses") {
                entries(&responses, ExtensionPlace::IntegrationResponse, found);
            }
            if let Some(tls) = at.get("tlsConfig") {
                collect(ExtensionPlace::TlsConfig, &tls, found);
            }
        }
        _ => {}
    }
}

fn collect(place: ExtensionPlace, at: &At<'_>, found: &mut Vec<Extension>) {
    found.extend(at.members().map(|(name, value)| extension(place, name, &value)));
}

fn extension(place: ExtensionPlace, name: &str, value: &At<'_>) -> Extension {
    let origin = value.key_origin();
    Extension { place, name: name.to_owned(), value: value.node().to_json(), origin }
}
