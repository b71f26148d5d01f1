//! One version of what was submitted.

use crate::objects::{Event, ObjectAddress};
use crate::proposals::ports::SUBMISSIONS;

/// One version of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Submission {
    /// The text that is to identify the proposal.
    pub(super) id: String,
    /// Where it is.
    pub(super) address: ObjectAddress,
    /// Its version.
    pub(super) version: String,
}

impl Submission {
    /// The submission that an event of this bucket tells of.
    ///
    /// # Errors
    /// Why it tells of none.
    pub(super) fn of(event: &Event, bucket: &str) -> Result<Self, String> {
        let created = event.created(bucket)?;
        let Some(id) = created.address.key.strip_prefix(SUBMISSIONS).map(str::to_owned) else {
            return Err(format!("the key in the event does not begin with {SUBMISSIONS}"));
        };
        let Some(version) = created.version else {
            return Err(format!("the bucket {bucket} keeps no versions"));
        };
        Ok(Self { id, address: created.address, version })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(key: &str, version: Option<&str>) -> Result<Submission, String> {
        let event = json!({
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "b"}, "object": {"key": key, "versionId": version}},
        });
        Submission::of(&serde_json::from_value(event).unwrap(), "b")
    }

    #[test]
    fn a_submission_is_a_version_below_its_prefix() {
        let submission = read("submissions/a+b%2F", Some("v-1")).unwrap();
        assert_eq!((submission.id.as_str(), submission.version.as_str()), ("a b/", "v-1"));
        assert_eq!(submission.address, ObjectAddress::new("b", "submissions/a b/"));
        let elsewhere = read("status/p-1.csv", Some("v-1")).unwrap_err();
        assert!(elsewhere.contains("begin with submissions/"), "{elsewhere}");
        let unversioned = read("submissions/p-1", None).unwrap_err();
        assert!(unversioned.contains("keeps no versions"), "{unversioned}");
    }
}
