//! Forms by which browsers put objects into the store themselves: the port to who signs them.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::ops::RangeInclusive;
use std::time::Duration;

use models::value::Timestamp;

use super::{ObjectAddress, ObjectError};
use crate::store::BoxFuture;

/// What a form is to let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewForm<'a> {
    /// The media type the object has to be sent with.
    pub media_type: &'a str,
    /// How many bytes the object may have.
    pub sizes: RangeInclusive<u64>,
    /// How long the form may be sent.
    pub lifetime: Duration,
}

/// A form: whoever has it may put one object at one place until it expires, by a `POST` of
/// `multipart/form-data` with these fields and then the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent.
    pub url: String,
    /// The fields before the file.
    pub fields: BTreeMap<String, String>,
    /// When the store refuses it, to the second.
    pub expires: Timestamp,
}

/// Says where it goes, not what lets it through.
impl Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Where forms are signed.
pub trait Forms: Debug + Send + Sync {
    /// A form for the object at this place.
    fn form<'a>(
        &'a self,
        address: &'a ObjectAddress,
        form: NewForm<'a>,
    ) -> BoxFuture<'a, Result<Form, ObjectError>>;
}
