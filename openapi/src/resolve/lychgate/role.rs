//! `x-lychgate.roles`.

use super::{Declared, Kind};
use crate::document::At;
use crate::model::Role;
use crate::resolve::Resolver;

impl<'d> Resolver<'d, '_> {
    pub(super) fn role(&mut self, at: &At<'d>, declared: &Declared<'d>) -> Option<Role> {
        let at = self.strict_object(Some(at.clone()))?;
        self.known_keys(&at, &["description", "access"]);
        let name = at.name();
        if declared.keys(Kind::Function).contains(&name.as_str()) {
            let message = format!("`{name}` is also a function, whose role has the same name");
            self.error("same-role", &at.key_origin(), message).help =
                Some("give this role another key".to_owned());
        }
        Some(Role {
            description: self.optional_text(&at, "description"),
            access: self.accesses(&at, declared),
            origin: at.origin(),
        })
    }
}
