//! Tables, buckets, queues, parameters and user pools of `x-lychgate`.

use indexmap::IndexMap;

use super::{Declared, Kind};
use crate::document::{At, Content};
use crate::model::{
    AttributeType, Bucket, BucketEvent, Cors, Expiry, KeyAttribute, Notification,
    NotificationTarget, PasswordPolicy, Queue, SsmParameter, Table, TableIndex, UserPool,
};
use crate::resolve::Resolver;

const ABORT_UPLOADS_AFTER_DAYS: u32 = 7;
const FOUR_DAYS: u32 = 345_600;
const MAX_RECEIVES: u32 = 5;
const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD"];

impl<'d> Resolver<'d, '_> {
    pub(super) fn table(&mut self, at: &At<'d>) -> Option<Table> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["partitionKey", "sortKey", "timeToLive", "indexes"]);
        let key = self.table_key(&at)?;
        let mut indexes = IndexMap::new();
        if let Some(block) = self.strict_object(at.present("indexes")) {
            for (name, at) in block.members() {
                let Some(at) = self.strict_object(Some(at)) else { continue };
                self.known_keys(&at, &["partitionKey", "sortKey"]);
                if let Some(index) = self.table_key(&at) {
                    indexes.insert(name.to_owned(), index);
                }
            }
        }
        Some(Table {
            partition_key: key.partition_key,
            sort_key: key.sort_key,
            time_to_live: self.optional_text(&at, "timeToLive"),
            indexes,
            origin: at.origin(),
        })
    }

    fn table_key(&mut self, at: &At<'d>) -> Option<TableIndex> {
        let Some(partition_key) = at.present("partitionKey") else {
            self.missing(at, "partitionKey");
            return None;
        };
        Some(TableIndex {
            partition_key: self.key_attribute(&partition_key)?,
            sort_key: at.present("sortKey").and_then(|key| self.key_attribute(&key)),
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

    pub(super) fn bucket(&mut self, at: &At<'d>, declared: &Declared<'d>) -> Bucket {
        self.entry(at, &["versioning", "expire", "abortUploadsAfter", "cors", "notifications"]);
        let expiries = self.elements(at, "expire");
        let notifications = self.elements(at, "notifications");
        Bucket {
            versioning: self.strict_flag(at, "versioning", true),
            expire: expiries.iter().filter_map(|expiry| self.expiry(expiry)).collect(),
            abort_uploads_after_days: self
                .bounded(at, "abortUploadsAfter", 1, 365)
                .unwrap_or(ABORT_UPLOADS_AFTER_DAYS),
            cors: at.present("cors").and_then(|cors| self.cors(&cors)),
            notifications: notifications
                .iter()
                .filter_map(|notification| self.notification(notification, declared))
                .collect(),
            origin: at.origin(),
        }
    }

    /// An entry that may say nothing (`uploads:`), which is all defaults.
    fn entry(&mut self, at: &At<'d>, known: &[&str]) {
        if !matches!(at.node().content, Content::Null) {
            self.strict_object(Some(at.clone()));
        }
        self.known_keys(at, known);
    }

    fn expiry(&mut self, at: &At<'d>) -> Option<Expiry> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["prefix", "days"]);
        if at.present("days").is_none() {
            self.missing(&at, "days");
        }
        let prefix = self.optional_text(&at, "prefix").unwrap_or_default();
        Some(Expiry { prefix, days: self.bounded(&at, "days", 1, 36_500)? })
    }

    fn cors(&mut self, at: &At<'d>) -> Option<Cors> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["origins", "methods", "headers", "exposeHeaders"]);
        for key in ["origins", "methods"] {
            if at.present(key).is_none() {
                self.missing(&at, key);
            }
        }
        let methods = self.texts(&at, "methods");
        for method in methods.iter().filter(|method| !METHODS.contains(&method.as_str())) {
            self.not_among(&at, "methods", method, METHODS);
        }
        let headers = at.present("headers").map(|_| self.texts(&at, "headers"));
        Some(Cors {
            origins: self.texts(&at, "origins"),
            methods,
            headers: headers.unwrap_or_else(|| vec!["*".to_owned()]),
            expose_headers: self.texts(&at, "exposeHeaders"),
        })
    }

    fn notification(&mut self, at: &At<'d>, declared: &Declared<'d>) -> Option<Notification> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["queue", "function", "prefix", "suffix", "events"]);
        let queue = self.reference(&at, "queue", Kind::Queue, declared);
        let function = self.reference(&at, "function", Kind::Function, declared);
        let events = self.bucket_events(&at);
        let target = match (queue, function) {
            (Some(queue), None) => NotificationTarget::Queue(queue),
            (None, Some(function)) => NotificationTarget::Function(function),
            (None, None) => {
                self.missing(&at, "queue` or `function");
                return None;
            }
            (Some(_), Some(_)) => {
                let message = "a notification goes to a queue or to a function, not to both";
                self.error("two-in-one", &at.origin(), message);
                return None;
            }
        };
        Some(Notification {
            target,
            prefix: self.optional_text(&at, "prefix").unwrap_or_default(),
            suffix: self.optional_text(&at, "suffix").unwrap_or_default(),
            events,
            origin: at.origin(),
        })
    }

    fn bucket_events(&mut self, at: &At<'d>) -> Vec<BucketEvent> {
        if at.present("events").is_none() {
            return vec![BucketEvent::Created];
        }
        let mut events = Vec::new();
        for name in self.texts(at, "events") {
            match name.as_str() {
                "created" => events.push(BucketEvent::Created),
                "removed" => events.push(BucketEvent::Removed),
                _ => self.not_among(at, "events", &name, &["created", "removed"]),
            }
        }
        events
    }

    pub(super) fn queue(&mut self, at: &At<'d>) -> Queue {
        self.entry(at, &["visibilityTimeout", "retention", "delay", "maxReceives"]);
        Queue {
            visibility_timeout_seconds: self.bounded(at, "visibilityTimeout", 0, 43_200),
            retention_seconds: self.bounded(at, "retention", 60, 1_209_600).unwrap_or(FOUR_DAYS),
            delay_seconds: self.bounded(at, "delay", 0, 900).unwrap_or_default(),
            max_receives: self.bounded(at, "maxReceives", 1, 1_000).unwrap_or(MAX_RECEIVES),
            origin: at.origin(),
        }
    }

    pub(super) fn ssm_parameter(&mut self, at: &At<'d>) -> SsmParameter {
        self.entry(at, &["description", "secure", "local"]);
        SsmParameter {
            description: self.optional_text(at, "description"),
            secure: self.strict_flag(at, "secure", true),
            local: self.optional_text(at, "local"),
            origin: at.origin(),
        }
    }

    pub(super) fn user_pool(&mut self, at: &At<'d>, declared: &Declared<'d>) -> UserPool {
        self.entry(
            at,
            &["selfSignUp", "passwordPolicy", "preSignUp", "tokenMinutes", "refreshDays"],
        );
        UserPool {
            self_sign_up: self.strict_flag(at, "selfSignUp", false),
            password_policy: self.password_policy(at),
            pre_sign_up: self.reference(at, "preSignUp", Kind::Function, declared),
            token_minutes: self.bounded(at, "tokenMinutes", 5, 1_440).unwrap_or(60),
            refresh_days: self.bounded(at, "refreshDays", 1, 3_650).unwrap_or(30),
            origin: at.origin(),
        }
    }

    fn password_policy(&mut self, at: &At<'d>) -> PasswordPolicy {
        let policy = self.strict_object(at.present("passwordPolicy"));
        let Some(at) = policy else {
            return PasswordPolicy {
                length: 12,
                lowercase: true,
                uppercase: true,
                digits: true,
                symbols: false,
            };
        };
        self.known_keys(&at, &["length", "lowercase", "uppercase", "digits", "symbols"]);
        PasswordPolicy {
            length: self.bounded(&at, "length", 6, 99).unwrap_or(12),
            lowercase: self.strict_flag(&at, "lowercase", true),
            uppercase: self.strict_flag(&at, "uppercase", true),
            digits: self.strict_flag(&at, "digits", true),
            symbols: self.strict_flag(&at, "symbols", false),
        }
    }
}
