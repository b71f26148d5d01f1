//! What an authorizer's function answered: who the caller is, and a policy about them.

use serde_json::{Map, Value};

use crate::policy::{Policy, PolicyKind};

/// A usable answer.
#[derive(Debug)]
pub(super) struct Output {
    /// `principalId`
    pub(super) principal_id: String,
    /// `policyDocument`
    pub(super) policy: Policy,
    /// `context`; every value is text.
    pub(super) context: Map<String, Value>,
    /// `usageIdentifierKey`: an API key, never to be shown.
    pub(super) usage_identifier_key: Option<String>,
}

impl Output {
    /// Reads an answer. `api` is the API's ARN.
    ///
    /// # Errors
    /// What is wrong with it, as the execution log says it.
    pub(super) fn parse(payload: &[u8], api: &str) -> Result<Self, String> {
        let answer: Value = serde_json::from_slice(payload)
            .map_err(|error| format!("Invalid JSON in response: {error}"))?;
        let Value::Object(mut members) = answer else {
            return Err("Could not parse policy".to_owned());
        };
        let principal_id = members.get("principalId").map(text).transpose()?.flatten();
        let context = match members.remove("context") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(context)) => texts(context)?,
            Some(_) => return Err("Invalid JSON in response: context is no object".to_owned()),
        };
        let key = members.get("usageIdentifierKey").map(text).transpose()?.flatten();
        let document = members.get("policyDocument").filter(|document| document.is_object());
        let document = document.ok_or("Could not parse policy")?;
        Ok(Self {
            principal_id: principal_id.ok_or("Invalid JSON in response: no principalId")?,
            policy: Policy::parse(document, PolicyKind::Authorizer, api).map_err(|errors| {
                let problem = errors.first().map(ToString::to_string).unwrap_or_default();
                format!("Could not parse policy: {problem}")
            })?,
            context,
            usage_identifier_key: key,
        })
    }

    /// `$context.authorizer` of a request that this answer lets pass. `latency` is how long the
    /// function took, in milliseconds; 0 if the answer was kept from an earlier request.
    pub(super) fn variables(&self, latency: u64) -> Map<String, Value> {
        let mut variables = self.context.clone();
        variables.insert("principalId".to_owned(), self.principal_id.clone().into());
        variables.insert("integrationLatency".to_owned(), latency.into());
        variables
    }
}

/// Values become text: `1` is `"1"` (guide, "Output from an API Gateway Lambda authorizer").
fn texts(context: Map<String, Value>) -> Result<Map<String, Value>, String> {
    context.into_iter().map(|(key, value)| Ok((key, text(&value)?.into()))).collect()
}

/// A value as text. Objects and arrays are errors in the words of API Gateway's JSON reader
/// (captured in an execution log for an array).
fn text(value: &Value) -> Result<Option<String>, String> {
    let token = match value {
        Value::Null => return Ok(None),
        Value::String(text) => return Ok(Some(text.clone())),
        Value::Bool(flag) => return Ok(Some(flag.to_string())),
        Value::Number(number) => return Ok(Some(number.to_string())),
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    Err(format!(
        "Invalid JSON in response: Can not deserialize instance of java.lang.String out of {token} token"
    ))
}

#[cfg(test)]
const API: &str = "arn:aws:execute-api:eu-west-1:111122223333:abcdefghij";

/// An answer about everything, for tests.
#[cfg(test)]
pub(super) fn sample(effect: &str) -> Output {
    let statement = serde_json::json!({
        "Action": "execute-api:Invoke", "Effect": effect, "Resource": "*"
    });
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] });
    let answer = serde_json::json!({ "principalId": "me", "policyDocument": policy });
    Output::parse(answer.to_string().as_bytes(), API).unwrap()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(extra: Value) -> Result<Output, String> {
        let statement =
            json!({ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*" });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
        let mut answer = json!({ "principalId": "me", "policyDocument": policy });
        for (key, value) in extra.as_object().unwrap() {
            answer[key] = value.clone();
        }
        Output::parse(answer.to_string().as_bytes(), API)
    }

    #[test]
    fn context_values_become_text() {
        let context =
            json!({ "number": 1, "fraction": 1.5, "flag": true, "text": "a", "none": null });
        let variables = parse(json!({ "context": context })).unwrap().variables(7);
        let expected = json!({
            "number": "1", "fraction": "1.5", "flag": "true", "text": "a", "none": null,
            "principalId": "me", "integrationLatency": 7
        });
        assert_eq!(Value::from(variables), expected);
    }

    #[test]
    fn an_answer_that_is_none_is_told_apart() {
        for (extra, problem) in [
            (json!({ "context": { "a": [1] } }), "START_ARRAY"),
            (json!({ "context": { "a": {} } }), "START_OBJECT"),
            (json!({ "context": "a" }), "context is no object"),
            (json!({ "principalId": null }), "no principalId"),
            (json!({ "principalId": {} }), "START_OBJECT"),
            (json!({ "policyDocument": null }), "Could not parse policy"),
            (json!({ "policyDocument": "a" }), "Could not parse policy"),
        ] {
            let message = parse(extra).unwrap_err();
            assert!(message.contains(problem), "{message}");
        }
        assert_eq!(Output::parse(b"null", API).unwrap_err(), "Could not parse policy");
        assert!(Output::parse(b"<html>", API).unwrap_err().starts_with("Invalid JSON in response"));
    }

    #[test]
    fn a_principal_may_be_a_number_or_empty() {
        assert_eq!(parse(json!({ "principalId": 7 })).unwrap().principal_id, "7");
        assert_eq!(parse(json!({ "principalId": "" })).unwrap().principal_id, "");
    }
}
