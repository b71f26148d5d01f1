//! Lines that functions write, made readable: one JSON object becomes one short line.

use serde_json::{Map, Value};

/// How lines of functions are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// `users | INFO put the user operation=createUser`
    #[default]
    Text,
    /// As the function wrote them.
    Json,
}

/// Members that say what every line says, or what the prefix says already.
const LEFT_OUT: [&str; 12] = [
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
    "filename",
    "line_number",
];

impl LogFormat {
    /// The line as it goes to the console.
    pub fn render(self, function: &str, line: &str) -> String {
        match (self, serde_json::from_str::<Value>(line)) {
            (Self::Text, Ok(Value::Object(members))) => {
                format!("{function} | {}", condense(&members))
            }
            (Self::Text, _) => format!("{function} | {line}"),
            (Self::Json, _) => line.to_owned(),
        }
    }
}

/// `LEVEL message name=value ...`, wherever the writer put the parts: at the top, in `fields`
/// (tracing's own layout), or in the span around the event.
fn condense(members: &Map<String, Value>) -> String {
    let nested = |name: &str| members.get(name).and_then(Value::as_object);
    let fields = nested("fields");
    let text = |name: &str| {
        let member = members.get(name).or_else(|| fields.and_then(|fields| fields.get(name)));
        member.and_then(Value::as_str)
    };
    let mut parts = Vec::new();
    parts.extend(text("level").map(str::to_owned));
    parts.extend(text("message").or_else(|| text("msg")).map(str::to_owned));
    for (name, value) in [Some(members), fields, nested("span")].into_iter().flatten().flatten() {
        let part = match (value, value.as_f64().filter(|_| value.is_f64())) {
            (Value::String(text), _) => format!("{name}={text}"),
            (_, Some(number)) => format!("{name}={number:.1}"),
            (value, None) => format!("{name}={value}"),
        };
        // An event and its span often both carry the request's identity; `_aws` tells CloudWatch
        // which members are metrics (embedded metric format).
        if !LEFT_OUT.contains(&name.as_str()) && name != "_aws" && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.join(" ")
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
            "users | INFO put the user status=201 name=invocation requestId=r-1"
        );
    }

    #[test]
    fn a_flat_line_is_read_alike() {
        let line =
            r#"{"level":"ERROR","message":"no table","operation":"getUser","requestId":"r-1"}"#;
        let expected = "users | ERROR no table operation=getUser requestId=r-1";
        assert_eq!(LogFormat::Text.render("users", line), expected);
    }

    #[test]
    fn metrics_are_short_and_their_description_left_out() {
        let line = r#"{"level":"INFO","message":"answered","status":201,"duration":21.708864000002,
            "_aws":{"Timestamp":1,"CloudWatchMetrics":[]}}"#;
        let expected = "users | INFO answered status=201 duration=21.7";
        assert_eq!(LogFormat::Text.render("users", line), expected);
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        assert_eq!(LogFormat::Text.render("users", "thread panicked"), "users | thread panicked");
        assert_eq!(LogFormat::Text.render("users", "[1]"), "users | [1]");
        assert_eq!(LogFormat::Json.render("users", r#"{"level":"INFO"}"#), r#"{"level":"INFO"}"#);
    }
}
