//! Payloads in parts: cut as they are read, some of them under way at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use models::{NewUpload, NewUploadSize, ProposalId, Upload, UploadPart};
use tokio::task::JoinSet;

use super::Progress;
use super::error::{SubmitError, is_absent};
use super::part::{Part, upload_from};
use super::payload::{Body, Seal};
use super::repeat::repeated;
use crate::Client;
use crate::support::Retry;

/// Parts under way take no more memory than this, unless a single one does.
const MEMORY: u64 = 32 << 20;
/// Links work for 15 minutes; older ones than this are not tried.
const LINKS_FOR: Duration = Duration::from_secs(600);

/// How an upload is done.
pub(super) struct Manner {
    /// Parts under way at a time.
    pub(super) parallel: usize,
    pub(super) retry: Retry,
    pub(super) progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

/// A payload that goes to S3 in parts.
pub(super) struct Sending<'a> {
    client: &'a Client,
    id: &'a ProposalId,
    manner: &'a Manner,
    body: Body,
    upload: Upload,
    /// When the links of `upload` were made.
    asked: Instant,
    under_way: JoinSet<Result<Bytes, SubmitError>>,
    /// What held parts that have arrived, for the next: allocators do not give all of it back.
    spare: Vec<BytesMut>,
    done: Arc<AtomicU64>,
}

impl<'a> Sending<'a> {
    /// Begins an upload, or goes on with one of the same payload.
    pub(super) async fn begin(
        client: &'a Client,
        id: &'a ProposalId,
        manner: &'a Manner,
        body: Body,
    ) -> Result<Self, (SubmitError, Body)> {
        let upload = match begin(client, id, body.length, body.seal.as_ref()).await {
            Ok(upload) => upload,
            Err(error) => return Err((error, body)),
        };
        Ok(Self {
            client,
            id,
            manner,
            body,
            upload,
            asked: Instant::now(),
            under_way: JoinSet::new(),
            spare: Vec::new(),
            done: Arc::default(),
        })
    }

    /// Sends all parts that have not arrived, and has S3 make one of them. Answers the name of the
    /// submission.
    pub(super) async fn finish(mut self) -> Result<Option<String>, SubmitError> {
        let part_size = u64::try_from(self.upload.part_size).unwrap_or_default().max(1);
        let seal = self.body.seal.as_ref().map(|seal| seal.offset);
        let most = usize::try_from(MEMORY / part_size).unwrap_or(usize::MAX);
        let parallel = self.manner.parallel.min(most).max(1);
        let mut offset = 0;
        for number in 1..=self.upload.part_count {
            let part = self.part(number).await?;
            let size = u64::try_from(part.size).unwrap_or_default();
            let is_sealing = seal.is_some_and(|seal| offset + size > seal);
            // The seal goes last: as long as it is missing, the upload can be gone on with.
            self.leave_under_way(if is_sealing { 0 } else { parallel - 1 }).await?;
            let room = self.spare.pop().unwrap_or_default();
            let bytes = self.body.read(usize::try_from(size).unwrap_or(usize::MAX), room).await;
            let bytes = bytes.map_err(SubmitError::Payload)?;
            offset += size;
            match part.url {
                Some(url) if !part.arrived => self.send(number, url, bytes),
                _ if part.arrived => {
                    self.keep(bytes);
                    self.manner.advance(&self.done, size, self.body.length);
                }
                _ => return Err(strange(number, "the API gives no link")),
            }
        }
        self.leave_under_way(0).await?;
        self.body.end().await.map_err(SubmitError::Payload)?;
        let complete = || self.client.complete_upload().proposal_id(self.id.clone()).send();
        match repeated(self.client, complete).await {
            Ok(answer) => Ok(answer.into_inner().submission),
            Err(error) if is_absent(&error) => Err(SubmitError::Withdrawn),
            Err(error) => Err(error.into()),
        }
    }

