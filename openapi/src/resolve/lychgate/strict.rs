//! Reading keys of a block that is ours: whatever has not the expected type is an error.

use super::{Declared, Kind};
use crate::diagnostic::Severity;
use crate::document::{At, Content};
use crate::resolve::{Resolver, fields};
use crate::suggest;

impl<'d> Resolver<'d, '_> {
    pub(super) fn known_keys(&mut self, at: &At<'d>, known: &[&str]) {
        for (key, value) in at.members().filter(|(key, _)| !known.contains(key)) {
            let help = match suggest::closest(key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            let message = format!("x-lychgate has no key `{key}` here");
            self.error("unknown-key", &value.key_origin(), message).help = Some(help);
        }
    }

    pub(super) fn strict_object(&mut self, at: Option<At<'d>>) -> Option<At<'d>> {
        let at = at?;
        if !at.is_object() {
            self.wrong_type(Severity::Error, &at, "an object");
            return None;
        }
        Some(at)
    }

    pub(super) fn strict_array(&mut self, at: &At<'d>) -> Vec<At<'d>> {
        if !at.is_array() {
            self.wrong_type(Severity::Error, at, "an array");
        }
        at.elements().collect()
    }

    pub(super) fn strict_text(&mut self, at: &At<'d>) -> Option<String> {
        let text = at.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(Severity::Error, at, "text");
        }
        text
    }

    pub(super) fn required_text(&mut self, at: &At<'d>, key: &str) -> Option<String> {
        let Some(value) = at.present(key) else {
            self.missing(at, key);
            return None;
        };
        self.strict_text(&value)
    }

    pub(super) fn missing(&mut self, at: &At<'d>, key: &str) {
        let message = format!("`{}` has no `{key}`", at.name());
        self.error("missing-key", &at.origin(), message);
    }

    pub(super) fn not_among(&mut self, at: &At<'d>, key: &str, value: &str, allowed: &[&str]) {
        let origin = at.get(key).map(|value| value.origin()).unwrap_or_default();
        let message = format!("`{key}` cannot be `{value}`");
        self.error("unknown-value", &origin, message).help =
            Some(format!("one of {}", allowed.join(", ")));
    }

    pub(super) fn bounded(&mut self, at: &At<'d>, key: &str, least: u32, most: u32) -> Option<u32> {
        let value = at.present(key)?;
        let number = match &value.node().content {
            Content::Number { value, .. } => fields::whole(value),
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
    /// True or false, or what holds where the key is absent.
    pub(super) fn strict_flag(&mut self, at: &At<'d>, key: &str, default: bool) -> bool {
        let Some(value) = at.present(key) else { return default };
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong_type(Severity::Error, &value, "true or false");
        }
        flag.unwrap_or(default)
    }

    /// The elements of an array; none if the key is absent.
    pub(super) fn elements(&mut self, at: &At<'d>, key: &str) -> Vec<At<'d>> {
        at.present(key).map(|value| self.strict_array(&value)).unwrap_or_default()
    }

    /// An array of text; none if the key is absent.
    pub(super) fn texts(&mut self, at: &At<'d>, key: &str) -> Vec<String> {
        let elements = self.elements(at, key);
        elements.iter().filter_map(|element| self.strict_text(element)).collect()
    }

    /// Text, or what holds where the key is absent.
    pub(super) fn optional_text(&mut self, at: &At<'d>, key: &str) -> Option<String> {
        at.present(key).and_then(|value| self.strict_text(&value))
    }

    /// The key of an entry elsewhere in the block, as `key: NAME` of `at`.
    pub(super) fn reference(
        &mut self,
        at: &At<'d>,
        key: &str,
        kind: Kind,
        declared: &Declared<'d>,
    ) -> Option<String> {
        let value = at.present(key)?;
        let name = self.strict_text(&value)?;
        let known = declared.keys(kind);
        if !known.contains(&name.as_str()) {
            let help = match suggest::closest(&name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it in x-lychgate.{}", kind.block()),
            };
            let what = kind.key();
            let message = format!("there is no {what} `{name}` in x-lychgate");
            self.error(kind.unknown(), &value.origin(), message).help = Some(help);
        }
        Some(name)
    }
}
