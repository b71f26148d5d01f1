//! A file with usage plans, in YAML or JSON:
//!
//! ```yaml
//! usagePlans:
//!   - name: basic
//!     throttle: { rateLimit: 5, burstLimit: 10 }
//!     quota: { limit: 500, period: DAY, offset: 0 }
//!     methods:
//!       /users/GET: { rateLimit: 1, burstLimit: 1 }
//!     keys:
//!       - { name: ada, value: 0123456789-0123456789, id: k1, enabled: true }
//! ```
//!
//! Members have the names of API Gateway's API; of a plan only `name` is required, of a key `name`
//! and `value`. A key is enabled unless it says otherwise.

use std::collections::HashSet;

use openapi::document::{At, Content};
use openapi::{Diagnostic, Document, Origin, Placeholders, Source};

use super::plan::{ApiKey, ApiKeyValue, UsagePlan};
use super::quota::{Period, Quota};
use super::throttle::Throttle;

/// Reads plans.
///
/// # Errors
/// Everything that is wrong with the text. No finding shows the value of a key.
pub fn parse(source: &Source) -> Result<Vec<UsagePlan>, Vec<Diagnostic>> {
    let mut reader = Reader { found: Vec::new(), values: HashSet::new(), ids: HashSet::new() };
    if source.text().trim().is_empty() {
        reader.error(
            "empty-file",
            &Origin::default(),
            "the file is empty",
            "start it with `usagePlans:`",
        );
        return Err(reader.found);
    }
    let document = Document::parse(source, &Placeholders::none(), &mut reader.found);
    let plans = document.map(|document| reader.file(&document.at()));
    match plans {
        Some(plans) if reader.found.is_empty() => Ok(plans),
        _ => Err(reader.found),
    }
}

/// The largest integer of API Gateway's API.
const MAX_INTEGER: u64 = i32::MAX as u64;

struct Reader {
    found: Vec<Diagnostic>,
    /// Values and ids of keys so far: each may be there once.
    values: HashSet<String>,
    ids: HashSet<String>,
}

impl Reader {
    fn error(
        &mut self,
        code: &'static str,
        origin: &Origin,
        message: impl Into<String>,
        help: &str,
    ) {
        self.found.push(Diagnostic::error(code, origin, message).with_help(help));
    }

    fn file(&mut self, at: &At<'_>) -> Vec<UsagePlan> {
        self.check_members(at, "a file of usage plans", &["usagePlans"], &["usagePlans"]);
        self.elements(at, "usagePlans").iter().map(|plan| self.plan(plan)).collect()
    }

    fn plan(&mut self, at: &At<'_>) -> UsagePlan {
        let known = ["name", "throttle", "quota", "methods", "keys"];
        self.check_members(at, "a usage plan", &known, &["name"]);
        let name = self.text(at, "name").unwrap_or_default();
        let methods = at.present("methods");
        let methods = methods.iter().flat_map(At::members).collect::<Vec<_>>();
        UsagePlan {
            throttle: at.present("throttle").and_then(|at| self.throttle(&at)),
            quota: at.present("quota").and_then(|at| self.quota(&at)),
            methods: methods
                .into_iter()
                .filter_map(|(method, at)| Some((self.method(method, &at)?, self.throttle(&at)?)))
                .collect(),
            keys: self.elements(at, "keys").iter().filter_map(|key| self.key(key)).collect(),
            name,
        }
    }

