//! Recorded events of REST proxy integrations, changed where a test needs it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use handlers::runtime::{Consumer, Context, Delivery, Failure, ProxyRequest, ProxyResponse};
use serde_json::{Value, json};

/// The event in `tests/events/NAME.json`.
pub(crate) fn recorded(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The event of a call with this body; what no test looks at is as recorded.
pub(crate) fn posted(path: &str, body: &Value) -> Value {
    let mut event = with_body(recorded("create_user"), body);
    for member in ["resource", "path"] {
        event[member] = json!(path);
        event["requestContext"][member] = json!(format!("/dev{path}"));
    }
    event
}

/// The event of a call for a member of a collection.
pub(crate) fn got(collection: &str, parameter: &str, value: &str) -> Value {
    let mut event = with_path(recorded("get_user"), parameter, value);
    event["resource"] = json!(format!("{collection}/{{{parameter}}}"));
    event
}

/// The event with this body.
pub(crate) fn with_body(mut event: Value, body: &Value) -> Value {
    event["body"] = Value::String(body.to_string());
    event
}

/// The event with this header and no other of its name.
pub(crate) fn with_header(mut event: Value, name: &str, value: &str) -> Value {
    event["headers"][name] = json!(value);
    event["multiValueHeaders"][name] = json!([value]);
    event
}

/// The event without this header.
pub(crate) fn without_header(mut event: Value, name: &str) -> Value {
    for map in ["headers", "multiValueHeaders"] {
        event[map].as_object_mut().unwrap().remove(name);
    }
    event
}

/// The event with this path parameter.
pub(crate) fn with_path(mut event: Value, name: &str, value: &str) -> Value {
    event["pathParameters"] = json!({ name: value });
    event
}

/// The event with these query parameters.
pub(crate) fn with_query(mut event: Value, parameters: &[(&str, &str)]) -> Value {
    for (name, value) in parameters {
        // Indexing makes an object of the recorded null.
        event["queryStringParameters"][name] = json!(value);
        event["multiValueQueryStringParameters"][name] = json!([value]);
    }
    event
}

/// The parts that a dispatch function takes.
pub(crate) fn parts(event: Value) -> (ProxyRequest, Context) {
    let event: ProxyRequest = serde_json::from_value(event).unwrap();
    let deadline = SystemTime::now() + Duration::from_secs(29);
    let context = Context::new(&event, "invocation-1", deadline);
    (event, context)
}

/// Has a consumer work on a message, delivered for the so-manieth time.
pub(crate) async fn deliver<C: Consumer>(
    consumer: &C,
    body: &str,
    receive_count: u32,
) -> Result<(), Failure> {
    deliver_as("m-1", consumer, body, receive_count).await
}

/// Has a consumer work on a message with this id, delivered for the so-manieth time.
pub(crate) async fn deliver_as<C: Consumer>(
    message_id: &str,
    consumer: &C,
    body: &str,
    receive_count: u32,
) -> Result<(), Failure> {
    let delivery = Delivery {
        message_id: message_id.to_owned(),
        receipt_handle: "handle-1".to_owned(),
        queue: "jobs".to_owned(),
        receive_count,
        invocation_id: "invocation-1".to_owned(),
        deadline: SystemTime::now() + Duration::from_secs(60),
    };
    consumer.consume(serde_json::from_str(body).unwrap(), &delivery).await
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) e_tag: Option<String>,
    pub(crate) body: Value,
}

impl From<ProxyResponse> for Answer {
    fn from(response: ProxyResponse) -> Self {
        let header = |name: &str| Some(response.headers.get(name)?.join(", "));
        if response.body.is_some() {
            assert_eq!(header("Content-Type").as_deref(), Some("application/json"));
        }
        Self {
            status: response.status,
            location: header("Location"),
            e_tag: header("ETag"),
            body: response.body.map_or(Value::Null, |body| serde_json::from_str(&body).unwrap()),
        }
    }
}

impl Answer {
    /// `in pointer detail` of every violation.
    pub(crate) fn violations(&self) -> Vec<String> {
        let text = |violation: &Value, member: &str| violation[member].as_str().unwrap().to_owned();
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors.map(|v| [text(v, "in"), text(v, "pointer"), text(v, "detail")].join(" ")).collect()
    }
}
