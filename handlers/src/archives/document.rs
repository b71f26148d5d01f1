//! The job document: what a builder needs to know, with the versions of the sources as they were
//! checked. Too large for a message or a record, so it is an object.

use models::value::Uuid;
use serde::{Deserialize, Serialize};

use crate::assembly::{Content, Source};
use crate::objects::ObjectAddress;

/// What is to be built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    /// Where the zip goes.
    pub(super) destination: ObjectAddress,
    /// What it is made of.
    pub(super) sources: Vec<Source>,
    /// What lies where in it.
    pub(super) content: Content,
    /// Whether entries are held against their checksums.
    pub(super) verify: bool,
}

/// Where the document of a job is. The request's fingerprint keeps two requests apart that use
/// one idempotency key at the same time.
pub(super) fn address(bucket: &str, id: &Uuid, request: &Uuid) -> ObjectAddress {
    ObjectAddress::new(bucket, format!("archives/{id}/{request}.json"))
}
