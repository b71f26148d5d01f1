//! Protection that an import drops.

use super::{Lint, Rule};
use crate::model::{AuthType, AuthorizerType, SecurityScheme};

const UNSUPPORTED: Rule = Rule::dropped(
    "security-dropped",
    "\"Unsupported security definition type 'oauth2' for 'oauth'. Ignoring.\": the operations are open",
);
const NO_AUTHORIZER: Rule = Rule::refused(
    "authorizer-missing",
    "\"Unable to create authorizer from security definition: '<name>'. Extension x-amazon-apigateway-authorizer is required.\"",
);
const API_KEY: Rule = Rule::dropped(
    "api-key-elsewhere",
    "API keys are read from the header x-api-key only (import experience)",
);
const LOCATION: Rule = Rule::refused(
    "authorizer-location",
    "a scheme with an authorizer must have `type: apiKey` and `in: header` (x-amazon-apigateway-authorizer)",
);
const AUTHORIZER_URI: Rule =
    Rule::refused("authorizer-uri", "token and request authorizers call a function");
const PROVIDERS: Rule =
    Rule::refused("authorizer-providers", "a Cognito authorizer needs its user pools");
const TTL: Rule = Rule::refused(
    "authorizer-ttl",
    "authorizerResultTtlInSeconds is 0 to 3600 (x-amazon-apigateway-authorizer)",
);
const SCOPES: Rule =
    Rule::dropped("scopes-ignored", "only Cognito authorizers know scopes (import experience)");
const ROOT: Rule = Rule::dropped(
    "root-security",
    "the guide says security at the root is not used; an import was seen to apply it",
);
const SEVERAL: Rule = Rule::dropped(
    "several-authorizers",
    "a method has one authorizationType and one authorizerId (API reference, Method)",
);

pub(super) const RULES: &[&Rule] = &[
    &UNSUPPORTED,
    &NO_AUTHORIZER,
    &API_KEY,
    &LOCATION,
    &AUTHORIZER_URI,
    &PROVIDERS,
    &TTL,
    &SCOPES,
    &ROOT,
    &SEVERAL,
];

impl Lint<'_> {
    pub(super) fn security(&mut self) {
        for (name, scheme) in &self.api.security_schemes {
            self.scheme(name, scheme);
        }
        // `lychgate package` names it at every operation, of the documents that are for it.
        if let Some(security) = self.root.present("security")
            && security.elements().next().is_some()
            && self.root.present("x-lychgate").is_none()
        {
            let message = "whether API Gateway applies security of the root is uncertain";
            self.find(&ROOT, &security.origin(), message).help =
                Some("name it at every operation".to_owned());
        }
        self.several_authorizers();
        for operation in &self.api.operations {
            for (name, scopes) in operation.security.iter().flatten() {
                let scheme = self.api.security_schemes.get(name);
                let authorizer = scheme.and_then(|scheme| scheme.authorizer.as_ref());
                let cognito =
                    authorizer.is_some_and(|it| it.kind == AuthorizerType::CognitoUserPools);
                if authorizer.is_some() && !cognito && !scopes.is_empty() {
                    let origin = self.key_of(&operation.origin, "security");
                    let message = format!("the scopes of `{name}` are ignored");
                    self.find(&SCOPES, &origin, message).help =
                        Some("let the function decide by them".to_owned());
                }
            }
        }
    }

    /// Operations with more authorizers than a method holds.
    fn several_authorizers(&mut self) {
        for operation in &self.api.operations {
            let signed = operation.auth == Some(AuthType::AwsIam);
            let mut guards: Vec<&str> = signed.then_some("IAM").into_iter().collect();
            for name in operation.security.iter().flat_map(|requirement| requirement.keys()) {
                let guard = match self.api.security_schemes.get(name) {
                    Some(scheme) if scheme.authorizer.is_some() => name,
                    Some(scheme) if scheme.is_iam() => "IAM",
                    _ => continue,
                };
                if !guards.contains(&guard) {
                    guards.push(guard);
                }
            }
            if guards.len() > 1 {
                let origin = self.key_of(&operation.origin, "security");
                let message = format!("a method has one authorizer, not {}", guards.join(" and "));
                self.find(&SEVERAL, &origin, message).help =
                    Some("keep one of them; an API key may stand beside it".to_owned());
            }
        }
    }

    fn scheme(&mut self, name: &str, scheme: &SecurityScheme) {
        let origin = &scheme.origin;
        let Some(authorizer) = &scheme.authorizer else {
            return self.scheme_without_authorizer(name, scheme);
        };
        if scheme.kind != "apiKey"
            || scheme.location != Some(crate::model::ParameterLocation::Header)
        {
            let message =
                format!("the scheme `{name}` of an authorizer must be an apiKey in a header");
            self.find(&LOCATION, origin, message);
        }
        if authorizer.kind == AuthorizerType::CognitoUserPools {
            if authorizer.provider_arns.is_empty() {
                let message = format!("the authorizer `{name}` has no providerARNs");
                self.find(&PROVIDERS, &authorizer.origin, message);
            }
        } else if authorizer.uri.is_none() {
            let message = format!("the authorizer `{name}` has no authorizerUri");
            self.find(&AUTHORIZER_URI, &authorizer.origin, message);
        }
        if authorizer.ttl_seconds > 3600 {
            let origin = self.key_of(&authorizer.origin, "authorizerResultTtlInSeconds");
            self.find(&TTL, &origin, "answers are kept for 3600 seconds at most");
        }
    }

    fn scheme_without_authorizer(&mut self, name: &str, scheme: &SecurityScheme) {
        let origin = &scheme.origin;
        // An authorizer that could not be understood has its finding already.
        let written = self.at(&origin.pointer);
        if scheme.is_iam()
            || written.is_some_and(|at| at.get("x-amazon-apigateway-authorizer").is_some())
        {
            return;
        }
        if scheme.authtype.is_some() {
            let message = format!("the scheme `{name}` has an authtype but no authorizer");
            self.find(&NO_AUTHORIZER, origin, message).help =
                Some("add x-amazon-apigateway-authorizer".to_owned());
        } else if scheme.kind == "apiKey" {
            if !scheme.is_api_key() {
                let message = format!("`{name}` is no key that API Gateway looks for");
                self.find(&API_KEY, origin, message).help = Some(
                    "write `name: x-api-key` and `in: header`, or add an authorizer".to_owned(),
                );
            }
        } else {
            let message = format!(
                "API Gateway ignores the scheme `{name}` of type {}: its operations are open",
                scheme.kind
            );
            self.find(&UNSUPPORTED, origin, message).help = Some(
                "declare an apiKey in a header with x-amazon-apigateway-authorizer".to_owned(),
            );
        }
    }
}
