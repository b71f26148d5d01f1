//! `servers`: all that API Gateway reads of them is the base path and the endpoint configuration.

use super::Resolver;
use crate::diagnostic::Severity;
use crate::document::At;
use crate::model::EndpointConfiguration;

impl<'d> Resolver<'d, '_> {
    /// The path that an import with `basepath=prepend` puts in front of every path: the first
    /// variable `basePath` of any server, else the path of the first server's URL (guide, "Set
    /// the OpenAPI basePath property"). It starts with `/` and does not end with one, or is empty.
    pub(super) fn base_path(&mut self) -> String {
        let root = self.root.clone();
        let Some(servers) = root.present("servers") else { return String::new() };
        let servers: Vec<At<'d>> = if servers.is_object() {
            self.wrong_type(Severity::Warning, &servers, "an array");
            vec![servers]
        } else {
            self.array(&root, "servers")
        };
        let declared = servers.iter().find_map(|server| self.variable(server, "basePath"));
        let path = match declared {
            Some(path) => path,
            None => servers.first().map(|server| self.url_path(server)).unwrap_or_default(),
        };
        let path = path.trim_matches('/');
        if path.is_empty() { String::new() } else { format!("/{path}") }
    }

    /// The default of a server's variable.
    fn variable(&mut self, server: &At<'d>, name: &str) -> Option<String> {
        let variables = self.object(server, "variables")?;
        let variable = self.object(&variables, name)?;
        self.text(&variable, "default")
    }

    /// What stands behind the host, variables filled with their defaults.
    fn url_path(&mut self, server: &At<'d>) -> String {
        let url = self.text(server, "url").unwrap_or_default();
        let after_scheme = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let path = after_scheme.split_once('/').map_or("", |(_, path)| path);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut filled = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            filled.push_str(before);
            filled.push_str(&self.variable(server, name).unwrap_or_default());
            rest = behind;
        }
        filled + rest
    }

    /// The endpoint configuration of the first server.
    pub(super) fn endpoint(&mut self) -> Option<EndpointConfiguration> {
        let root = self.root.clone();
        let server = match root.present("servers")? {
            // Said already.
            servers if servers.is_object() => servers,
            servers => servers.elements().next()?,
        };
        if !server.is_object() {
            return None;
        }
        let at = self.object(&server, "x-amazon-apigateway-endpoint-configuration")?;
        Some(EndpointConfiguration {
            disables_execute_api: self.flag(&at, "disableExecuteApiEndpoint"),
            vpc_endpoint_ids: self.strings(&at, "vpcEndpointIds"),
            origin: at.key_origin(),
        })
    }
}
