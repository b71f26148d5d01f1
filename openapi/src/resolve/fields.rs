//! Reading keys by the type they should have. A key that is absent or `null` is absent; a value
//! of another type is found wrong and counts as absent, unless it can be understood anyway.

use indexmap::IndexMap;

use super::Resolver;
use crate::diagnostic::Severity;
use crate::document::{At, Content};
use crate::position::Origin;

impl<'d> Resolver<'d, '_> {
    /// Text. Numbers and booleans count as the text they are written as.
    pub(super) fn text(&mut self, at: &At<'d>, key: &str) -> Option<String> {
        let value = at.present(key)?;
        self.value_text(&value)
    }

    /// The text that a CloudFormation template's `Fn::Sub` holds; any other value as it is.
    /// Templates are what many documents are part of, and `Fn::Sub` is how they name functions.
    pub(super) fn substituted(&mut self, value: &At<'d>) -> At<'d> {
        let Some(text) = value.substitution() else { return value.clone() };
        let message = format!("`Fn::Sub` of `{}` is read as the text it holds", value.name());
        self.warn("cloudformation-function", &value.origin(), message).help = Some(
            "API Gateway refuses it unless CloudFormation fills it before; else use \"${name}\""
                .to_owned(),
        );
        text
    }

    /// Like [`Self::text`], for a value already at hand.
    pub(super) fn value_text(&mut self, value: &At<'d>) -> Option<String> {
        let value = &self.substituted(value);
        match &value.node().content {
            Content::String { text, .. } => Some(text.clone()),
            Content::Number { text, .. } => {
                self.unquoted(value, text);
                Some(text.clone())
            }
            Content::Boolean(flag) => {
                let text = flag.to_string();
                self.unquoted(value, &text);
                Some(text)
            }
            _ => {
                self.wrong_type(Severity::Warning, value, "text");
                None
            }
        }
    }

    fn unquoted(&mut self, value: &At<'_>, text: &str) {
        let message = format!("`{}` must be text, not {}", value.name(), value.node().kind());
        self.warn("wrong-type", &value.origin(), message).help =
            Some(format!("put it in quotes: \"{text}\""));
    }

    /// Text, without a finding where the value is a number: API Gateway takes both.
    pub(super) fn text_or_number(&mut self, at: &At<'d>, key: &str) -> Option<String> {
        let value = at.present(key)?;
        match &value.node().content {
            Content::Number { text, .. } => Some(text.clone()),
            _ => self.value_text(&value),
        }
    }

    /// A boolean; absent is false. `"true"` counts, with a warning.
    pub(super) fn flag(&mut self, at: &At<'d>, key: &str) -> bool {
        let Some(value) = at.present(key) else { return false };
        match (value.as_bool(), value.as_str()) {
            (Some(flag), _) => flag,
            (None, text) => {
                self.wrong_type(Severity::Warning, &value, "true or false");
                text == Some("true")
            }
        }
    }

    /// A whole number that fits `T`; text that holds one counts, as API Gateway takes it too.
    pub(super) fn integer<T: TryFrom<u64>>(&mut self, at: &At<'d>, key: &str) -> Option<T> {
        let value = at.present(key)?;
        let number = match &value.node().content {
            Content::Number { value, .. } => whole(value),
            Content::String { text, .. } => text.parse().ok(),
            _ => None,
        };
        let fits = number.and_then(|number| T::try_from(number).ok());
        if fits.is_none() {
            let message = format!("`{key}` must be a whole number that is not negative");
            self.warn("wrong-type", &value.origin(), message);
        }
        fits
    }

    pub(super) fn object(&mut self, at: &At<'d>, key: &str) -> Option<At<'d>> {
        let value = at.present(key)?;
        if !value.is_object() {
            self.wrong_type(Severity::Warning, &value, "an object");
            return None;
        }
        Some(value)
    }

    /// Keys and values of an object, extensions left out.
    pub(super) fn entries(&mut self, at: &At<'d>, key: &str) -> Vec<(&'d str, At<'d>)> {
        let Some(object) = self.object(at, key) else { return Vec::new() };
        object.members().filter(|(name, _)| !name.starts_with("x-")).collect()
    }

    /// Elements of an array.
    pub(super) fn array(&mut self, at: &At<'d>, key: &str) -> Vec<At<'d>> {
        let Some(value) = at.present(key) else { return Vec::new() };
        if !value.is_array() {
            self.wrong_type(Severity::Warning, &value, "an array");
        }
        value.elements().collect()
    }

    /// An array of text; a lone text counts as one element, with a warning.
    pub(super) fn strings(&mut self, at: &At<'d>, key: &str) -> Vec<String> {
        let Some(value) = at.present(key) else { return Vec::new() };
        if value.as_str().is_some() {
            self.wrong_type(Severity::Warning, &value, "an array");
            return value.as_str().map(str::to_owned).into_iter().collect();
        }
        let elements = self.array(at, key);
        elements.iter().filter_map(|element| self.value_text(element)).collect()
    }

    /// A map of text. Values that are no text are dropped with a warning, as API Gateway does
    /// ("Invalid format for 'requestParameters'. Expected type string ...").
    pub(super) fn text_map(&mut self, at: &At<'d>, key: &str) -> IndexMap<String, String> {
        let Some(object) = self.object(at, key) else { return IndexMap::new() };
        let mut map = IndexMap::new();
        for (name, value) in object.members() {
            let value = self.substituted(&value);
            match value.as_str() {
                Some(text) => {
                    map.insert(name.to_owned(), text.to_owned());
                }
                None => {
                    let message = format!("`{name}` must be text, not {}", value.node().kind());
                    self.warn("wrong-type", &value.origin(), message).help =
                        Some("API Gateway drops it; put it in quotes".to_owned());
                }
            }
        }
        map
    }

    /// Where the members of an object stand.
    pub(super) fn origins(&mut self, at: &At<'d>, key: &str) -> IndexMap<String, Origin> {
        let object = self.object(at, key);
        let members = object.iter().flat_map(At::members);
        members.map(|(name, value)| (name.to_owned(), value.origin())).collect()
    }
}

/// A number without a fraction, as a 64-bit value.
pub(super) fn whole(number: &serde_json::Number) -> Option<u64> {
    if let Some(value) = number.as_u64() {
        return Some(value);
    }
    // 1.0 and 1e3 are whole; beyond 2^53 a float cannot tell whole numbers apart.
    let value = number.as_f64()?;
    let exact = value.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&value);
    exact.then(|| format!("{value:.0}").parse().ok()).flatten()
}
