//! `x-lychgate`: what is declared there and what uses it.

use super::{Lint, Rule};
use crate::document::{At, Content};
use crate::model::{Access, IntegrationTarget};
use crate::names;
use crate::placeholder::placeholder;
use crate::suggest;

const FUNCTION: Rule = Rule::house(
    "unused-function",
    "a function that nothing calls is built and deployed for nobody",
);
const TABLE: Rule =
    Rule::house("unused-table", "a table that no function may touch is deployed for nobody");
const PLACEHOLDER: Rule = Rule::house(
    "unknown-placeholder",
    "names of functions and tables are filled from x-lychgate; another name stays unfilled",
);

pub(super) const RULES: &[&Rule] = &[&FUNCTION, &TABLE, &PLACEHOLDER];

impl Lint<'_> {
    pub(super) fn lychgate(&mut self) {
        let Some(block) = self.at("/x-lychgate") else { return };
        for (key, function) in &self.api.lychgate.functions {
            if !self.is_called(key) {
                self.find(&FUNCTION, &function.origin, format!("nothing calls `{key}`"));
            }
        }
        for (key, table) in &self.api.lychgate.tables {
            let mut functions = self.api.lychgate.functions.values();
            let granted =
                |access: &Access| matches!(access, Access::Table { table, .. } if table == key);
            if !functions.any(|function| function.access.iter().any(granted)) {
                self.find(&TABLE, &table.origin, format!("no function has access to `{key}`"));
            }
        }
        self.placeholders(&block);
    }

    fn is_called(&self, key: &str) -> bool {
        let integrations = self.api.operations.iter().filter_map(|it| it.integration.as_ref());
        let mut targets = integrations.map(|integration| &integration.target);
        let authorizers =
            self.api.security_schemes.values().filter_map(|scheme| scheme.authorizer.as_ref());
        let mut functions = authorizers.filter_map(|authorizer| authorizer.function.as_ref());
        targets.any(|it| matches!(it, IntegrationTarget::Function(function) if function.key == key))
            || functions.any(|function| function.key == key)
    }

    /// Placeholders for functions and tables that are not declared.
    fn placeholders(&mut self, at: &At<'_>) {
        match &at.node().content {
            Content::Array(_) => at.elements().for_each(|element| self.placeholders(&element)),
            Content::Object(_) => at.members().for_each(|(_, value)| self.placeholders(&value)),
            _ => {
                let text = at.as_written().unwrap_or_default();
                for (start, _) in text.match_indices("${") {
                    if let Some((name, _)) = placeholder(&text[start..]) {
                        self.placeholder(name, at);
                    }
                }
            }
        }
    }

    fn placeholder(&mut self, name: &str, at: &At<'_>) {
        let lychgate = &self.api.lychgate;
        let functions = lychgate.functions.keys().map(|key| names::function_placeholder(key));
        let tables = lychgate.tables.keys().map(|key| names::table_placeholder(key));
        let known: Vec<String> = functions.chain(tables).collect();
        let ours = name.ends_with("_function") || name.ends_with("_table");
        if !ours || known.iter().any(|known| known == name) {
            return;
        }
        let near = suggest::closest(name, known.iter().map(String::as_str));
        let help = near.map(|near| format!("did you mean `${{{near}}}`?"));
        let message = format!("x-lychgate declares nothing for `${{{name}}}`");
        self.find(&PLACEHOLDER, &at.origin(), message).help = help;
    }
}
