//! Stores that fail, and sources that are not what their directories say.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use handlers::assembly::{Budget, BuildError, Plan, build, survey};
use handlers::objects::{Chunks, InMemory, ObjectError, ObjectStore, ObjectVersion};
use handlers::store::BoxFuture;

use super::input::{Item, noise, streamed, text, zip};
use super::{Progress, destination, everything, place};
use crate::interposed::{Interposed, Listener, unreachable};

/// Counts reads; every so many of them break half way, every so many parts do not arrive.
#[derive(Debug, Default)]
pub(super) struct Counting {
    breaks: u64,
    reads: AtomicU64,
    parts: AtomicU64,
}

impl Counting {
    pub(super) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    fn is_to_break(&self, count: u64) -> bool {
        self.breaks > 0 && count.is_multiple_of(self.breaks)
    }
}

impl Listener for Counting {
    fn hear<'a, T: Send + 'a, E: Send + 'a>(
        &'a self,
        method: &'static str,
        lost: impl FnOnce() -> E + Send + 'a,
        call: BoxFuture<'a, Result<T, E>>,
    ) -> BoxFuture<'a, Result<T, E>> {
        if method == "upload a part"
            && self.is_to_break(self.parts.fetch_add(1, Ordering::Relaxed) + 1)
        {
            return Box::pin(async { Err(lost()) });
        }
        call
    }

    fn read<'a>(
        &'a self,
        objects: &'a dyn ObjectStore,
        version: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Chunks, ObjectError>> {
        let count = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move {
            if !self.is_to_break(count) {
                return objects.read(version, range).await;
            }
            let length = (range.end - range.start) / 2;
            if length == 0 {
                return Err(unreachable(&version.address));
            }
            let half = objects.read(version, range.start..range.start + length).await?;
            let address = version.address.clone();
            let end = stream::once(async move { Err(unreachable(&address)) });
            Ok(Box::pin(half.chain(end)) as Chunks)
        })
    }
}

/// A store that counts, and breaks every so many.
pub(super) fn breaking(breaks: u64) -> Interposed<Counting, InMemory> {
    let listener = Counting { breaks, ..Counting::default() };
    Interposed { listener, inner: Arc::default() }
}

fn large() -> [Item; 3] {
    [("a", 4 << 20), ("b", 9 << 20), ("c", 2 << 20)]
        .map(|(name, size)| Item::stored(name, noise(size, size as u64)))
}

#[tokio::test]
async fn what_passes_is_tried_again_where_it_stopped() {
    let store = breaking(2);
    let sources = place(&store.inner, &[("a", zip(&large())), ("b", streamed(&large()))]).await;
    // A survey has no patience of its own: its caller waits for an answer.
    let directories = survey(&*store.inner, sources).await.unwrap();
    let content = super::layout::in_folders(&["a", "b"]);
    let plan = Plan::new(&content, directories, true).unwrap();
    build(&store, &plan, &destination(), Budget::default(), &Progress::default()).await.unwrap();
    assert_eq!(store.inner.body(&destination()).unwrap().size(), plan.size());
}

#[tokio::test]
async fn what_does_not_pass_in_time_is_a_passing_error_and_leaves_nothing() {
    let mut store = breaking(0);
    let sources = place(&store.inner, &[("a", zip(&large()))]).await;
    let directories = survey(&store, sources).await.unwrap();
    let plan = Plan::new(&everything(&["a"]), directories, true).unwrap();
    store.listener.breaks = 1;
    let progress = Progress::default();
    let error = build(&store, &plan, &destination(), Budget::default(), &progress).await;
    assert!(error.as_ref().is_err_and(BuildError::is_passing), "{error:?}");
    assert_eq!((store.inner.open_uploads(), progress.uploads()), (0, 1));
    assert!(store.inner.body(&destination()).is_none());
}

/// Builds a zip after its bytes were changed.
async fn damaged(zip: Bytes, verify: bool, change: impl FnOnce(&mut [u8])) -> String {
    let store = InMemory::default();
    let mut bytes = zip.to_vec();
    change(&mut bytes);
    let sources = place(&store, &[("a", bytes.into())]).await;
    let directories = survey(&store, sources).await.unwrap();
    let plan = Plan::new(&everything(&["a"]), directories, verify).unwrap();
    let progress = Progress::default();
    let error = build(&store, &plan, &destination(), Budget::default(), &progress).await;
    let error = error.unwrap_err();
    assert!(matches!(error, BuildError::Corrupt { .. }) && !error.is_passing(), "{error:?}");
    assert_eq!(store.open_uploads(), 0);
    error.to_string()
}

#[tokio::test]
async fn headers_must_agree_with_the_directory() {
    let small = || zip(&[Item::stored("name", "data")]);
    for (at, what) in
        [(0, "no header"), (8, "method"), (14, "CRC-32"), (18, "size"), (22, "size"), (30, "name")]
    {
        let error = damaged(small(), false, |bytes| bytes[at] ^= 1).await;
        assert!(error.contains(what) && error.contains("in/0.zip, entry name"), "{error}");
    }
    let error = damaged(small(), false, |bytes| bytes[28] = 9).await;
    assert!(error.contains("overlap"), "{error}");
    let error = damaged(small(), false, |bytes| bytes[6] |= 1).await;
    assert!(error.contains("encrypted"), "{error}");
    // Of large data the header is looked at before anything is written.
    let error = damaged(zip(&large()), false, |bytes| bytes[30] ^= 1).await;
    assert!(error.contains("name"), "{error}");
}

#[tokio::test]
async fn verifying_finds_data_that_do_not_unpack() {
    let stored = zip(&[Item::stored("name", "data")]);
    let error = damaged(stored, true, |bytes| bytes[35] ^= 1).await;
    assert!(error.contains("CRC-32"), "{error}");
    let text = text(100_000);
    for at in [40, 60, 90] {
        damaged(zip(&[Item::new("name", &*text)]), true, |bytes| bytes[at] ^= 0x55).await;
    }
    // Over several parts, too.
    let error = damaged(zip(&large()), true, |bytes| bytes[12 << 20] ^= 1).await;
    assert!(error.contains("entry b") && error.contains("CRC-32"), "{error}");
}
