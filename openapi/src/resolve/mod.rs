//! Tree to model: references followed, defaults folded in, extensions typed.
//!
//! One file per subject, each a part of [`Resolver`]. What API Gateway's import tolerates is
//! tolerated with a warning; only what cannot work is an error.

mod extensions;
mod fields;
mod gateway_responses;
mod integrations;
mod lychgate;
mod operations;
mod parameters;
mod policy;
mod references;
mod responses;
mod schema_kinds;
mod schemas;
mod security;
mod servers;
mod validators;
mod version;

use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{At, Document};
use crate::model::Api;
use crate::position::Origin;

/// Resolves a document. `None` if it is not an OpenAPI 3.0 document at all; otherwise the model,
/// which is incomplete where `diagnostics` holds errors.
pub(crate) fn resolve(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Option<Api> {
    let root = document.at();
    if !version::check(&root, diagnostics) {
        return None;
    }
    let schemas = schemas::Table::default();
    let mut resolver = Resolver { root, diagnostics, schemas };
    Some(resolver.api())
}

struct Resolver<'d, 'r> {
    root: At<'d>,
    diagnostics: &'r mut Vec<Diagnostic>,
    schemas: schemas::Table<'d>,
}

impl<'d> Resolver<'d, '_> {
    fn api(&mut self) -> Api {
        let root = self.root.clone();
        self.component_schemas();
        let mut api = Api::default();
        if let Some(info) = self.object(&root, "info") {
            api.title = self.text(&info, "title").unwrap_or_default();
            api.version = self.text(&info, "version").unwrap_or_default();
            api.description = self.text(&info, "description");
        }
        api.root_origins =
            root.members().map(|(key, member)| (key.to_owned(), member.key_origin())).collect();
        api.extensions = self.extensions();
        api.base_path = self.base_path();
        api.lychgate = self.lychgate();
        api.security_schemes = self.security_schemes();
        let validators = self.validators();
        api.operations = self.operations(&api, &validators);
        api.gateway_responses = self.gateway_responses();
        api.binary_media_types = self.strings(&root, "x-amazon-apigateway-binary-media-types");
        api.minimum_compression_size =
            self.integer(&root, "x-amazon-apigateway-minimum-compression-size");
        api.api_key_from_authorizer = self
            .text(&root, "x-amazon-apigateway-api-key-source")
            .is_some_and(|source| source.eq_ignore_ascii_case("AUTHORIZER"));
        api.policy = self.resource_policy();
        api.endpoint = self.endpoint();
        self.name_functions(&mut api);
        self.check_functions(&api);
        api.schemas = self.finish_schemas();
        api
    }

    fn error(
        &mut self,
        code: &'static str,
        origin: &Origin,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Diagnostic::error(code, origin, message))
    }

    fn warn(
        &mut self,
        code: &'static str,
        origin: &Origin,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Diagnostic::warning(code, origin, message))
    }

    fn wrong_type(&mut self, severity: Severity, at: &At<'_>, expected: &str) {
        let message = format!("`{}` must be {expected}, not {}", at.name(), at.node().kind());
        let diagnostic = match severity {
            Severity::Error => Diagnostic::error("wrong-type", &at.origin(), message),
            Severity::Warning => Diagnostic::warning("wrong-type", &at.origin(), message),
        };
        self.report(diagnostic);
    }

    fn report(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.diagnostics.push(diagnostic);
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }
}
