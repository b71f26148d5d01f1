//! `x-lychgate`: what is declared there and what uses it.

use super::{Lint, Rule};
use crate::document::{At, Content};
use crate::model::{Access, Function, Notification, NotificationTarget};
use crate::names;
use crate::placeholder::placeholder;
use crate::position::Origin;
use crate::suggest;

const FUNCTION: Rule = Rule::house(
    "unused-function",
    "a function that nothing calls is built and deployed for nobody",
);
const ROLE: Rule = Rule::house(
    "unused-role",
    "a role that no integration names may do what it declares, for nobody",
);
const STORE: Rule =
    Rule::house("unused-store", "a store that nothing may touch is deployed for nobody");
const PLACEHOLDER: Rule = Rule::house(
    "unknown-placeholder",
    "names of functions, roles and stores are filled from x-lychgate; another name stays unfilled",
);
const VISIBILITY: Rule = Rule::house(
    "short-visibility",
    "Lambda refuses a queue whose visibility timeout is below the function's timeout, and asks \
     for six times as much",
);

pub(super) const RULES: &[&Rule] = &[&FUNCTION, &ROLE, &STORE, &PLACEHOLDER, &VISIBILITY];

impl Lint<'_> {
    pub(super) fn lychgate(&mut self) {
        let Some(block) = self.at("/x-lychgate") else { return };
        for (key, function) in &self.api.lychgate.functions {
            if !self.is_called(key, function) {
                self.find(&FUNCTION, &function.origin, format!("nothing calls `{key}`"));
            }
        }
        for (key, role) in &self.api.lychgate.roles {
            if !self.is_named(key, &[names::ROLE]) {
                let message = format!("no integration has the role `{key}`");
                self.find(&ROLE, &role.origin, message).help = Some(format!(
                    "write `credentials: \"arn:aws:iam::${{account_id}}:role/${{{}}}\"`",
                    names::placeholder(key, names::ROLE)
                ));
            }
        }
        for (kind, key, origin) in self.unused_stores() {
            self.find(&STORE, &origin, format!("nothing has access to the {kind} `{key}`"));
        }
        self.visibility();
        self.placeholders(&block);
        self.credentials();
    }

    fn is_called(&self, key: &str, function: &Function) -> bool {
        if !function.events.is_empty() {
            return true;
        }
        let lychgate = &self.api.lychgate;
        let mut told = self.notifications();
        let mut pools = lychgate.user_pools.values();
        self.api.called_functions().any(|(function, _)| function.key == key)
            || told.any(|it| matches!(&it.target, NotificationTarget::Function(it) if it == key))
            || pools.any(|pool| pool.pre_sign_up.as_deref() == Some(key))
    }

    fn notifications(&self) -> impl Iterator<Item = &Notification> {
        self.api.lychgate.buckets.values().flat_map(|bucket| &bucket.notifications)
    }

    /// Kind, key and place of every store without a user. Buckets and queues may also be reached
    /// by the API itself, user pools by an authorizer: then a placeholder names them.
    fn unused_stores(&self) -> Vec<(&'static str, String, Origin)> {
        let lychgate = &self.api.lychgate;
        let of_functions = || lychgate.functions.values().flat_map(|function| &function.access);
        let of_roles = || lychgate.roles.values().flat_map(|role| &role.access);
        let accesses = || of_functions().chain(of_roles());
        let granted = |test: &dyn Fn(&Access) -> bool| accesses().any(test);
        let mut unused = Vec::new();
        let mut check = |kind, key: &String, origin: &Origin, suffixes: &[&str], granted: bool| {
            if !granted && !self.is_named(key, suffixes) {
                unused.push((kind, key.clone(), origin.clone()));
            }
        };
        for (key, table) in &lychgate.tables {
            let granted = granted(&|it| matches!(it, Access::Table { table, .. } if table == key));
            check("table", key, &table.origin, &[], granted);
        }
        for (key, bucket) in &lychgate.buckets {
            let granted =
                granted(&|it| matches!(it, Access::Bucket { bucket, .. } if bucket == key));
            check("bucket", key, &bucket.origin, &[names::BUCKET], granted);
        }
        for (key, queue) in &lychgate.queues {
            let granted = granted(&|it| matches!(it, Access::Queue { queue } if queue == key));
            let events = lychgate.functions.values().any(|function| {
                function.events.iter().any(|it| it.queue == *key)
                    || function.on_failure.as_ref() == Some(key)
            });
            check("queue", key, &queue.origin, &[names::QUEUE], granted || events);
        }
        for (key, parameter) in &lychgate.parameters {
            let granted =
                granted(&|it| matches!(it, Access::Parameter { parameter } if parameter == key));
            check("parameter", key, &parameter.origin, &[], granted);
        }
        for (key, pool) in &lychgate.user_pools {
            check("user pool", key, &pool.origin, names::USER_POOL, false);
        }
        unused
    }

    /// Whether the document holds a placeholder of this entry.
    fn is_named(&self, key: &str, suffixes: &[&str]) -> bool {
        let text = self.text;
        suffixes
            .iter()
            .any(|suffix| text.contains(&format!("${{{}}}", names::placeholder(key, suffix))))
    }

    fn visibility(&mut self) {
        let lychgate = &self.api.lychgate;
        for (key, function) in &lychgate.functions {
            for events in &function.events {
                let queue = lychgate.queues.get(&events.queue);
                let visible = queue.and_then(|queue| queue.visibility_timeout_seconds);
                let needed = function.timeout_seconds;
                if visible.is_some_and(|seconds| seconds < needed) {
                    let message = format!(
                        "messages of `{}` return before `{key}` times out after {needed} s",
                        events.queue
                    );
                    let help = format!(
                        "leave visibilityTimeout out, or set it to {} at least",
                        6 * needed + events.window_seconds
                    );
                    self.find(&VISIBILITY, &events.origin, message).help = Some(help);
                }
            }
        }
    }

    /// Roles that integrations name.
    fn credentials(&mut self) {
        let integrations = self.api.operations.iter().filter_map(|it| it.integration.as_ref());
        for integration in integrations {
            let at = self.at(&integration.origin.pointer).and_then(|at| at.get("credentials"));
            if let Some(at) = at {
                self.placeholders(&at);
            }
        }
    }

    /// Placeholders for what is not declared.
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
        let known = self.api.lychgate.placeholders();
        if !names::is_declared_by_lychgate(name) || known.iter().any(|known| known == name) {
            return;
        }
        let near = suggest::closest(name, known.iter().map(String::as_str));
        let help = near.map(|near| format!("did you mean `${{{near}}}`?"));
        let message = format!("x-lychgate declares nothing for `${{{name}}}`");
        self.find(&PLACEHOLDER, &at.origin(), message).help = help;
    }
}
