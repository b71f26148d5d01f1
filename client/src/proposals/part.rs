//! One part of an upload on its way to S3, until it has arrived or there is no hope.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use models::{ProposalId, Upload};
use reqwest::StatusCode;

use super::error::{SubmitError, is_absent};
use super::repeat::repeated;
use crate::Client;
use crate::support::Retry;

/// A part may take as long as a network that carries so many bytes a second needs for it.
const SLOWEST: u64 = 128 * 1024;
/// And so long for everything else.
const OVERHEAD: Duration = Duration::from_secs(60);
/// How much of what S3 says is told.
const EXCERPT: usize = 300;

/// A part and where it goes.
pub(super) struct Part {
    pub(super) client: Client,
    pub(super) id: ProposalId,
    /// Its place, from 1.
    pub(super) number: i64,
    pub(super) bytes: Bytes,
    /// The presigned link, which is a credential: no error tells it.
    pub(super) url: String,
    pub(super) retry: Retry,
}

/// Why a try failed.
enum Failure {
    /// The link is too old, or the upload is gone: the API knows.
    Link(String),
    /// Another try may do better.
    Passing(String),
    /// None will.
    Final(String),
}

impl Part {
    /// Sends the part, again if that may help. Answers its bytes.
    pub(super) async fn send(mut self) -> Result<Bytes, SubmitError> {
        let mut attempt = 0;
        loop {
            let (detail, is_link) = match self.put().await {
                Ok(()) => return Ok(self.bytes),
                Err(Failure::Link(detail)) => (detail, true),
                Err(Failure::Passing(detail)) => (detail, false),
                Err(Failure::Final(detail)) => return Err(self.lost(detail)),
            };
            if attempt >= self.retry.times {
                return Err(self.lost(detail));
            }
            tokio::time::sleep(self.retry.pause(attempt)).await;
            attempt += 1;
            if is_link {
                match self.fresh_link().await? {
                    Some(url) => self.url = url,
                    // An earlier try succeeded, only its answer was lost.
                    None => return Ok(self.bytes),
                }
            }
        }
    }

    async fn put(&self) -> Result<(), Failure> {
        let http = &self.client.client;
        let time = OVERHEAD + Duration::from_secs(self.bytes.len() as u64 / SLOWEST);
        // No headers of the API's: S3 takes the link for authorization, and nothing beside it.
        let request = http.put(&self.url).timeout(time).body(self.bytes.clone());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_builder() => {
                return Err(Failure::Final("its link is no URL".to_owned()));
            }
            Err(error) => return Err(Failure::Passing(causes(error))),
        };
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let said = answer.text().await.unwrap_or_default();
        let said: String = said.chars().take(EXCERPT).collect();
        let detail = format!("S3 answers {status} {said}");
        Err(match status {
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Failure::Link(detail),
            // 400 is also what S3 says of a body that stopped coming (RequestTimeout).
            StatusCode::BAD_REQUEST
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS => Failure::Passing(detail),
            status if status.is_server_error() => Failure::Passing(detail),
            _ => Failure::Final(detail),
        })
    }

    async fn fresh_link(&self) -> Result<Option<String>, SubmitError> {
        let upload = upload_from(&self.client, &self.id, self.number).await?;
        match upload.parts.into_iter().find(|part| part.number == self.number) {
            Some(part) if part.arrived => Ok(None),
            Some(part) => Ok(part.url),
            None => Err(self.lost("the upload has no such part".to_owned())),
        }
    }

    fn lost(&self, detail: String) -> SubmitError {
        SubmitError::Part { number: self.number, detail }
    }
}

/// Parts from the given one on, with fresh links.
pub(super) async fn upload_from(
    client: &Client,
    id: &ProposalId,
    number: i64,
) -> Result<Upload, SubmitError> {
    let ask = || client.get_upload().proposal_id(id.clone()).from(number).send();
    match repeated(client, ask).await {
        Ok(upload) => Ok(upload.into_inner()),
        Err(error) if is_absent(&error) => Err(SubmitError::Withdrawn),
        Err(error) => Err(error.into()),
    }
}

/// An error and its causes, without the link.
fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
