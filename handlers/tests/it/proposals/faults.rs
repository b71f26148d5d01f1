//! Stores that fail, lose an answer or end their caller at a step of a test's choice.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use handlers::objects::{
    Chunks, Completion, Description, Download, InMemory, NewObject, ObjectAddress, ObjectError,
    ObjectStore, ObjectVersion, Part, PartPage, Undeleted, Upload,
};
use handlers::proposals::ProposalRecord;
use handlers::store::{BoxFuture, Index, MemoryStore, Page, RevisedStore, Store, StoreError};
use tokio::sync::Notify;

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails, and nothing was done.
    Refuse,
    /// It is done, but fails for all that its caller knows.
    Lose,
    /// Its caller is ended before it is done.
    KillBefore,
    /// Its caller is ended after it was done.
    KillAfter,
}

pub(super) const FAULTS: [Fault; 4] =
    [Fault::Refuse, Fault::Lose, Fault::KillBefore, Fault::KillAfter];

/// Where a fault came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    /// What the step was.
    pub(super) step: &'static str,
    /// What the step before it was.
    pub(super) before: Option<&'static str>,
}

/// Counts the steps of both stores together.
#[derive(Debug, Default)]
pub(super) struct Script {
    steps: AtomicU32,
    fault: Mutex<Option<(u32, Fault)>>,
    met: Mutex<Option<Met>>,
    /// The last step.
    last: Mutex<Option<&'static str>>,
    killed: Notify,
}

impl Script {
    /// From here on, the step of this number, from 1, has this fault.
    pub(super) fn set(&self, fault: Option<(u32, Fault)>) {
        self.steps.store(0, Ordering::SeqCst);
        *self.fault.lock().unwrap() = fault;
        *self.met.lock().unwrap() = None;
    }

    /// Where the fault came.
    pub(super) fn met(&self) -> Option<Met> {
        *self.met.lock().unwrap()
    }

    /// Does the work until it is done or ended.
    pub(super) async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.killed.notified() => None,
        }
    }

    async fn step<T, E>(
        &self,
        name: &'static str,
        error: impl FnOnce() -> E,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        // Others get their turn, as they do where a network is between.
        tokio::task::yield_now().await;
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = self.fault.lock().unwrap().filter(|(at, _)| *at == step);
        let before = self.last.lock().unwrap().replace(name);
        let Some((_, fault)) = fault else { return call.await };
        *self.met.lock().unwrap() = Some(Met { step: name, before });
        if matches!(fault, Fault::Lose | Fault::KillAfter) {
            call.await?;
        }
        if matches!(fault, Fault::KillBefore | Fault::KillAfter) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
        Err(error())
    }
}

/// A store behind a script.
#[derive(Debug, Default)]
pub(super) struct Scripted<S> {
    pub(super) script: Arc<Script>,
    pub(super) inner: Arc<S>,
}

fn lost(address: &ObjectAddress) -> ObjectError {
    ObjectError::Unavailable { action: "reach", address: address.clone(), source: "lost".into() }
}

impl ObjectStore for Scripted<InMemory> {
    fn head<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        Box::pin(self.script.step("head", || lost(address), self.inner.head(address)))
    }

    fn describe<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<Description, ObjectError>> {
        Box::pin(self.script.step("describe", || lost(address), self.inner.describe(address)))
    }

    fn read<'a>(
        &'a self,
        version: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Chunks, ObjectError>> {
        let call = self.inner.read(version, range);
        Box::pin(self.script.step("read", || lost(&version.address), call))
    }

    fn put<'a>(
        &'a self,
        address: &'a ObjectAddress,
        object: NewObject,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        Box::pin(self.script.step("put", || lost(address), self.inner.put(address, object)))
    }

    fn begin<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        Box::pin(self.script.step("begin", || lost(address), self.inner.begin(address, media_type)))
    }

    fn begin_for_others<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        let call = self.inner.begin_for_others(address, media_type);
        Box::pin(self.script.step("begin", || lost(address), call))
    }

    fn parts<'a>(
        &'a self,
        upload: &'a Upload,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'a, Result<PartPage, ObjectError>> {
        let call = self.inner.parts(upload, after, limit);
        Box::pin(self.script.step("parts", || lost(&upload.address), call))
    }

    fn part_link<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>> {
        self.inner.part_link(upload, number, expires)
    }

    fn link<'a>(
        &'a self,
        address: &'a ObjectAddress,
        download: Download<'a>,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>> {
        self.inner.link(address, download, expires)
    }

    fn upload_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Part, ObjectError>> {
        let call = self.inner.upload_part(upload, number, body);
        Box::pin(self.script.step("upload a part", || lost(&upload.address), call))
    }

    fn copy_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        source: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Part, ObjectError>> {
        self.inner.copy_part(upload, number, source, range)
    }

    fn complete<'a>(
        &'a self,
        upload: &'a Upload,
        parts: &'a [Part],
    ) -> BoxFuture<'a, Result<Completion, ObjectError>> {
        let call = self.inner.complete(upload, parts);
        Box::pin(self.script.step("complete", || lost(&upload.address), call))
    }

    fn abort<'a>(&'a self, upload: &'a Upload) -> BoxFuture<'a, Result<(), ObjectError>> {
        Box::pin(self.script.step("abort", || lost(&upload.address), self.inner.abort(upload)))
    }

    fn delete<'a>(
        &'a self,
        bucket: &'a str,
        keys: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Undeleted>, ObjectError>> {
        let address = ObjectAddress::new(bucket, "");
        let call = self.inner.delete(bucket, keys);
        Box::pin(self.script.step("delete", move || lost(&address), call))
    }
}

fn table_lost() -> StoreError {
    StoreError::Call { action: "reach", table: "memory".to_owned(), source: "lost".into() }
}

impl Store<ProposalRecord> for Scripted<MemoryStore<ProposalRecord>> {
    fn insert<'a>(&'a self, record: &'a ProposalRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.script.step("insert", table_lost, self.inner.insert(record)))
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<ProposalRecord>, StoreError>> {
        Box::pin(self.script.step("get", table_lost, self.inner.get(key)))
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.script.step("remove", table_lost, self.inner.remove(key)))
    }

    fn page<'a>(
        &'a self,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<ProposalRecord>, StoreError>> {
        self.inner.page(limit, after)
    }

    fn find<'a>(
        &'a self,
        index: Index,
        value: &'a str,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<ProposalRecord>, StoreError>> {
        self.inner.find(index, value, limit, after)
    }
}

impl RevisedStore<ProposalRecord> for Scripted<MemoryStore<ProposalRecord>> {
    fn replace<'a>(
        &'a self,
        record: &'a ProposalRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.script.step("replace", table_lost, self.inner.replace(record)))
    }

    fn remove_unchanged<'a>(
        &'a self,
        record: &'a ProposalRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let call = self.inner.remove_unchanged(record);
        Box::pin(self.script.step("remove", table_lost, call))
    }
}
