//! Proposals of any size: `client.proposals().submit(id, payload)` finds the way that takes the
//! payload, and one result tells what became of it.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use client::proposals::{Metadata, Payload, Source};
//!
//! let client = client::Settings::new("http://127.0.0.1:3000/dev").build()?;
//! let metadata = Metadata {
//!     client_id: "c-7".try_into()?,
//!     title: "Pension 2027".try_into()?,
//!     file_name: "plan.pdf".try_into()?,
//!     media_type: "application/pdf".try_into()?,
//! };
//! let payload = Payload::document(metadata, Source::file("plan.pdf").await?);
//! let submitted = client.proposals().submit("p-1", payload).await?;
//! let proposal = submitted.wait().await?;
//! println!("{} is {}", proposal.proposal_id, proposal.status);
//! # Ok(()) }
//! ```
//!
//! | bytes of the payload | route | kept |
//! |---|---|---|
//! | fewer than 5 MiB | [`Route::Function`] | when `submit` has answered |
//! | up to 10 MiB | [`Route::Gateway`] | when `wait` has answered |
//! | more | [`Route::Upload`] | when `wait` has answered |
//!
//! The payload is the document in base64, a third longer than the document itself. It is read once;
//! in memory are the parts that are under way, 32 MiB of them unless a single one is larger, which
//! parts of payloads beyond 300 GiB are.
//!
//! An upload that was interrupted is gone on with by submitting the same again. Payloads of
//! [`Payload::document`] end with their checksum and all metadata, which vouch for parts that arrived
//! earlier; those that somebody else encoded are sent again from their beginning.

mod encoder;
mod error;
mod part;
mod payload;
mod repeat;
mod route;
mod submitted;
mod upload;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use models::{Problem, Proposal, ProposalId, ProposalStatus};
use reqwest::header::CONTENT_TYPE;

pub use error::SubmitError;
pub use payload::{Metadata, Payload, Source};
pub use route::{FUNCTION_LIMIT, GATEWAY_LIMIT, Route};
pub use submitted::Submitted;

use self::error::is_absent;
use self::payload::{Body, Kind, Seal};
use self::repeat::repeated;
use self::upload::{Manner, Sending};
use crate::support::{self, Error, Retry, Wire};
use crate::{Client, Error as CallError};

/// Parts of an upload that are under way at a time, unless told otherwise.
const PARALLEL: usize = 4;
/// Retries of a part: more than of a call, since there are many of them.
const RETRY: Retry =
    Retry { times: 6, base: Duration::from_millis(200), longest: Duration::from_secs(10) };

impl Client {
    /// Submits proposals of any size.
    pub fn proposals(&self) -> Proposals<'_> {
        Proposals { client: self }
    }
}

/// Submits proposals of any size.
#[derive(Clone, Copy, Debug)]
pub struct Proposals<'a> {
    client: &'a Client,
}

impl<'a> Proposals<'a> {
    /// Submits a payload as the proposal of this identifier; awaiting it sends it. Dropping it gives
    /// up, and what arrived of an upload is there for the next.
    pub fn submit<V>(self, id: V, payload: Payload) -> Submit<'a>
    where
        V: TryInto<ProposalId>,
        V::Error: std::fmt::Display,
    {
        Submit {
            client: self.client,
            id: support::segment("proposal_id", id),
            payload,
            manner: Manner { parallel: PARALLEL, retry: RETRY, progress: None },
        }
    }
}

/// How far a submission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the payload that have arrived.
    pub done: u64,
    /// Bytes of the payload.
    pub total: u64,
}

/// A submission that has not begun.
#[must_use = "nothing is sent until it is awaited"]
pub struct Submit<'a> {
    client: &'a Client,
    id: Result<ProposalId, String>,
    payload: Payload,
    manner: Manner,
}

impl<'a> Submit<'a> {
    /// Most parts of an upload that are under way at a time; 4 unless given. Large parts are fewer.
    pub fn parallel(mut self, parts: usize) -> Self {
        self.manner.parallel = parts;
        self
    }

    /// When a part of an upload is sent again; 6 times unless given.
    pub fn retry_parts(mut self, retry: Retry) -> Self {
        self.manner.retry = retry;
        self
    }

