//! `x-lychgate`: what is declared there and what uses it.

use super::{Lint, Rule};
use crate::document::At;
use crate::model::{Access, Function, Notification, NotificationTarget};
use crate::names;
use crate::placeholder::placeholders_in;
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
    "Terraform fills every placeholder of the document, prose and templates included; a name that \
     x-lychgate does not have stops the plan",
);
const DECLARED: Rule = Rule::house(
    "unused-placeholder",
    "whoever sets up an environment asks what a declared placeholder has to be",
);
const ACTION: Rule = Rule::house(
    "action-of-a-store",
    "an action is granted on every resource; what x-lychgate declares is granted one by one",
);
const VISIBILITY: Rule = Rule::house(
    "short-visibility",
    "Lambda refuses a queue whose visibility timeout is below the function's timeout, and asks \
     for six times as much",
);

pub(super) const RULES: &[&Rule] =
    &[&FUNCTION, &ROLE, &STORE, &PLACEHOLDER, &DECLARED, &ACTION, &VISIBILITY];

/// Services of whose actions x-lychgate grants what a kind needs, and the kind's key in `access`.
const KINDS: &[(&str, &str)] = &[
    ("dynamodb", "table"),
    ("s3", "bucket"),
    ("sqs", "queue"),
    ("ssm", "parameter"),
    ("cognito-idp", "userPool"),
];

impl Lint<'_> {
    pub(super) fn lychgate(&mut self) {
        if self.at("/x-lychgate").is_none() {
            return;
        }
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
        self.actions();
        self.placeholders();
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

    /// Actions on what x-lychgate has a kind for.
    fn actions(&mut self) {
        let lychgate = &self.api.lychgate;
        let functions = lychgate.functions.values().map(|function| &function.origin);
        let roles = lychgate.roles.values().map(|role| &role.origin);
        let entries: Vec<_> = functions.chain(roles).cloned().collect();
        for entry in entries {
            let access = self.at(&entry.pointer).and_then(|at| at.get("access"));
            for action in access.iter().flat_map(At::elements).filter_map(|it| it.get("action")) {
                let text = action.as_str().unwrap_or_default();
                let service = text.split(':').next().unwrap_or_default();
                let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == service) else {
                    continue;
                };
                let message = format!("`{text}` would be granted on everything in the account");
                self.find(&ACTION, &action.origin(), message).help =
                    Some(format!("name the {kind} instead: `{{ {kind}: KEY, level: ... }}`"));
            }
        }
    }

    /// Placeholders that nothing fills, and declared ones that stand nowhere.
    fn placeholders(&mut self) {
        let mut used = Vec::new();
        collect(&self.root, &mut used);
        let known = self.api.lychgate.placeholder_names();
        let known: Vec<&str> =
            known.iter().map(String::as_str).chain(names::AMBIENT.iter().copied()).collect();
        for (name, origin) in used.iter().filter(|(name, _)| !known.contains(name)) {
            let help = match suggest::closest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `${{{near}}}`?"),
                None => format!(
                    "declare `{name}` in x-lychgate.placeholders, or write `$${{{name}}}` for the text"
                ),
            };
            let message = format!("x-lychgate declares nothing for `${{{name}}}`");
            self.find(&PLACEHOLDER, origin, message).help = Some(help);
        }
        for (name, placeholder) in &self.api.lychgate.placeholders {
            if !used.iter().any(|(used, _)| used == name) {
                let message = format!("`${{{name}}}` stands nowhere in the document");
                self.find(&DECLARED, &placeholder.origin, message);
            }
        }
    }
}

/// Every placeholder below a value, with its place. Values for the laptop are left out: the local
/// runner knows what fills them, and they are not deployed.
fn collect<'d>(at: &At<'d>, used: &mut Vec<(&'d str, Origin)>) {
    let is_local =
        |key: &str| key == "local" && at.pointer().starts_with("/x-lychgate/parameters/");
    for element in at.elements() {
        collect(&element, used);
    }
    for (key, value) in at.members().filter(|(key, _)| !is_local(key)) {
        used.extend(placeholders_in(key).map(|name| (name, value.key_origin())));
        collect(&value, used);
    }
    let text = at.as_written().unwrap_or_default();
    used.extend(placeholders_in(text).map(|name| (name, at.origin())));
}
