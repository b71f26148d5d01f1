//! Sending by the older query protocol, which integrations of API Gateway speak: parameters as a form
//! in the body or in the query string, the queue as the path, an answer in XML or JSON.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::aws_json::{Fault, FormAnswer};

/// Parameters by name, decoded.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Of the query string and the body.
    pub(super) fn parse(query: &str, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        let pairs = query.split('&').chain(body.trim().split('&'));
        let decode = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        let pairs = pairs.filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The input of `SendMessage` as the JSON protocol has it; an error for any other action.
    pub(super) fn send_message(&self, path: &str) -> Result<Value, Fault> {
        let action = self.get("Action").unwrap_or_default();
        if action != "SendMessage" {
            let message = format!(
                "`{action}` is not offered in the query protocol on this machine, only SendMessage \
                 is; AWS SDKs speak JSON, with the header `X-Amz-Target: AmazonSQS.OPERATION`"
            );
            return Err(super::fault::invalid_action(message));
        }
        let mut input = json!({ "QueueUrl": self.get("QueueUrl").unwrap_or(path) });
        for name in ["MessageBody", "MessageGroupId", "MessageDeduplicationId"] {
            if let Some(value) = self.get(name) {
                input[name] = value.into();
            }
        }
        if let Some(delay) = self.get("DelaySeconds") {
            let reason = "Must be a number.";
            let number = delay.parse::<i64>();
            input["DelaySeconds"] = number
                .map_err(|_| super::fault::invalid_value(delay, "DelaySeconds", reason))?
                .into();
        }
        input["MessageAttributes"] = self.attributes().into();
        Ok(input)
    }

    /// `MessageAttribute.1.Name`, `MessageAttribute.1.Value.StringValue` and so on.
    fn attributes(&self) -> Map<String, Value> {
        let attribute = |number: usize| {
            let of = |member: &str| self.get(&format!("MessageAttribute.{number}.{member}"));
            let name = of("Name")?;
            let mut value = json!({ "DataType": of("Value.DataType").unwrap_or_default() });
            for member in ["StringValue", "BinaryValue"] {
                if let Some(text) = of(&format!("Value.{member}")) {
                    value[member] = text.into();
                }
            }
            Some((name.to_owned(), value))
        };
        (1..).map_while(attribute).collect()
    }
}

/// The answer to `SendMessage`, in JSON if the client accepts that, as API Gateway does.
pub(super) fn answer(result: Result<Value, Fault>, accepts_json: bool, id: &str) -> FormAnswer {
    match (result, accepts_json) {
        (Ok(result), true) => FormAnswer::json(json!({
            "SendMessageResponse": {
                "SendMessageResult": result,
                "ResponseMetadata": { "RequestId": id },
            }
        })),
        (Ok(result), false) => FormAnswer::xml(format!(
            "<SendMessageResponse><SendMessageResult>{}</SendMessageResult>\
             <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></SendMessageResponse>",
            elements(&result)
        )),
        (Err(fault), accepts_json) => {
            let error = json!({
                "Type": fault.whose(),
                "Code": fault.query_code.unwrap_or("InternalError"),
                "Message": fault.message,
            });
            let answer = if accepts_json {
                FormAnswer::json(json!({ "Error": error, "RequestId": id }))
            } else {
                FormAnswer::xml(format!(
                    "<ErrorResponse><Error>{}</Error><RequestId>{id}</RequestId></ErrorResponse>",
                    elements(&error)
                ))
            };
            answer.with_status(fault.status)
        }
    }
}

/// The members of an object, all of them text.
fn elements(object: &Value) -> String {
    let members = object.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            let text = value.as_str().unwrap_or_default();
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            format!("<{name}>{text}</{name}>")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_the_same_message_as_json() {
        let body = "Action=SendMessage&MessageBody=a+%26+b&DelaySeconds=3\
            &MessageAttribute.1.Name=k&MessageAttribute.1.Value.DataType=String\
            &MessageAttribute.1.Value.StringValue=v%2B";
        let input = Form::parse("Version=2012-11-05", body.as_bytes()).send_message("/0/jobs");
        let expected = json!({
            "QueueUrl": "/0/jobs",
            "MessageBody": "a & b",
            "DelaySeconds": 3,
            "MessageAttributes": { "k": { "DataType": "String", "StringValue": "v+" } },
        });
        assert_eq!(input.unwrap(), expected);
    }

    #[test]
    fn other_actions_are_refused_by_name() {
        let fault = Form::parse("Action=PurgeQueue", b"").send_message("/").unwrap_err();
        assert!(fault.message.contains("`PurgeQueue` is not offered"), "{fault:?}");
    }
}
