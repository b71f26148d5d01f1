//! `x-amazon-apigateway-request-validators` and the choice among them.

use indexmap::IndexMap;

use super::Resolver;
use crate::document::At;
use crate::model::RequestValidator;
use crate::suggest;

const CHOICE: &str = "x-amazon-apigateway-request-validator";

/// Declared validators and the one the document chooses for all operations.
#[derive(Default)]
pub(super) struct Validators {
    declared: IndexMap<String, RequestValidator>,
    default: RequestValidator,
}

impl<'d> Resolver<'d, '_> {
    pub(super) fn validators(&mut self) -> Validators {
        let root = self.root.clone();
        let mut validators = Validators::default();
        if let Some(declared) = self.object(&root, "x-amazon-apigateway-request-validators") {
            for (name, at) in declared.members() {
                let validator = RequestValidator {
                    name: Some(name.to_owned()),
                    body: self.flag(&at, "validateRequestBody"),
                    parameters: self.flag(&at, "validateRequestParameters"),
                };
                validators.declared.insert(name.to_owned(), validator);
            }
        }
        validators.default = self.chosen(&root, &validators).unwrap_or_default();
        validators
    }

    /// The operation's own choice, else the document's.
    pub(super) fn validator(
        &mut self,
        operation: &At<'d>,
        validators: &Validators,
    ) -> RequestValidator {
        self.chosen(operation, validators).unwrap_or_else(|| validators.default.clone())
    }

    fn chosen(&mut self, at: &At<'d>, validators: &Validators) -> Option<RequestValidator> {
        let choice = at.present(CHOICE)?;
        let name = self.value_text(&choice)?;
        if let Some(validator) = validators.declared.get(&name) {
            return Some(validator.clone());
        }
        // API Gateway: "Invalid Request Validator identifier specified".
        let help = match suggest::closest(&name, validators.declared.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "declare it in x-amazon-apigateway-request-validators".to_owned(),
        };
        let message = format!("there is no request validator `{name}`");
        self.error("unknown-request-validator", &choice.origin(), message).help = Some(help);
        None
    }
}
