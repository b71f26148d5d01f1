//! Sending and copying parts.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::future::try_join;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::oneshot;

use super::super::plan::{Part, Plan};
use super::gather::Sources;
use super::retry::patiently;
use super::verify::Verifier;
use super::{BuildError, Observer};
use crate::objects::{self, ObjectStore, Upload};

/// How many parts the store copies at a time; they take no memory here.
const COPIES_AT_ONCE: usize = 8;

/// Writes parts of a plan.
pub(super) struct Writer<'a> {
    store: &'a dyn ObjectStore,
    plan: &'a Plan,
    sources: Sources<'a>,
    observer: &'a dyn Observer,
    /// How many parts are in memory at a time.
    slots: usize,
    /// Buffers that parts have left.
    buffers: Mutex<Vec<BytesMut>>,
    written: AtomicU64,
}

/// A part that is sent, and the verifier on its way from the part before to the part behind.
struct Sending<'p> {
    number: u32,
    range: &'p Range<u64>,
    before: Option<oneshot::Receiver<Verifier>>,
    behind: Option<oneshot::Sender<Verifier>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        store: &'a dyn ObjectStore,
        plan: &'a Plan,
        sources: Sources<'a>,
        observer: &'a dyn Observer,
        slots: usize,
    ) -> Self {
        let (buffers, written) = (Mutex::default(), AtomicU64::new(0));
        Self { store, plan, sources, observer, slots, buffers, written }
    }

    /// A range of the result as a body: the whole of a small one.
    pub(super) async fn body(&self, range: &Range<u64>) -> Result<Bytes, BuildError> {
        let body = self.gather(range).await?;
        if self.plan.verifies() {
            Verifier::new().follow(self.plan, range, &body).await?;
        }
        Ok(body)
    }

    /// Writes all parts and makes the object of them; answers its ETag.
    pub(super) async fn write(
        &self,
        upload: &Upload,
        parts: &[Part],
    ) -> Result<String, BuildError> {
        self.observer.begun(upload).await.map_err(BuildError::Observer)?;
        let (mut sent, mut copied) = (Vec::new(), Vec::new());
        let mut before = None;
        for (number, part) in (1..).zip(parts) {
            match part {
                Part::Copied { at, member, from } => {
                    copied.push(self.copy(upload, number, at, (*member, *from)));
                }
                Part::Sent(range) => {
                    let (behind, next) = oneshot::channel();
                    let behind = self.plan.verifies().then_some(behind);
                    let sending = Sending { number, range, before: before.replace(next), behind };
                    sent.push(self.send(upload, sending));
                }
            }
        }
        let sent = stream::iter(sent).buffer_unordered(self.slots).try_collect::<Vec<_>>();
        let copied = stream::iter(copied).buffer_unordered(COPIES_AT_ONCE).try_collect::<Vec<_>>();
        let (mut parts, copied) = try_join(sent, copied).await?;
        parts.extend(copied);
        parts.sort_by_key(|part| part.number);
        Ok(self.store.complete(upload, &parts).await?.etag)
    }

    /// Gathers a part and sends it.
    async fn send(
        &self,
        upload: &Upload,
        sending: Sending<'_>,
    ) -> Result<objects::Part, BuildError> {
        let body = self.gather(sending.range).await?;
        self.verify(sending.range, &body, sending.before, sending.behind).await?;
        let number = sending.number;
        let part = patiently(|| self.store.upload_part(upload, number, body.clone())).await?;
        self.give_back(body);
        self.add(sending.range);
        Ok(part)
    }

    /// Verifies a part after the one before it, and hands the verifier on.
    async fn verify(
        &self,
        range: &Range<u64>,
        body: &[u8],
        before: Option<oneshot::Receiver<Verifier>>,
        behind: Option<oneshot::Sender<Verifier>>,
    ) -> Result<(), BuildError> {
        let Some(behind) = behind else { return Ok(()) };
        let mut verifier = match before {
            None => Verifier::new(),
            // The part before fails only together with the whole.
            Some(before) => before.await.unwrap_or_else(|_| Verifier::new()),
        };
        verifier.follow(self.plan, range, body).await?;
        // Nobody is behind the last part.
        let _ = behind.send(verifier);
        Ok(())
    }

    /// Has a part of a member's data copied.
    async fn copy(
        &self,
        upload: &Upload,
        number: u32,
        at: &Range<u64>,
        (member, from): (usize, u64),
    ) -> Result<objects::Part, BuildError> {
        let origin = self.plan.origin(member).zip(self.sources.large(member));
        let Some(((directory, _), data)) = origin else {
            return Err(BuildError::Unplanned(number));
        };
        let (version, start) = (&directory.source.version, data + from);
        let range = start..start + (at.end - at.start);
        let copy = || self.store.copy_part(upload, number, version, range.clone());
        let part = patiently(copy).await?;
        self.add(at);
        Ok(part)
    }

    async fn gather(&self, range: &Range<u64>) -> Result<Bytes, BuildError> {
        let mut buffer = self.buffer((range.end - range.start) as usize);
        self.sources.gather(range.clone(), &mut buffer).await?;
        Ok(buffer.freeze())
    }

    /// A buffer of this length; what it holds is to be overwritten.
    fn buffer(&self, length: usize) -> BytesMut {
        let left = self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut buffer = left.unwrap_or_default();
        buffer.resize(length, 0);
        buffer
    }

    /// Keeps the memory of a body for the next part, unless the store still holds it.
    fn give_back(&self, body: Bytes) {
        if let Ok(buffer) = body.try_into_mut() {
            self.buffers.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }

    fn add(&self, range: &Range<u64>) {
        let length = range.end - range.start;
        let before = self.written.fetch_add(length, Ordering::Relaxed);
        self.observer.written(before + length);
    }
}
