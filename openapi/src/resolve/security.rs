//! Security schemes, authorizers, and what each operation requires of them.

use indexmap::IndexMap;

use super::Resolver;
use super::integrations::function_of;
use crate::diagnostic::Severity;
use crate::document::At;
use crate::model::{
    AuthType, Authorizer, AuthorizerType, ParameterLocation, SecurityRequirement, SecurityScheme,
};
use crate::suggest;

/// `authorizerResultTtlInSeconds` unless said otherwise.
const DEFAULT_TTL: u32 = 300;

impl<'d> Resolver<'d, '_> {
    pub(super) fn security_schemes(&mut self) -> IndexMap<String, SecurityScheme> {
        let root = self.root.clone();
        let mut schemes = IndexMap::new();
        let Some(components) = self.object(&root, "components") else { return schemes };
        let Some(declared) = self.object(&components, "securitySchemes") else { return schemes };
        for (name, at) in declared.members() {
            let origin = at.origin();
            let Some(at) = self.follow(&at) else { continue };
            let parameter = self.text(&at, "name");
            let authorizer = self.authorizer(&at, parameter.as_deref());
            let location = match self.text(&at, "in").as_deref() {
                Some("header") => Some(ParameterLocation::Header),
                Some("query") => Some(ParameterLocation::Query),
                Some("cookie") => Some(ParameterLocation::Cookie),
                _ => None,
            };
            let scheme = SecurityScheme {
                kind: self.text(&at, "type").unwrap_or_default(),
                parameter,
                location,
                http_scheme: self.text(&at, "scheme"),
                authtype: self.text(&at, "x-amazon-apigateway-authtype"),
                authorizer,
                origin,
            };
            schemes.insert(name.to_owned(), scheme);
        }
        schemes
    }

    fn authorizer(&mut self, scheme: &At<'d>, parameter: Option<&str>) -> Option<Authorizer> {
        let at = self.object(scheme, "x-amazon-apigateway-authorizer")?;
        let kind = self.authorizer_type(&at)?;
        let mut identity_sources: Vec<String> = self
            .text(&at, "identitySource")
            .map(|sources| sources.split(',').map(|source| source.trim().to_owned()).collect())
            .unwrap_or_default();
        identity_sources.retain(|source| !source.is_empty());
        if identity_sources.is_empty()
            && kind != AuthorizerType::Request
            && let Some(name) = parameter
        {
            identity_sources.push(format!("method.request.header.{name}"));
        }
        let uri = at.present("authorizerUri").map(|uri| uri.substitution().unwrap_or(uri));
        Some(Authorizer {
            kind,
            uri: self.text(&at, "authorizerUri"),
            function: uri.as_ref().and_then(function_of),
            credentials: self.text(&at, "authorizerCredentials"),
            identity_sources,
            validation_expression: self.text(&at, "identityValidationExpression"),
            ttl_seconds: self.integer(&at, "authorizerResultTtlInSeconds").unwrap_or(DEFAULT_TTL),
            provider_arns: self.strings(&at, "providerARNs"),
            origin: at.origin(),
        })
    }

    fn authorizer_type(&mut self, at: &At<'d>) -> Option<AuthorizerType> {
        let text = self.text(at, "type").unwrap_or_default();
        match text.to_ascii_lowercase().as_str() {
            "token" => return Some(AuthorizerType::Token),
            "request" => return Some(AuthorizerType::Request),
            "cognito_user_pools" => return Some(AuthorizerType::CognitoUserPools),
            _ => {}
        }
        let origin = at.get("type").map_or_else(|| at.origin(), |value| value.origin());
        let help = match text.as_str() {
            "jwt" => "JWT authorizers are for HTTP APIs; use cognito_user_pools or a function",
            _ => "write `type: token`, `request` or `cognito_user_pools`",
        };
        let message = format!("there is no authorizer type `{text}`");
        self.error("authorizer-type", &origin, message).help = Some(help.to_owned());
        None
    }

    /// The operation's requirements, else the document's. An empty list opens the operation.
    pub(super) fn security(
        &mut self,
        operation: &At<'d>,
        schemes: &IndexMap<String, SecurityScheme>,
    ) -> Vec<SecurityRequirement> {
        let root = self.root.clone();
        let level = if operation.present("security").is_some() { operation } else { &root };
        let mut requirements = Vec::new();
        for at in self.array(level, "security") {
            if !at.is_object() {
                self.wrong_type(Severity::Error, &at, "an object of scheme names");
                continue;
            }
            let mut requirement = SecurityRequirement::new();
            for (name, scopes) in at.members() {
                if !schemes.contains_key(name) {
                    self.unknown_scheme(name, &scopes, schemes);
                }
                let scopes: Vec<_> = scopes.elements().collect();
                let scopes = scopes.iter().filter_map(|scope| self.value_text(scope)).collect();
                requirement.insert(name.to_owned(), scopes);
            }
            requirements.push(requirement);
        }
        requirements
    }

    /// An error and not a warning, because an operation would lose its protection.
    fn unknown_scheme(
        &mut self,
        name: &str,
        at: &At<'d>,
        schemes: &IndexMap<String, SecurityScheme>,
    ) {
        let help = match suggest::closest(name, schemes.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "declare it in components.securitySchemes".to_owned(),
        };
        let message = format!("there is no security scheme `{name}`");
        self.error("unknown-security-scheme", &at.key_origin(), message).help = Some(help);
    }

    /// `x-amazon-apigateway-auth`, whose type may be written in any case.
    pub(super) fn auth(&mut self, operation: &At<'d>) -> Option<AuthType> {
        let auth = self.object(operation, "x-amazon-apigateway-auth")?;
        let kind = self.text(&auth, "type").unwrap_or_default();
        if kind.eq_ignore_ascii_case("AWS_IAM") {
            return Some(AuthType::AwsIam);
        }
        if kind.eq_ignore_ascii_case("NONE") {
            return Some(AuthType::None);
        }
        // An error and not a warning, because the operation might be meant to be protected.
        let origin = auth.get("type").map_or_else(|| auth.origin(), |value| value.origin());
        let message = format!("there is no authorization type `{kind}`");
        self.error("auth-type", &origin, message).help = Some(
            "write `type: AWS_IAM` or `type: NONE`; authorizers are named in `security`".to_owned(),
        );
        None
    }
}
