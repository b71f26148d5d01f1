//! `x-lychgate`. It is ours alone, so nothing is tolerated: an unknown key or a wrong type is an
//! error that says what was meant.

use heck::ToSnakeCase;
use indexmap::IndexMap;

use super::Resolver;
use crate::diagnostic::Severity;
use crate::document::{At, Content};
use crate::model::{
    Access, AccessLevel, Api, AttributeType, Function, IntegrationTarget, KeyAttribute, Lychgate,
    Table,
};
use crate::suggest;

/// Variables that Lambda reserves (Lambda Developer Guide, defined runtime environment variables).
const RESERVED: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];
const DEFAULT_MEMORY_MB: u32 = 256;
const DEFAULT_TIMEOUT_SECONDS: u32 = 10;

impl<'d> Resolver<'d, '_> {
    pub(super) fn lychgate(&mut self) -> Lychgate {
        let root = self.root.clone();
        let mut lychgate = Lychgate::default();
        let Some(at) = self.strict_object(root.present("x-lychgate")) else { return lychgate };
        self.known_keys(&at, &["functions", "tables"]);
        if let Some(tables) = self.strict_object(at.present("tables")) {
            self.check_names(&tables);
            for (name, at) in tables.members() {
                if let Some(table) = self.table(&at) {
                    lychgate.tables.insert(name.to_owned(), table);
                }
            }
        }
        if let Some(functions) = self.strict_object(at.present("functions")) {
            self.check_names(&functions);
            for (name, at) in functions.members() {
                let function = self.function(&at, &lychgate.tables);
                lychgate.functions.insert(name.to_owned(), function);
            }
        }
        lychgate
    }

    /// Finds keys that cannot be names, and keys that share a placeholder.
    fn check_names(&mut self, at: &At<'d>) {
        let mut taken: IndexMap<String, &str> = IndexMap::new();
        for (key, value) in at.members() {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let starts = key.starts_with(|c: char| c.is_ascii_alphabetic());
            if !starts || !key.chars().all(allowed) {
                let message = format!("`{key}` cannot be a name");
                self.error("invalid-name", &value.key_origin(), message).help =
                    Some("start with a letter, then letters, digits, `_` and `-`".to_owned());
            }
            match taken.get(&key.to_snake_case()) {
                Some(first) => {
                    let message = format!("`{key}` and `{first}` have the same placeholder");
                    self.error("same-placeholder", &value.key_origin(), message);
                }
                None => {
                    taken.insert(key.to_snake_case(), key);
                }
            }
        }
    }

    /// Gives references the keys that `x-lychgate.functions` has: a placeholder knows a key in
    /// snake case only.
    pub(super) fn name_functions(&self, api: &mut Api) {
        let keys: IndexMap<String, String> =
            api.lychgate.functions.keys().map(|key| (key.to_snake_case(), key.clone())).collect();
        let integrations = api.operations.iter_mut().filter_map(|it| it.integration.as_mut());
        let targets = integrations.filter_map(|integration| match &mut integration.target {
            IntegrationTarget::Function(function) => Some(function),
            _ => None,
        });
        let schemes = api.security_schemes.values_mut();
        let authorizers = schemes
            .filter_map(|scheme| scheme.authorizer.as_mut())
            .filter_map(|authorizer| authorizer.function.as_mut());
        for function in targets.chain(authorizers) {
            if !api.lychgate.functions.contains_key(&function.key)
                && let Some(key) = keys.get(&function.key)
            {
                function.key.clone_from(key);
            }
        }
    }

    /// Finds integrations of functions that `x-lychgate.functions` does not declare. A document
    /// without the block declares its functions elsewhere.
    pub(super) fn check_functions(&mut self, api: &Api) {
        let functions = &api.lychgate.functions;
        if functions.is_empty() {
            return;
        }
        for integration in api.operations.iter().filter_map(|o| o.integration.as_ref()) {
            let IntegrationTarget::Function(function) = &integration.target else { continue };
            if functions.contains_key(&function.key) {
                continue;
            }
            let pointer = format!("{}/uri", integration.origin.pointer);
            let origin = self.root.follow_plain(&pointer).map(|at| at.origin());
            let origin = origin.unwrap_or_else(|| integration.origin.clone());
            let help = match suggest::closest(&function.key, functions.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `${{{near}_function}}`?"),
                None => format!("declare `{}` in x-lychgate.functions", function.key),
            };
            let message = format!("there is no function `{}` in x-lychgate", function.key);
            self.error("unknown-function", &origin, message).help = Some(help);
        }
    }

    fn function(&mut self, at: &At<'d>, tables: &IndexMap<String, Table>) -> Function {
        // A function with nothing to say (`users:`) is all defaults.
        if !matches!(at.node().content, Content::Null) {
            self.strict_object(Some(at.clone()));
        }
        self.known_keys(at, &["description", "memory", "timeout", "environment", "access"]);
        let mut environment = IndexMap::new();
        if let Some(variables) = self.strict_object(at.present("environment")) {
            for (name, value) in variables.members() {
                self.check_variable(name, &value);
                if let Some(text) = self.strict_text(&value) {
                    environment.insert(name.to_owned(), text);
                }
            }
        }
        let grants = at.present("access").map(|access| self.strict_array(&access));
        let grants = grants.unwrap_or_default();
        Function {
            description: at.present("description").and_then(|text| self.strict_text(&text)),
            memory_mb: self.bounded(at, "memory", 128, 10_240).unwrap_or(DEFAULT_MEMORY_MB),
            timeout_seconds: self.bounded(at, "timeout", 1, 900).unwrap_or(DEFAULT_TIMEOUT_SECONDS),
            environment,
            access: grants.iter().filter_map(|grant| self.access(grant, tables)).collect(),
            origin: at.origin(),
        }
    }

    /// Names of variables as Lambda allows them; those of its own cannot be set.
    fn check_variable(&mut self, name: &str, at: &At<'d>) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || name.len() < 2 || !name.chars().all(allowed) {
            let message = format!("`{name}` cannot be an environment variable of a function");
            self.error("invalid-name", &at.key_origin(), message).help =
                Some("start with a letter, then at least one letter, digit or `_`".to_owned());
        } else if RESERVED.contains(&name) || name.starts_with("AWS_LAMBDA_") {
            let message = format!("Lambda sets `{name}` itself");
            self.error("reserved-variable", &at.key_origin(), message);
        }
    }

    fn access(&mut self, at: &At<'d>, tables: &IndexMap<String, Table>) -> Option<Access> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["table", "level"]);
        let table = self.required_text(&at, "table");
        let level = self.required_text(&at, "level");
        let (table, level) = (table?, level?);
        if !tables.contains_key(&table) {
            let origin = at.get("table").map(|value| value.origin()).unwrap_or_default();
            let help = match suggest::closest(&table, tables.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "declare it in x-lychgate.tables".to_owned(),
            };
            let message = format!("there is no table `{table}` in x-lychgate");
            self.error("unknown-table", &origin, message).help = Some(help);
        }
        let level = match level.as_str() {
            "read" => AccessLevel::Read,
            "write" => AccessLevel::Write,
            "read-write" => AccessLevel::ReadWrite,
            _ => {
                self.not_among(&at, "level", &level, &["read", "write", "read-write"]);
                return None;
            }
        };
        Some(Access::Table { table, level })
    }

    fn table(&mut self, at: &At<'d>) -> Option<Table> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["partitionKey", "sortKey", "timeToLive"]);
        let Some(partition_key) = at.present("partitionKey") else {
            self.missing(&at, "partitionKey");
            return None;
        };
        Some(Table {
            partition_key: self.key_attribute(&partition_key)?,
            sort_key: at.present("sortKey").and_then(|key| self.key_attribute(&key)),
            time_to_live: at.present("timeToLive").and_then(|text| self.strict_text(&text)),
            origin: at.origin(),
        })
    }

    fn key_attribute(&mut self, at: &At<'d>) -> Option<KeyAttribute> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["name", "type"]);
        let name = self.required_text(&at, "name")?;
        let kind = match at.present("type").and_then(|kind| self.strict_text(&kind)).as_deref() {
            None | Some("S") => AttributeType::String,
            Some("N") => AttributeType::Number,
            Some("B") => AttributeType::Binary,
            Some(other) => {
                self.not_among(&at, "type", other, &["S", "N", "B"]);
                AttributeType::String
            }
        };
        Some(KeyAttribute { name, kind })
    }

    fn known_keys(&mut self, at: &At<'d>, known: &[&str]) {
        for (key, value) in at.members().filter(|(key, _)| !known.contains(key)) {
            let help = match suggest::closest(key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            let message = format!("x-lychgate has no key `{key}` here");
            self.error("unknown-key", &value.key_origin(), message).help = Some(help);
        }
    }

    fn strict_object(&mut self, at: Option<At<'d>>) -> Option<At<'d>> {
        let at = at?;
        if !at.is_object() {
            self.wrong_type(Severity::Error, &at, "an object");
            return None;
        }
        Some(at)
    }

    fn strict_array(&mut self, at: &At<'d>) -> Vec<At<'d>> {
        if !at.is_array() {
            self.wrong_type(Severity::Error, at, "an array");
        }
        at.elements().collect()
    }

    fn strict_text(&mut self, at: &At<'d>) -> Option<String> {
        let text = at.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(Severity::Error, at, "text");
        }
        text
    }

    fn required_text(&mut self, at: &At<'d>, key: &str) -> Option<String> {
        let Some(value) = at.present(key) else {
            self.missing(at, key);
            return None;
        };
        self.strict_text(&value)
    }

    fn missing(&mut self, at: &At<'d>, key: &str) {
        let message = format!("`{}` has no `{key}`", at.name());
        self.error("missing-key", &at.origin(), message);
    }

    fn not_among(&mut self, at: &At<'d>, key: &str, value: &str, allowed: &[&str]) {
        let origin = at.get(key).map(|value| value.origin()).unwrap_or_default();
        let message = format!("`{key}` cannot be `{value}`");
        self.error("unknown-value", &origin, message).help =
            Some(format!("one of {}", allowed.join(", ")));
    }

    fn bounded(&mut self, at: &At<'d>, key: &str, least: u32, most: u32) -> Option<u32> {
        let value = at.present(key)?;
        let number = match &value.node().content {
            Content::Number { value, .. } => super::fields::whole(value),
            _ => None,
        };
        let number = number.and_then(|number| u32::try_from(number).ok());
        let within = number.filter(|number| (least..=most).contains(number));
        if within.is_none() {
            let message = format!("`{key}` must be a whole number from {least} to {most}");
            self.error("out-of-range", &value.origin(), message);
        }
        within
    }
}