    /// Told whenever bytes have arrived: a part, or the whole of what goes in one request.
    pub fn progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.manner.progress = Some(Arc::new(tell));
        self
    }

    async fn send(self) -> Result<Submitted, SubmitError> {
        let id = self.id.map_err(SubmitError::InvalidArgument)?;
        let body = match self.payload.0 {
            Kind::Document(metadata, document) => Body::document(&id, *metadata, document),
            Kind::Encoded(payload) => Ok(Body::encoded(payload)),
            Kind::Unmeasured(payload) => route::measure(payload).await,
        };
        let mut body = body.map_err(SubmitError::Payload)?;
        let mut submitted = Submitted {
            client: self.client.clone(),
            id,
            route: Route::of(body.length),
            length: body.length,
            submission: None,
            sha256: body.seal.as_ref().map(|seal| Arc::clone(&seal.sha256)),
            proposal: None,
        };
        match submitted.route {
            Route::Upload => submitted.upload(&self.manner, body).await?,
            Route::Function => {
                let payload = whole(&mut body).await?;
                let create = || create(self.client, payload.clone());
                submitted.proposal = Some(repeated(self.client, create).await?);
            }
            Route::Gateway => {
                let payload = whole(&mut body).await?;
                submitted.submission = submit(self.client, &submitted.id, payload).await?;
            }
        }
        if submitted.route != Route::Upload {
            self.manner.advance(&Default::default(), submitted.length, submitted.length);
        }
        Ok(submitted)
    }
}

impl<'a> IntoFuture for Submit<'a> {
    type Output = Result<Submitted, SubmitError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl Submitted {
    /// Sends the payload in parts, unless the proposal is there already.
    async fn upload(&mut self, manner: &Manner, body: Body) -> Result<(), SubmitError> {
        let (client, id) = (self.client.clone(), self.id.clone());
        match Sending::begin(&client, &id, manner, body).await {
            Ok(sending) => self.submission = sending.finish().await?,
            Err((error @ SubmitError::Conflict { .. }, body)) => {
                self.proposal = submitted_before(&client, &id, body, error).await?;
            }
            Err((error, _)) => return Err(error),
        }
        Ok(())
    }
}

/// The proposal that has the identifier, if it is the one that was to be submitted; `None` if that
/// is not decided yet.
async fn submitted_before(
    client: &Client,
    id: &ProposalId,
    mut body: Body,
    taken: SubmitError,
) -> Result<Option<Proposal>, SubmitError> {
    let record = match client.get_proposal().proposal_id(id.clone()).send().await {
        Ok(record) => record.into_inner(),
        Err(error) if is_absent(&error) => return Err(taken),
        Err(error) => return Err(error.into()),
    };
    let has_ended = record.status == ProposalStatus::Accepted;
    let Some(seal) =
        body.seal.take().filter(|_| has_ended || record.status == ProposalStatus::Processing)
    else {
        return Err(taken);
    };
    body.skip().await.map_err(SubmitError::Payload)?;
    match has_ended {
        true if seal.matches(&record) => Ok(Some(record)),
        true => Err(submitted::conflict(record)),
        false => Ok(None),
    }
}

impl Seal {
    fn matches(&self, record: &Proposal) -> bool {
        let Some(document) = &record.document else { return false };
        self.sha256.get().map(String::as_str) == Some(document.sha256.as_str())
            && self.metadata.file_name == document.file_name
            && self.metadata.media_type == document.media_type
            && Some(&self.metadata.client_id) == record.client_id.as_ref()
            && Some(&self.metadata.title) == record.title.as_ref()
    }
}

/// The payload of one request.
async fn whole(body: &mut Body) -> Result<Bytes, SubmitError> {
    let length = usize::try_from(body.length).unwrap_or(usize::MAX);
    let payload = body.read(length, BytesMut::new()).await.map_err(SubmitError::Payload)?;
    body.end().await.map_err(SubmitError::Payload)?;
    Ok(payload)
}

/// `createProposal` with a body that is encoded already, whatever it holds.
async fn create(client: &Client, payload: Bytes) -> Result<Proposal, CallError> {
    let url = format!("{}/proposals", client.baseurl);
    let request = client.client.post(url).header(CONTENT_TYPE, "application/json");
    let mut request = request.body(payload).build()?;
    client.inner.prepare(&Wire::JSON, &mut request).map_err(Error::InvalidRequest)?;
    let answer = client.inner.execute(&client.client, request).await?;
    match answer.status().as_u16() {
        201 => Ok(support::json::<Proposal>(answer).await?.into_inner()),
        400 | 409 | 415 | 422 | 500 | 503 => {
            Err(support::problem(support::json::<Problem>(answer).await?))
        }
        _ => Err(support::undeclared(answer).await),
    }
}

/// `submitProposal`; answers the name of the submission.
async fn submit(
    client: &Client,
    id: &ProposalId,
    payload: Bytes,
) -> Result<Option<String>, SubmitError> {
    let send = || client.submit_proposal().proposal_id(id.clone()).body(payload.clone()).send();
    let answer = repeated(client, send).await?;
    let submission = answer.headers().get("submission").and_then(|it| it.to_str().ok());
    Ok(submission.map(str::to_owned))
}