    /// What the API says of a part, asked anew if it has not said so yet or too long ago.
    async fn part(&mut self, number: i64) -> Result<UploadPart, SubmitError> {
        let known = |upload: &Upload| upload.parts.iter().find(|it| it.number == number).cloned();
        let is_fresh = self.asked.elapsed() < LINKS_FOR;
        if let Some(part) = known(&self.upload).filter(|part| part.arrived || is_fresh) {
            return Ok(part);
        }
        self.upload.parts = upload_from(self.client, self.id, number).await?.parts;
        self.asked = Instant::now();
        known(&self.upload).ok_or_else(|| strange(number, "the API does not tell of it"))
    }

    fn send(&mut self, number: i64, url: String, bytes: Bytes) {
        let (client, id) = (self.client.clone(), self.id.clone());
        let (size, total) = (bytes.len() as u64, self.body.length);
        let (manner, done) = (self.manner.share(), Arc::clone(&self.done));
        let part = Part { client, id, number, bytes, url, retry: self.manner.retry };
        self.under_way.spawn(async move {
            let bytes = part.send().await?;
            manner.advance(&done, size, total);
            Ok(bytes)
        });
    }

    /// Keeps the room of a part that nobody needs any more.
    fn keep(&mut self, bytes: Bytes) {
        if let Ok(mut room) = bytes.try_into_mut() {
            room.clear();
            self.spare.push(room);
        }
    }

    /// Waits until no more than so many parts are under way.
    async fn leave_under_way(&mut self, most: usize) -> Result<(), SubmitError> {
        while self.under_way.len() > most {
            match self.under_way.join_next().await {
                Some(Ok(result)) => self.keep(result?),
                Some(Err(error)) => {
                    return Err(SubmitError::Payload(std::io::Error::other(error)));
                }
                None => break,
            }
        }
        Ok(())
    }
}

/// Begins an upload; one of which nobody knows what it holds is given up first.
async fn begin(
    client: &Client,
    id: &ProposalId,
    length: u64,
    seal: Option<&Seal>,
) -> Result<Upload, SubmitError> {
    let size = i64::try_from(length).unwrap_or(i64::MAX);
    let size = NewUploadSize::new(size)
        .map_err(|error| SubmitError::InvalidArgument(format!("the payload's length {error}")))?;
    let ask = || client.begin_upload().proposal_id(id.clone()).body(NewUpload { size }).send();
    let upload = repeated(client, ask).await?.into_inner();
    if can_go_on(client, id, seal, &upload).await? {
        return Ok(upload);
    }
    let give_up = || client.delete_proposal().proposal_id(id.clone()).send();
    match repeated(client, give_up).await {
        Err(error) if !is_absent(&error) => return Err(error.into()),
        _ => {}
    }
    Ok(repeated(client, ask).await?.into_inner())
}

/// Whether what has arrived can be taken for parts of this payload: if its seal will vouch for them.
async fn can_go_on(
    client: &Client,
    id: &ProposalId,
    seal: Option<&Seal>,
    upload: &Upload,
) -> Result<bool, SubmitError> {
    let Some(seal) = seal else {
        return Ok(!upload.parts.iter().any(|part| part.arrived));
    };
    let part_size = u64::try_from(upload.part_size).unwrap_or_default().max(1);
    let number = i64::try_from(seal.offset / part_size).unwrap_or(i64::MAX).saturating_add(1);
    let sealing =
        |parts: &[UploadPart]| parts.iter().any(|part| part.number >= number && part.arrived);
    if upload.parts.iter().any(|part| part.number == number) {
        return Ok(!sealing(&upload.parts));
    }
    Ok(!sealing(&upload_from(client, id, number).await?.parts))
}

impl Manner {
    fn share(&self) -> Self {
        Self { parallel: self.parallel, retry: self.retry, progress: self.progress.clone() }
    }

    /// Tells that so many bytes more have arrived.
    pub(super) fn advance(&self, done: &AtomicU64, more: u64, total: u64) {
        let done = done.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(tell) = &self.progress {
            tell(Progress { done, total });
        }
    }
}

fn strange(number: i64, detail: &str) -> SubmitError {
    SubmitError::Part { number, detail: detail.to_owned() }
}
