//! From an event to the request struct of an operation, with every violation found on the way.
//!
//! Generated code declares what it expects and asks for each part in turn; parts that are broken
//! are noted, not returned, so that the client hears of all of them at once.

use models::validation::{Broken, Constrained, decode_parameter};
use serde::de::DeserializeOwned;

use super::body::Body;
use super::event::ProxyRequest;
use super::parameter::Parameter;
use super::problem::{Refusal, Violation};

/// Implemented by every generated request struct.
pub trait FromEvent: Sized {
    /// Reads the request.
    ///
    /// # Errors
    /// What is wrong with it, as the client should hear it.
    fn from_event(event: &ProxyRequest) -> Result<Self, Refusal>;
}

/// Reads the parts of one request.
///
/// A part is `None` if it is broken; then [`Decode::refusal`] says why.
#[derive(Debug)]
pub struct Decode<'a> {
    event: &'a ProxyRequest,
    violations: Vec<Violation>,
    /// What makes the violations moot: a body that cannot be read.
    unreadable: Option<Refusal>,
}

impl<'a> Decode<'a> {
    /// Starts to read.
    pub const fn new(event: &'a ProxyRequest) -> Self {
        Self { event, violations: Vec::new(), unreadable: None }
    }

    /// A parameter that must be there.
    pub fn required<T>(&mut self, parameter: Parameter) -> Option<T>
    where
        T: DeserializeOwned + Constrained,
    {
        match self.optional(parameter)? {
            Some(value) => Some(value),
            None => {
                self.note(parameter, [Broken::whole("is required")]);
                None
            }
        }
    }

    /// A parameter that may be left out.
    pub fn optional<T>(&mut self, parameter: Parameter) -> Option<Option<T>>
    where
        T: DeserializeOwned + Constrained,
    {
        let outcome = match parameter.texts(self.event) {
            Ok(None) => return Some(None),
            Ok(Some(texts)) if parameter.is_json() => texts.json(),
            Ok(Some(texts)) => decode_parameter(&texts.as_strs()),
            Err(broken) => Err(vec![broken]),
        };
        match outcome {
            Ok(value) => Some(Some(value)),
            Err(broken) => {
                self.note(parameter, broken);
                None
            }
        }
    }

    /// A body that must be there and of one of the declared media types. `read` is
    /// [`Body::json`], [`Body::text`], [`Body::bytes`], [`Body::content`], or a choice by
    /// [`Body::declared`].
    pub fn required_body<T>(
        &mut self,
        declared: &[&'static str],
        read: impl FnOnce(Body<'a>) -> Result<T, Refusal>,
    ) -> Option<T> {
        match self.optional_body(declared, read)? {
            Some(body) => Some(body),
            None => {
                self.violations.push(in_body(Broken::whole("is required")));
                None
            }
        }
    }

    /// A body that may be left out.
    pub fn optional_body<T>(
        &mut self,
        declared: &[&'static str],
        read: impl FnOnce(Body<'a>) -> Result<T, Refusal>,
    ) -> Option<Option<T>> {
        match Body::of(self.event, declared).and_then(|body| body.map(read).transpose()) {
            Ok(body) => Some(body),
            Err(Refusal::Invalid(violations)) => {
                self.violations.extend(violations);
                None
            }
            Err(unreadable) => {
                self.unreadable = Some(unreadable);
                None
            }
        }
    }

    /// Why a part is `None`.
    pub fn refusal(self) -> Refusal {
        self.unreadable.unwrap_or(Refusal::Invalid(self.violations))
    }

    fn note(&mut self, parameter: Parameter, broken: impl IntoIterator<Item = Broken>) {
        self.violations.extend(broken.into_iter().map(|broken| {
            let mut violation = Violation::of(parameter.location, parameter.name, broken.detail);
            violation.pointer.push_str(&broken.pointer);
            violation
        }));
    }
}

/// A violation of the body.
pub(super) fn in_body(broken: Broken) -> Violation {
    Violation { location: "body", pointer: broken.pointer, detail: broken.detail }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(mut fields: Value) -> ProxyRequest {
        fields["httpMethod"] = json!("POST");
        fields["resource"] = json!("/");
        serde_json::from_value(fields).unwrap()
    }

    fn problems(refusal: Refusal) -> Vec<String> {
        match refusal {
            Refusal::Invalid(violations) => violations
                .into_iter()
                .map(|violation| {
                    format!("{} {} {}", violation.location, violation.pointer, violation.detail)
                })
                .collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn violations_of_parameters_and_body_are_gathered() {
        let event = event(json!({
            "multiValueQueryStringParameters": {"limit": ["many"], "page": ["1", "2"]},
            "multiValueHeaders": {"Content-Type": ["application/json"]},
            "pathParameters": {"id": "%zz"},
            "body": "\"text\"",
        }));
        let mut decode = Decode::new(&event);
        assert_eq!(decode.required::<String>(Parameter::path("id")), None);
        assert_eq!(decode.optional::<i64>(Parameter::query("limit")), None);
        assert_eq!(decode.optional::<i64>(Parameter::query("page")), None);
        assert_eq!(decode.required::<String>(Parameter::header("X-A/B")), None);
        assert_eq!(decode.required_body::<i64>(&["application/json"], Body::json), None);
        assert_eq!(
            problems(decode.refusal()),
            [
                "path /id is not percent-encoded UTF-8",
                "query /limit is not an integer",
                "query /page is given more than once",
                "header /X-A~1B is required",
                "body  is not an integer",
            ]
        );
    }

    #[test]
    fn absent_parts_that_may_be_absent_are_fine() {
        let event = event(json!({}));
        let mut decode = Decode::new(&event);
        assert_eq!(decode.optional::<i64>(Parameter::query("limit")), Some(None));
        assert_eq!(decode.optional_body::<i64>(&["application/json"], Body::json), Some(None));
    }

    #[test]
    fn a_missing_body_is_422() {
        let event = event(json!({"body": ""}));
        let mut decode = Decode::new(&event);
        assert_eq!(decode.required_body::<i64>(&["application/json"], Body::json), None);
        assert_eq!(problems(decode.refusal()), ["body  is required"]);
    }

    #[test]
    fn an_unreadable_body_outweighs_violations() {
        let event = event(json!({
            "multiValueHeaders": {"Content-Type": ["application/json"]}, "body": "{",
        }));
        let mut decode = Decode::new(&event);
        assert_eq!(decode.required::<String>(Parameter::query("q")), None);
        assert_eq!(decode.required_body::<i64>(&["application/json"], Body::json), None);
        let Refusal::Malformed(detail) = decode.refusal() else { panic!("not malformed") };
        assert_eq!(detail, "The body is not JSON: ends too early at 1:1.");
    }
}