    fn method(&mut self, method: &str, at: &At<'_>) -> Option<String> {
        let is_verb =
            |verb: &str| !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_uppercase());
        if method.starts_with('/') && method.rsplit_once('/').is_some_and(|(_, verb)| is_verb(verb))
        {
            return Some(method.to_owned());
        }
        let message = format!("`{method}` is no method of an API");
        self.error(
            "method-key",
            &at.key_origin(),
            message,
            "write {resourcePath}/{VERB}, for example /users/GET",
        );
        None
    }

    fn throttle(&mut self, at: &At<'_>) -> Option<Throttle> {
        let known = ["rateLimit", "burstLimit"];
        self.check_members(at, "a throttle", &known, &known);
        let rate = self.number(at, "rateLimit");
        let burst = self.integer(at, "burstLimit", MAX_INTEGER);
        Throttle::new(rate?, u32::try_from(burst?).ok()?)
    }

    fn quota(&mut self, at: &At<'_>) -> Option<Quota> {
        self.check_members(at, "a quota", &["limit", "period", "offset"], &["limit", "period"]);
        let limit = self.integer(at, "limit", MAX_INTEGER);
        let name = self.text(at, "period")?;
        let Some(period) = Period::parse(&name) else {
            let origin = at.get("period").map_or_else(|| at.origin(), |period| period.origin());
            self.error(
                "quota-period",
                &origin,
                format!("there is no period `{name}`"),
                "write DAY, WEEK or MONTH",
            );
            return None;
        };
        let offset = match at.present("offset") {
            Some(_) => self.integer(at, "offset", period.max_offset().into())?,
            None => 0,
        };
        Some(Quota { limit: limit?, period, offset: u8::try_from(offset).ok()? })
    }

    fn key(&mut self, at: &At<'_>) -> Option<ApiKey> {
        let known = ["name", "value", "id", "enabled"];
        self.check_members(at, "an API key", &known, &["name", "value"]);
        let name = self.text(at, "name");
        let value = ApiKeyValue::new(self.text(at, "value")?);
        let origin = at.get("value").map_or_else(|| at.origin(), |value| value.origin());
        if let Err(error) = value.check() {
            self.error(
                "api-key-value",
                &origin,
                error.to_string(),
                "API Gateway takes 20 to 128 visible characters",
            );
        }
        if !self.values.insert(value.expose().to_owned()) {
            self.error(
                "api-key-value",
                &origin,
                "another key has this value",
                "give each key a value of its own",
            );
        }
        let mut key = ApiKey::new(name?, value);
        if at.present("id").is_some() {
            key.id = self.text(at, "id")?;
        }
        if !self.ids.insert(key.id.clone()) {
            let message = format!("another key has the id `{}`", key.id);
            self.error(
                "api-key-id",
                &at.origin(),
                message,
                "give each key a name or an `id` of its own",
            );
        }
        if let Some(enabled) = at.present("enabled") {
            key.enabled = enabled.as_bool().unwrap_or_else(|| {
                self.wrong_type(&enabled, "true or false");
                false
            });
        }
        Some(key)
    }

    /// Reports members nobody reads, and members that are missing.
    fn check_members(&mut self, at: &At<'_>, what: &str, known: &[&str], required: &[&str]) {
        if !at.is_object() {
            return self.wrong_type(at, "an object");
        }
        for (name, value) in at.members().filter(|(name, _)| !known.contains(name)) {
            let help = format!("its members are {}", known.join(", "));
            self.error(
                "unknown-member",
                &value.key_origin(),
                format!("{what} has no `{name}`"),
                &help,
            );
        }
        for name in required.iter().filter(|name| at.present(name).is_none()) {
            self.error("missing-member", &at.origin(), format!("{what} needs `{name}`"), "add it");
        }
    }

    fn elements<'d>(&mut self, at: &At<'d>, name: &str) -> Vec<At<'d>> {
        let Some(list) = at.present(name) else { return Vec::new() };
        if !list.is_array() {
            self.wrong_type(&list, "a list");
        }
        list.elements().collect()
    }

    fn text(&mut self, at: &At<'_>, name: &str) -> Option<String> {
        let value = at.present(name)?;
        if value.as_str().is_none_or(str::is_empty) {
            self.wrong_type(&value, "text");
        }
        value.as_str().map(str::to_owned)
    }

    fn number(&mut self, at: &At<'_>, name: &str) -> Option<f64> {
        let value = at.present(name)?;
        let number = match &value.node().content {
            Content::Number { value, .. } => value.as_f64().filter(|number| *number >= 0.0),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(&value, "a number from 0");
        }
        number
    }

    fn integer(&mut self, at: &At<'_>, name: &str, maximum: u64) -> Option<u64> {
        let value = at.present(name)?;
        let number = match &value.node().content {
            Content::Number { value, .. } => value.as_u64().filter(|number| *number <= maximum),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(&value, &format!("an integer from 0 to {maximum}"));
        }
        number
    }

    fn wrong_type(&mut self, at: &At<'_>, expected: &str) {
        let name = match at.name() {
            name if name.is_empty() => "the file".to_owned(),
            name => format!("`{name}`"),
        };
        self.error(
            "wrong-type",
            &at.origin(),
            format!("{name} is not {expected}"),
            &format!("write {expected}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<UsagePlan>, Vec<String>> {
        let found = |found: Vec<Diagnostic>| {
            let line = |found: &Diagnostic| {
                let position =
                    found.origin.as_ref().map(|origin| origin.position).unwrap_or_default();
                format!("{position} {}", found.message)
            };
            found.iter().map(line).collect()
        };
        parse(&Source::new("plans.yaml", text)).map_err(found)
    }

    #[test]
    fn a_plan_is_read() {
        let plans = read(
            "usagePlans:
  - name: basic
    throttle: { rateLimit: 0.5, burstLimit: 10 }
    quota: { limit: 500, period: WEEK, offset: 1 }
    methods:
      /users/{id}/GET: { rateLimit: 1, burstLimit: 2 }
      /ANY: { rateLimit: 3, burstLimit: 4 }
    keys:
      - { name: ada, value: 0123456789-0123456789, id: k1, enabled: false }
      - { name: bob, value: abcdefghij-abcdefghij }
  - name: open
",
        );
        let [basic, open] = &plans.unwrap()[..] else { panic!("two plans") };
        assert_eq!(basic.throttle, Throttle::new(0.5, 10));
        assert_eq!(basic.quota, Some(Quota { limit: 500, period: Period::Week, offset: 1 }));
        assert_eq!(basic.methods.get("/users/{id}/GET"), Throttle::new(1.0, 2).as_ref());
        assert_eq!(basic.methods.get("/ANY"), Throttle::new(3.0, 4).as_ref());
        let keys: Vec<_> =
            basic.keys.iter().map(|key| (key.name.as_str(), key.enabled, key.id.len())).collect();
        assert_eq!(keys, [("ada", false, 2), ("bob", true, 10)]);
        assert_eq!(basic.keys[0].value.expose(), "0123456789-0123456789");
        assert!(open.throttle.is_none() && open.quota.is_none() && open.keys.is_empty());
    }

    #[test]
    fn everything_wrong_is_found_at_its_place() {
        let found = read(
            "usagePlans:
  - throttle: { rateLimit: -1, burst: 10 }
    quota: { limit: 1.5, period: YEAR }
    methods: { users: { rateLimit: 1, burstLimit: 1 } }
    keys:
      - { name: ada, value: short }
      - { name: ada, value: 0123456789-0123456789 }
      - { name: eve, value: 0123456789-0123456789, enabled: maybe }
  - name: b
    quota: { limit: 1, period: DAY, offset: 1 }
plans: []
",
        );
        let found = found.unwrap_err();
        assert_eq!(
            found,
            [
                "11:1 a file of usage plans has no `plans`",
                "2:5 a usage plan needs `name`",
                "2:32 a throttle has no `burst`",
                "2:5 a throttle needs `burstLimit`",
                "2:28 `rateLimit` is not a number from 0",
                "3:21 `limit` is not an integer from 0 to 2147483647",
                "3:34 there is no period `YEAR`",
                "4:16 `users` is no method of an API",
                "6:29 API Key value should be at least 20 characters",
                "7:9 another key has the id `vexla0o9rm`",
                "8:29 another key has this value",
                "8:61 `enabled` is not true or false",
                "10:45 `offset` is not an integer from 0 to 0",
            ]
        );
    }

    #[test]
    fn files_that_are_no_plans_are_refused() {
        for (text, expected) in [
            ("", "1:1 the file is empty"),
            ("[]", "1:1 the file is not an object"),
            ("usagePlans: {}", "1:1 `usagePlans` is not a list"),
            ("usagePlans: [1]", "1:14 `usagePlans/0` is not an object"),
        ] {
            assert_eq!(read(text).unwrap_err()[0], expected, "{text}");
        }
        assert!(read("{\"usagePlans\": [").is_err());
    }
}
