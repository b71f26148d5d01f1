//! Components nobody uses.

use std::collections::HashSet;

use super::{Lint, Rule};
use crate::document::{At, Content, escape, local_pointer};

const UNUSED: Rule = Rule::house(
    "unused-component",
    "what nothing refers to is kept up for nobody, and every schema becomes a model in API Gateway",
);

pub(super) const RULES: &[&Rule] = &[&UNUSED];

impl Lint<'_> {
    pub(super) fn components(&mut self) {
        let Some(components) = self.at("/components") else { return };
        let used = self.used(&components);
        for (section, entries) in components.members().filter(|(key, _)| !key.starts_with("x-")) {
            for (name, at) in entries.members() {
                if !used.contains(at.pointer()) {
                    let message = format!("nothing uses components.{section}.{name}");
                    self.find(&UNUSED, &at.key_origin(), message);
                }
            }
        }
    }

    /// Pointers of components that are reached from outside the components.
    fn used(&self, components: &At<'_>) -> HashSet<String> {
        let mut used = HashSet::new();
        let mut pending: Vec<String> = Vec::new();
        for (_, at) in self.root.members().filter(|(key, _)| *key != "components") {
            references(&at, &mut pending);
        }
        for operation in &self.api.operations {
            let names = operation.security.iter().flat_map(|requirement| requirement.keys());
            pending
                .extend(names.map(|name| format!("/components/securitySchemes/{}", escape(name))));
        }
        while let Some(pointer) = pending.pop() {
            // A reference into a component uses the component.
            let component: String = pointer.split('/').take(4).collect::<Vec<_>>().join("/");
            if let Some(at) = self.root.follow_plain(&component)
                && component.starts_with(components.pointer())
                && used.insert(component)
            {
                references(&at, &mut pending);
            }
        }
        used
    }
}

/// Pointers of every `$ref` and discriminator mapping within a value.
fn references(at: &At<'_>, pointers: &mut Vec<String>) {
    match &at.node().content {
        Content::Array(_) => at.elements().for_each(|element| references(&element, pointers)),
        Content::Object(_) => {
            for (key, value) in at.members() {
                match value.as_str() {
                    Some(text) if key == "$ref" => {
                        pointers.extend(local_pointer(text));
                    }
                    None if key == "mapping" => {
                        for (_, target) in value.members() {
                            let text = target.as_str().unwrap_or_default();
                            pointers.push(local_pointer(text).unwrap_or_else(|| {
                                format!("/components/schemas/{}", escape(text))
                            }));
                        }
                    }
                    _ => references(&value, pointers),
                }
            }
        }
        _ => {}
    }
}
