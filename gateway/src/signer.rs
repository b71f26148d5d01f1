//! Signatures on requests that tools of whoever runs the gateway make: as callers, with their access keys.

use std::time::SystemTime;

use crate::access_key::AccessKey;
use crate::context::RestApi;
use crate::headers::Headers;
use crate::services::{NotSigned, Signable, signing_headers};

/// A caller whose access key the gateway knows.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    pub(crate) key: &'a AccessKey,
    pub(crate) api: &'a RestApi,
}

impl Signer<'_> {
    /// The id of the access key.
    pub fn access_key(&self) -> &str {
        self.key.id()
    }

    /// Whose it is: the ARN of a user, or of a role's session.
    pub fn arn(&self) -> String {
        self.key.principal(self.api).arn
    }

    /// The headers that sign a request to the API (Signature Version 4, service `execute-api`).
    /// `url` is absolute and encoded as it is sent; `headers` are all that are sent besides, but `Host`.
    ///
    /// # Errors
    /// The request has no canonical form.
    pub fn sign(
        &self,
        method: &str,
        url: &str,
        headers: &Headers,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, NotSigned> {
        let region = &self.api.region;
        let request = Signable { method, url, headers, body, signing_name: "execute-api", region };
        signing_headers(&request, self.key.credentials(), SystemTime::now())
    }
}
