//! `access`: what a function or a role may touch.

use super::{Declared, Kind};
use crate::document::At;
use crate::model::{Access, AccessLevel};
use crate::resolve::Resolver;

/// What an access may be to; the key says which kind.
const ACCESSIBLE: [Kind; 5] =
    [Kind::Table, Kind::Bucket, Kind::Queue, Kind::Parameter, Kind::UserPool];

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
            &["table", "bucket", "queue", "parameter", "userPool", "level", "prefix"],
        );
        let mut kinds = ACCESSIBLE.into_iter().filter(|kind| at.present(kind.key()).is_some());
        let Some(kind) = kinds.next() else {
            let message = "this access is to nothing";
            self.error("missing-key", &at.origin(), message).help =
                Some(format!("name one of {}", ACCESSIBLE.map(Kind::key).join(", ")));
            return None;
        };
        if let Some(other) = kinds.next() {
            let message = format!("one access is to one thing, not `{}` too", other.key());
            self.error("two-in-one", &at.origin(), message);
        }
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
