//! Bodies against models.

use jsonschema::{Draft, Validator};
use openapi::model::RequestBody;
use openapi::{Api, Diagnostic};
use serde_json::Value;

use super::wording;
use crate::headers::essence;
use crate::refusal::Refusal;

/// The models of one request body, by media type.
#[derive(Debug)]
pub(crate) struct Models(Vec<(String, Validator)>);

impl Models {
    /// Compiles the models of a body. A schema that does not compile is reported.
    pub(crate) fn new(api: &Api, body: &RequestBody, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut models = Vec::new();
        for media in &body.content {
            let Some(schema) = media.schema else { continue };
            let compiled = jsonschema::options()
                .with_draft(Draft::Draft4)
                .build(&api.schemas.json_schema(schema));
            match compiled {
                Ok(validator) => models.push((essence(&media.media_type), validator)),
                Err(error) => diagnostics.push(Diagnostic::error(
                    "unusable-model",
                    &media.origin,
                    format!(
                        "the schema of `{}` cannot be used to validate bodies: {error}",
                        media.media_type
                    ),
                )),
            }
        }
        Self(models)
    }

    /// Checks a body. Without a model for its media type any body passes; an empty body counts
    /// as `{}` (recorded on AWS).
    pub(crate) fn check(&self, media_type: &str, body: &[u8]) -> Result<(), Refusal> {
        let model = |key: &str| self.0.iter().find(|(kind, _)| kind == key);
        let Some((_, validator)) = model(media_type).or_else(|| model("$default")) else {
            return Ok(());
        };
        let text = if body.is_empty() { b"{}" } else { body };
        let value: Value = serde_json::from_slice(text)
            .map_err(|error| Refusal::invalid_body(format!("[{error}]")))?;
        if validator.is_valid(&value) {
            return Ok(());
        }
        Err(Refusal::invalid_body(wording::describe(validator.iter_errors(&value))))
    }
}

#[cfg(test)]
mod tests {
    use jsonschema::Draft;
    use serde_json::json;

    use super::*;

    fn models(schema: &Value) -> Models {
        let validator = jsonschema::options().with_draft(Draft::Draft4).build(schema).unwrap();
        Models(vec![("application/json".into(), validator)])
    }

    fn complaint(schema: &Value, body: &str) -> Option<String> {
        let refusal = models(schema).check("application/json", body.as_bytes()).err()?;
        refusal.validation_error
    }

    /// The first two texts are captures of AWS's answers, the rest are asserted by a service that
    /// monitors its own API on AWS.
    #[test]
    fn violations_read_as_on_aws() {
        let schema = json!({
            "type": "object", "required": ["bar"], "additionalProperties": false,
            "properties": {
                "bar": {}, "n": { "type": "number", "minimum": 315_529_200_000_u64 },
                "b": { "type": "string" }, "c": { "enum": ["CREATED", "SENT"] },
                "o": { "oneOf": [{ "type": "string" }, { "type": "null" }] }
            }
        });
        for (body, expected) in [
            (
                r#"{"foo":1}"#,
                r#"[object has missing required properties (["bar"]), object instance has properties which are not allowed by the schema: ["foo"]]"#,
            ),
            ("", r#"[object has missing required properties (["bar"])]"#),
            (
                r#"{"bar":1,"n":1}"#,
                "[numeric instance is lower than the required minimum (minimum: 315529200000, found: 1)]",
            ),
            (
                r#"{"bar":1,"n":"100"}"#,
                r#"[instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])]"#,
            ),
            (
                r#"{"bar":1,"b":true}"#,
                r#"[instance type (boolean) does not match any allowed primitive type (allowed: ["string"])]"#,
            ),
            (
                r#"{"bar":1,"c":"INVALID"}"#,
                r#"[instance value ("INVALID") not found in enum (possible values: ["CREATED","SENT"])]"#,
            ),
            (
                r#"{"bar":1,"o":1}"#,
                "[instance failed to match exactly one schema (matched 0 out of 2)]",
            ),
        ] {
            assert_eq!(complaint(&schema, body).as_deref(), Some(expected), "{body}");
        }
    }

    #[test]
    fn several_missing_properties_are_one_sorted_list() {
        let schema = json!({ "required": ["timestamp", "transactionId", "type"] });
        assert_eq!(
            complaint(&schema, "{}").as_deref(),
            Some(
                r#"[object has missing required properties (["timestamp","transactionId","type"])]"#
            )
        );
    }

    #[test]
    fn other_media_types_pass_unseen() {
        let models = models(&json!({ "type": "object", "required": ["a"] }));
        assert!(models.check("text/plain", b"nonsense").is_ok());
        assert!(models.check("application/json", b"nonsense").is_err());
        assert!(models.check("application/json", b"[").is_err());
        assert!(models.check("application/json", "[".repeat(10_000).as_bytes()).is_err());
    }
}
