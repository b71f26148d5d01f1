//! Validate: required parameters first, then the body against its model.
//!
//! API Gateway checks that required parameters are present and not blank, nothing else about
//! them; bodies are checked against a JSON Schema of draft 4 chosen by the request's media type.

mod body;
mod wording;

use openapi::model::{Operation, ParameterLocation};
use openapi::{Api, Diagnostic};

use crate::query::MultiMap;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::route::Route;
use body::Models;

/// The validator of one operation.
#[derive(Debug, Default)]
pub(crate) struct Validator {
    required: Vec<(ParameterLocation, String)>,
    models: Option<Models>,
}

impl Validator {
    /// The validator the document names for the operation, if any.
    pub(crate) fn new(api: &Api, operation: &Operation, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut validator = Self::default();
        if operation.validator.parameters {
            // Headers, path, query: the order seen in AWS's own list.
            for location in
                [ParameterLocation::Header, ParameterLocation::Path, ParameterLocation::Query]
            {
                let required = operation
                    .parameters
                    .iter()
                    .filter(|parameter| parameter.required && parameter.location == location)
                    .map(|parameter| (location, parameter.name.clone()));
                validator.required.extend(required);
            }
        }
        if operation.validator.body
            && let Some(body) = &operation.request_body
        {
            validator.models = Some(Models::new(api, body, diagnostics));
        }
        validator
    }

    /// Checks a request.
    pub(crate) fn check(
        &self,
        request: &Request,
        query: &MultiMap,
        route: &Route<'_>,
    ) -> Result<(), Refusal> {
        let missing: Vec<&str> = self
            .required
            .iter()
            .filter(|(location, name)| !is_present(*location, name, request, query, route))
            .map(|(_, name)| name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(Refusal::missing_parameters(&missing));
        }
        match &self.models {
            Some(models) => models.check(&request.headers.media_type(), &request.body),
            None => Ok(()),
        }
    }
}

/// Present and not blank.
fn is_present(
    location: ParameterLocation,
    name: &str,
    request: &Request,
    query: &MultiMap,
    route: &Route<'_>,
) -> bool {
    let not_blank = |value: &str| !value.trim().is_empty();
    match location {
        ParameterLocation::Header => request.headers.get_all(name).any(not_blank),
        ParameterLocation::Query => query.get_all(name).iter().any(|value| not_blank(value)),
        ParameterLocation::Path => {
            route.path_parameters.iter().any(|(key, value)| *key == name && not_blank(value))
        }
        // API Gateway drops cookie parameters at import.
        ParameterLocation::Cookie => true,
    }
}
