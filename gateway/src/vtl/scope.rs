//! What a template sees, and what it leaves behind.

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// The request's parameters, as `$input.params()` shows them; names are case-sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// Decoded path parameters.
    pub path: IndexMap<String, String>,
    /// Decoded query parameters.
    pub querystring: IndexMap<String, String>,
    /// Request headers.
    pub header: IndexMap<String, String>,
}

/// The variables of one rendering.
///
/// Render the request template and the response template with the same scope (change `body` in
/// between): overrides that the first one writes are visible in the second and stay in `context`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The payload: of the request, or of the integration's answer.
    pub body: String,
    /// The request's parameters, in both templates.
    pub parameters: Parameters,
    /// `$context`; [`Template::render`](super::Template::render) writes `requestOverride` and
    /// `responseOverride` back into it.
    pub context: Map<String, Value>,
    /// `$stageVariables`.
    pub stage_variables: IndexMap<String, String>,
}

impl Scope {
    /// Makes sure that the maps which templates assign overrides to exist.
    pub(super) fn prepare_overrides(&mut self) {
        prepare(&mut self.context, "requestOverride", &["header", "path", "querystring"]);
        prepare(&mut self.context, "responseOverride", &["header"]);
    }

    /// The status that a template set by `$context.responseOverride.status`.
    ///
    /// Only whole numbers from 100 to 599 count, others are ignored.
    #[must_use]
    pub fn status_override(&self) -> Option<u16> {
        let status = match self.context.get("responseOverride")?.get("status")? {
            Value::Number(number) => number.as_u64()?,
            _ => return None,
        };
        u16::try_from(status).ok().filter(|status| (100..600).contains(status))
    }

    /// The headers that templates set by `$context.responseOverride.header`.
    #[must_use]
    pub fn response_headers(&self) -> Vec<(String, String)> {
        self.overrides("responseOverride", "header")
    }

    /// What templates set by `$context.requestOverride.<place>`: `header`, `path` or `querystring`.
    #[must_use]
    pub fn request_overrides(&self, place: &str) -> Vec<(String, String)> {
        self.overrides("requestOverride", place)
    }

    fn overrides(&self, side: &str, place: &str) -> Vec<(String, String)> {
        let members = self.context.get(side).and_then(|side| side.get(place)?.as_object());
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        members.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
    }
}

/// Makes `parent[name]` an object that holds the objects `places`.
fn prepare(parent: &mut Map<String, Value>, name: &str, places: &[&str]) {
    let member = parent.entry(name).or_insert(Value::Null);
    let mut members = match member.take() {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for place in places {
        if !members.get(*place).is_some_and(Value::is_object) {
            members.insert((*place).to_owned(), Value::Object(Map::new()));
        }
    }
    *member = Value::Object(members);
}
