//! `x-lychgate.functions`.

use indexmap::IndexMap;

use super::{Declared, Kind};
use crate::document::{At, Content};
use crate::model::{Function, QueueEvents};
use crate::resolve::Resolver;

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
const DEFAULT_STORAGE_MB: u32 = 512;
const DEFAULT_BATCH: u32 = 10;

const FUNCTION_KEYS: &[&str] = &[
    "description",
    "binary",
    "memory",
    "timeout",
    "ephemeralStorage",
    "reservedConcurrency",
    "vpc",
    "environment",
    "access",
    "events",
    "onFailure",
];

impl<'d> Resolver<'d, '_> {
    pub(super) fn function(&mut self, at: &At<'d>, declared: &Declared<'d>) -> Function {
        // A function with nothing to say (`users:`) is all defaults.
        if !matches!(at.node().content, Content::Null) {
            self.strict_object(Some(at.clone()));
        }
        self.known_keys(at, FUNCTION_KEYS);
        let events = self.elements(at, "events");
        Function {
            description: self.optional_text(at, "description"),
            binary: self.binary(at),
            memory_mb: self.bounded(at, "memory", 128, 10_240).unwrap_or(DEFAULT_MEMORY_MB),
            timeout_seconds: self.bounded(at, "timeout", 1, 900).unwrap_or(DEFAULT_TIMEOUT_SECONDS),
            ephemeral_storage_mb: self
                .bounded(at, "ephemeralStorage", 512, 10_240)
                .unwrap_or(DEFAULT_STORAGE_MB),
            reserved_concurrency: self.bounded(at, "reservedConcurrency", 0, 100_000),
            in_vpc: self.strict_flag(at, "vpc", false),
            environment: self.environment(at),
            access: self.accesses(at, declared),
            events: events.iter().filter_map(|event| self.queue_events(event, declared)).collect(),
            on_failure: self.reference(at, "onFailure", Kind::Queue, declared),
            origin: at.origin(),
        }
    }

    /// The name of a program: it becomes that of files, so it is one as keys are.
    fn binary(&mut self, at: &At<'d>) -> String {
        let Some(binary) = at.present("binary") else { return at.name() };
        let Some(name) = self.strict_text(&binary) else { return at.name() };
        self.check_name(&name, &binary.origin());
        name
    }

    fn environment(&mut self, at: &At<'d>) -> IndexMap<String, String> {
        let mut environment = IndexMap::new();
        if let Some(variables) = self.strict_object(at.present("environment")) {
            for (name, value) in variables.members() {
                self.check_variable(name, &value);
                if let Some(text) = self.strict_text(&value) {
                    environment.insert(name.to_owned(), text);
                }
            }
        }
        environment
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

    fn queue_events(&mut self, at: &At<'d>, declared: &Declared<'d>) -> Option<QueueEvents> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["queue", "batchSize", "window", "maxConcurrency"]);
        if at.present("queue").is_none() {
            self.missing(&at, "queue");
        }
        let batch_size = self.bounded(&at, "batchSize", 1, 10_000).unwrap_or(DEFAULT_BATCH);
        let window_seconds = self.bounded(&at, "window", 0, 300).unwrap_or_default();
        if batch_size > DEFAULT_BATCH && window_seconds == 0 {
            let message = format!("a batch of {batch_size} needs a window of at least 1 second");
            self.error("missing-window", &at.origin(), message).help =
                Some("add `window: 1`, or leave batchSize at 10".to_owned());
        }
        Some(QueueEvents {
            queue: self.reference(&at, "queue", Kind::Queue, declared)?,
            batch_size,
            window_seconds,
            max_concurrency: self.bounded(&at, "maxConcurrency", 2, 1_000),
            origin: at.origin(),
        })
    }
}
