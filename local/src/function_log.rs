//! Lines that functions write, made readable: one JSON object becomes one short line.

use serde_json::{Map, Value};

/// How lines of functions are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// `users | createUser 201 5.3 ms (requestId)`
    #[default]
    Text,
    /// As the function wrote them.
    Json,
}

/// Members that have a place of their own in the line, or say what every line says. `_aws` tells
/// CloudWatch which members are metrics (embedded metric format).
const LEFT_OUT: [&str; 16] = [
    "timestamp",
    "time",
    "level",
    "message",
    "msg",
    "fields",
    "span",
    "spans",
    "target",
    "function",
    "operation",
    "requestId",
    "invocationId",
    "filename",
    "line_number",
    "_aws",
];

impl LogFormat {
    /// The line as it goes to the console.
    pub fn render(self, function: &str, line: &str) -> String {
        match (self, serde_json::from_str::<Value>(line)) {
            (Self::Text, Ok(Value::Object(members))) => {
                format!("{function} | {}", Line { members: &members }.condensed())
            }
            (Self::Text, _) => format!("{function} | {line}"),
            (Self::Json, _) => line.to_owned(),
        }
    }
}

/// A structured line. Writers put the parts at the top, in `fields` (tracing's own layout), or in
/// the span around the event.
struct Line<'a> {
    members: &'a Map<String, Value>,
}

impl<'a> Line<'a> {
    fn condensed(&self) -> String {
        self.request().unwrap_or_else(|| self.event())
    }

    /// `OPERATION STATUS DURATION (requestId)`, if this is the line of an answered request: the
    /// one that carries its metrics.
    fn request(&self) -> Option<String> {
        self.find("_aws")?;
        let operation = self.text("operation")?;
        let status = self.find("status")?.as_u64()?;
        let duration = self.find("duration")?.as_f64()?;
        Some(format!("{operation} {status} {duration:.1} ms{}", self.origin()))
    }

    /// `LEVEL operation: message name=value ... (requestId)`.
    fn event(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.text("level").map(str::to_owned));
        parts.extend(self.text("operation").map(|operation| format!("{operation}:")));
        parts.extend(self.text("message").or_else(|| self.text("msg")).map(str::to_owned));
        for (name, value) in self.places().flatten() {
            let part = match (value, value.as_f64().filter(|_| value.is_f64())) {
                (Value::String(text), _) => format!("{name}={text}"),
                (_, Some(number)) => format!("{name}={number:.1}"),
                (value, None) => format!("{name}={value}"),
            };
            // An event and its span often say the same.
            if !LEFT_OUT.contains(&name.as_str()) && !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts.join(" ") + &self.origin()
    }

    fn origin(&self) -> String {
        self.text("requestId").map_or_else(String::new, |id| format!(" ({id})"))
    }

    fn places(&self) -> impl Iterator<Item = &'a Map<String, Value>> {
        let nested = |name| self.members.get(name).and_then(Value::as_object);
        [Some(self.members), nested("fields"), nested("span")].into_iter().flatten()
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        self.places().find_map(|place| place.get(name))
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.find(name).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structured_line_becomes_a_short_one() {
        let line = r#"{"timestamp":"2026-11-21T09:00:00Z","level":"INFO","target":"handlers",
            "fields":{"message":"put the user","status":201},
            "span":{"name":"invocation","requestId":"r-1"},"spans":[{"name":"invocation"}]}"#;
        assert_eq!(
            LogFormat::Text.render("users", line),
            "users | INFO put the user status=201 name=invocation (r-1)"
        );
    }

    #[test]
    fn a_flat_line_is_read_alike() {
        let line =
            r#"{"level":"ERROR","message":"no table","operation":"getUser","requestId":"r-1"}"#;
        let expected = "users | ERROR getUser: no table (r-1)";
        assert_eq!(LogFormat::Text.render("users", line), expected);
    }

    #[test]
    fn a_request_is_one_short_line() {
        let line = r#"{"level":"INFO","message":"answered","function":"users","operation":"createUser",
            "requestId":"r-1","invocationId":"i-1","status":201,"duration":5.3088640000002,
            "clientErrors":0,"serverErrors":0,"_aws":{"Timestamp":1,"CloudWatchMetrics":[]}}"#;
        assert_eq!(LogFormat::Text.render("users", line), "users | createUser 201 5.3 ms (r-1)");
    }

    #[test]
    fn a_failure_keeps_its_causes_and_its_request() {
        let line = r#"{"level":"ERROR","message":"the handler failed","error":"cannot put",
            "causes":"dispatch failure: connection refused",
            "span":{"operation":"createUser","requestId":"r-1","invocationId":"i-1"}}"#;
        assert_eq!(
            LogFormat::Text.render("users", line),
            "users | ERROR createUser: the handler failed error=cannot put \
             causes=dispatch failure: connection refused (r-1)"
        );
    }

    #[test]
    fn metrics_of_other_writers_stay() {
        let line = r#"{"message":"packed","bytes":7,"seconds":1.26,"_aws":{"Timestamp":1}}"#;
        assert_eq!(LogFormat::Text.render("zip", line), "zip | packed bytes=7 seconds=1.3");
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        assert_eq!(LogFormat::Text.render("users", "thread panicked"), "users | thread panicked");
        assert_eq!(LogFormat::Text.render("users", "[1]"), "users | [1]");
        assert_eq!(LogFormat::Json.render("users", r#"{"level":"INFO"}"#), r#"{"level":"INFO"}"#);
    }
}
