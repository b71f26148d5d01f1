//! What Apache Velocity 1.7 makes of templates, recorded from the original engine.

use super::*;

/// Each line: a template, and its output with undefined references printing nothing, or null if
/// Velocity cannot read it.
const RECORDED: &str = include_str!("velocity.jsonl");

#[test]
fn templates_render_as_velocity_renders_them() {
    for row in RECORDED.lines() {
        let (template, output): (String, Option<String>) = serde_json::from_str(row).unwrap();
        match output {
            Some(output) => assert_eq!(render(&template), output, "{template}"),
            None => assert!(Template::parse(&template).is_err(), "{template}"),
        }
    }
}
