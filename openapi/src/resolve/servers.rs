//! `servers`: API Gateway reads only the first, and of it only the base path.

use super::Resolver;
use crate::diagnostic::Severity;

impl Resolver<'_, '_> {
    /// The path that an import with `basepath=prepend` puts in front of every path: the variable
    /// `basePath` of the first server if it has one, else the path of its URL.
    pub(super) fn base_path(&mut self) -> String {
        let root = self.root.clone();
        let Some(servers) = root.present("servers") else { return String::new() };
        let first = if servers.is_object() {
            self.wrong_type(Severity::Warning, &servers, "an array");
            Some(servers)
        } else {
            self.array(&root, "servers").into_iter().next()
        };
        let Some(server) = first else { return String::new() };
        let variable = self
            .object(&server, "variables")
            .and_then(|variables| self.object(&variables, "basePath"))
            .and_then(|variable| self.text(&variable, "default"));
        if let Some(path) = variable {
            return format!("/{}", path.trim_matches('/'));
        }
        let url = self.text(&server, "url").unwrap_or_default();
        let after_scheme = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let path = after_scheme.split_once('/').map_or("", |(_, path)| path).trim_matches('/');
        if path.is_empty() { String::new() } else { format!("/{path}") }
    }
}
