//! `access`: what a function or a role may touch.

use super::{Declared, Kind};
use crate::document::At;
use crate::model::{Access, AccessLevel};
use crate::resolve::Resolver;

/// What an access may be to; the key says which kind.
const ACCESSIBLE: [Kind; 5] =
    [Kind::Table, Kind::Bucket, Kind::Queue, Kind::Parameter, Kind::UserPool];

/// What an access is to.
enum Accessed<'d> {
    Kind(Kind),
    Action(At<'d>),
}

impl<'d> Resolver<'d, '_> {
    /// The grants of an entry, in document order.
    pub(super) fn accesses(&mut self, at: &At<'d>, declared: &Declared<'d>) -> Vec<Access> {
        let grants = self.elements(at, "access");
        grants.iter().filter_map(|grant| self.access(grant, declared)).collect()
    }

    fn access(&mut self, at: &At<'d>, declared: &Declared<'d>) -> Option<Access> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(
            &at,
            &["table", "bucket", "queue", "parameter", "userPool", "action", "level", "prefix"],
        );
        let kind = match self.accessed(&at)? {
            Accessed::Kind(kind) => kind,
            Accessed::Action(action) => return self.action(&at, &action),
        };
        if kind != Kind::Bucket
            && let Some(prefix) = at.present("prefix")
        {
            let message = "only access to a bucket can be narrowed to a prefix";
            self.error("unknown-key", &prefix.key_origin(), message);
        }
        let name = self.reference(&at, kind.key(), kind, declared);
        let allowed: &[&str] = match kind {
            Kind::Bucket => &["read", "put", "write", "read-write"],
            Kind::Queue => &["write"],
            Kind::Parameter => &["read"],
            _ => &["read", "write", "read-write"],
        };
        let level = self.level(&at, allowed);
        let (name, level) = (name?, level?);
        Some(match kind {
            Kind::Bucket => {
                let prefix = self.optional_text(&at, "prefix").unwrap_or_default();
                Access::Bucket { bucket: name, level, prefix }
            }
            Kind::Queue => Access::Queue { queue: name },
            Kind::Parameter => Access::Parameter { parameter: name },
            Kind::UserPool => Access::UserPool { user_pool: name, level },
            Kind::Table | Kind::Function | Kind::Role => Access::Table { table: name, level },
        })
    }

    /// The one thing that an access is to.
    fn accessed(&mut self, at: &At<'d>) -> Option<Accessed<'d>> {
        let mut kinds = ACCESSIBLE.into_iter().filter(|kind| at.present(kind.key()).is_some());
        let kind = kinds.next();
        let action = at.present("action");
        let other = if kind.is_some() && action.is_some() {
            Some("action")
        } else {
            kinds.next().map(Kind::key)
        };
        if let Some(other) = other {
            let message = format!("one access is to one thing, not `{other}` too");
            self.error("two-in-one", &at.origin(), message);
        }
        let accessed = kind.map(Accessed::Kind).or(action.map(Accessed::Action));
        if accessed.is_none() {
            let message = "this access is to nothing";
            self.error("missing-key", &at.origin(), message).help =
                Some(format!("name one of {}, action", ACCESSIBLE.map(Kind::key).join(", ")));
        }
        accessed
    }

    /// An action that knows no resources. A wildcard would grant what nobody has read.
    fn action(&mut self, at: &At<'d>, action: &At<'d>) -> Option<Access> {
        for key in ["level", "prefix"] {
            if let Some(value) = at.present(key) {
                let message = format!("an action has no {key}");
                self.error("unknown-key", &value.key_origin(), message);
            }
        }
        let text = self.strict_text(action)?;
        let is_service = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
        let is_action = text.split_once(':').is_some_and(|(service, name)| {
            !service.is_empty()
                && service.chars().all(is_service)
                && name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric())
        });
        if !is_action {
            let message = format!("`{text}` is not one action");
            self.error("invalid-action", &action.origin(), message).help = Some(
                "write it as IAM does, for example `rekognition:DetectLabels`; no wildcards"
                    .to_owned(),
            );
            return None;
        }
        Some(Access::Action { action: text })
    }

    fn level(&mut self, at: &At<'d>, allowed: &[&str]) -> Option<AccessLevel> {
        let level = self.required_text(at, "level")?;
        if !allowed.contains(&level.as_str()) {
            self.not_among(at, "level", &level, allowed);
            return None;
        }
        Some(match level.as_str() {
            "read" => AccessLevel::Read,
            "write" => AccessLevel::Write,
            "put" => AccessLevel::Put,
            _ => AccessLevel::ReadWrite,
        })
    }
}
