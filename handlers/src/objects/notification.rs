//! What S3 tells of objects, as messages of a queue.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use percent_encoding::percent_decode;
use serde::Deserialize;

use super::ObjectAddress;

/// A message of S3.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Message")]
pub enum Notification {
    /// What happened to objects.
    Events(Vec<Event>),
    /// What S3 sends when it is first told to send something.
    Test,
}

/// What happened to an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    event_source: String,
    event_name: String,
    s3: Place,
}

#[derive(Clone, Debug, Deserialize)]
struct Place {
    bucket: Bucket,
    object: Object,
}

#[derive(Clone, Debug, Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    /// Encoded as forms are.
    key: String,
    /// Missing in a bucket without versioning.
    version_id: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "Records")]
    records: Option<Vec<Event>>,
    #[serde(rename = "Event")]
    event: Option<String>,
}

impl TryFrom<Message> for Notification {
    type Error = &'static str;

    fn try_from(message: Message) -> Result<Self, Self::Error> {
        match (message.records, message.event.as_deref()) {
            (Some(records), None) => Ok(Self::Events(records)),
            (None, Some("s3:TestEvent")) => Ok(Self::Test),
            _ => Err("the message is neither of events of S3 nor the test event"),
        }
    }
}

/// An object that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Where it is.
    pub address: ObjectAddress,
    /// Its version, in a bucket with versioning.
    pub version: Option<String>,
}

impl Event {
    /// The object that was made in this bucket.
    ///
    /// # Errors
    /// Why the event is of none.
    pub fn created(&self, bucket: &str) -> Result<Created, String> {
        let is_made =
            self.event_source == "aws:s3" && self.event_name.starts_with("ObjectCreated:");
        if !is_made {
            let (source, name) = (&self.event_source, &self.event_name);
            return Err(format!("the event {name} of {source} is not about an object made in S3"));
        }
        let Place { bucket: Bucket { name }, object } = &self.s3;
        if name != bucket {
            return Err(format!("the event is of bucket {name}, not of {bucket}"));
        }
        let spaced = object.key.replace('+', " ");
        let key = percent_decode(spaced.as_bytes()).decode_utf8();
        let key = key.map_err(|_| "the key in the event is not UTF-8".to_owned())?;
        let address = ObjectAddress::new(bucket, &*key);
        Ok(Created { address, version: object.version_id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event() -> Value {
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "awsRegion": "eu-west-1", "eventTime": "2026-11-21T18:00:00.000Z",
            "s3": {
                "s3SchemaVersion": "1.0", "bucket": {"name": "b", "arn": "arn:aws:s3:::b"},
                "object": {"key": "submissions/p-1", "size": 3, "versionId": "v-1", "sequencer": "0"},
            },
        })
    }

    fn read(event: Value) -> Result<Created, String> {
        let message = json!({"Records": [event]});
        let notification = serde_json::from_value(message).map_err(|error| error.to_string())?;
        let Notification::Events(events) = notification else { panic!("{notification:?}") };
        events[0].created("b")
    }

    #[test]
    fn keys_are_decoded_as_forms_are() {
        let mut event = event();
        event["s3"]["object"]["key"] = json!("submissions/a+b%2B%C3%BC%252F");
        let created = read(event).unwrap();
        assert_eq!(created.address, ObjectAddress::new("b", "submissions/a b+ü%2F"));
        assert_eq!(created.version.as_deref(), Some("v-1"));
    }

    #[test]
    fn the_test_event_is_none_and_strangers_are_refused() {
        let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"});
        assert!(matches!(serde_json::from_value(test), Ok(Notification::Test)));
        for stranger in [json!({}), json!({"Event": "s3:Other"}), json!({"Records": [1]})] {
            assert!(serde_json::from_value::<Notification>(stranger).is_err());
        }
        for (pointer, value, words) in [
            ("/eventSource", json!("aws:sns"), "not about an object"),
            ("/eventName", json!("ObjectRemoved:Delete"), "not about an object"),
            ("/s3/bucket/name", json!("c"), "of bucket c, not of b"),
            ("/s3/object/key", json!("submissions/%FF"), "not UTF-8"),
        ] {
            let mut event = event();
            *event.pointer_mut(pointer).unwrap() = value;
            let fault = read(event).unwrap_err();
            assert!(fault.contains(words), "{fault}");
        }
    }
}
