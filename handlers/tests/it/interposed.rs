//! Stores behind something that hears of every call, and may have it end otherwise.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handlers::objects::{
    Chunks, Completion, Description, Download, NewObject, ObjectAddress, ObjectError, ObjectStore,
    ObjectVersion, Part, PartPage, Undeleted, Upload,
};
use handlers::store::{BoxFuture, Index, Page, Record, Revised, RevisedStore, Store, StoreError};

/// A store whose calls somebody hears of.
#[derive(Debug, Default)]
pub(crate) struct Interposed<L, S: ?Sized> {
    pub(crate) listener: L,
    pub(crate) inner: Arc<S>,
}

/// Hears of calls.
pub(crate) trait Listener: Debug + Send + Sync {
    /// What becomes of a call: by its method's name, the error of one that does not get through, and the call.
    fn hear<'a, T: Send + 'a, E: Send + 'a>(
        &'a self,
        method: &'static str,
        lost: impl FnOnce() -> E + Send + 'a,
        call: BoxFuture<'a, Result<T, E>>,
    ) -> BoxFuture<'a, Result<T, E>>;

    /// What comes of an object that is read, where that is more than to read it or not.
    fn read<'a>(
        &'a self,
        objects: &'a dyn ObjectStore,
        version: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Chunks, ObjectError>> {
        self.hear("read", || unreachable(&version.address), objects.read(version, range))
    }
}

/// The error of a call that did not get through.
pub(crate) fn unreachable(address: &ObjectAddress) -> ObjectError {
    ObjectError::Unavailable { action: "reach", address: address.clone(), source: "lost".into() }
}

fn table_unreachable() -> StoreError {
    StoreError::Call { action: "reach", table: "memory".to_owned(), source: "lost".into() }
}

impl<L: Listener, S: ObjectStore> ObjectStore for Interposed<L, S> {
    fn head<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        self.listener.hear("head", || unreachable(address), self.inner.head(address))
    }

    fn describe<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<Description, ObjectError>> {
        self.listener.hear("describe", || unreachable(address), self.inner.describe(address))
    }

    fn read<'a>(
        &'a self,
        version: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Chunks, ObjectError>> {
        self.listener.read(&*self.inner, version, range)
    }

    fn put<'a>(
        &'a self,
        address: &'a ObjectAddress,
        object: NewObject,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        self.listener.hear("put", || unreachable(address), self.inner.put(address, object))
    }

    fn begin<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        self.listener.hear("begin", || unreachable(address), self.inner.begin(address, media_type))
    }

    fn begin_for_others<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        let call = self.inner.begin_for_others(address, media_type);
        self.listener.hear("begin", || unreachable(address), call)
    }

    fn parts<'a>(
        &'a self,
        upload: &'a Upload,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'a, Result<PartPage, ObjectError>> {
        let call = self.inner.parts(upload, after, limit);
        self.listener.hear("parts", || unreachable(&upload.address), call)
    }

    // A link is signed where it is asked for: nothing goes out.
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
        self.listener.hear("upload a part", || unreachable(&upload.address), call)
    }

    fn copy_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        source: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Part, ObjectError>> {
        let call = self.inner.copy_part(upload, number, source, range);
        self.listener.hear("copy a part", || unreachable(&upload.address), call)
    }

    fn complete<'a>(
        &'a self,
        upload: &'a Upload,
        parts: &'a [Part],
    ) -> BoxFuture<'a, Result<Completion, ObjectError>> {
        let call = self.inner.complete(upload, parts);
        self.listener.hear("complete", || unreachable(&upload.address), call)
    }

    fn abort<'a>(&'a self, upload: &'a Upload) -> BoxFuture<'a, Result<(), ObjectError>> {
        self.listener.hear("abort", || unreachable(&upload.address), self.inner.abort(upload))
    }

    fn delete<'a>(
        &'a self,
        bucket: &'a str,
        keys: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Undeleted>, ObjectError>> {
        let lost = move || unreachable(&ObjectAddress::new(bucket, ""));
        self.listener.hear("delete", lost, self.inner.delete(bucket, keys))
    }
}

impl<T: Record, L: Listener, S: Store<T> + ?Sized> Store<T> for Interposed<L, S> {
    fn insert<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.listener.hear("insert", table_unreachable, self.inner.insert(record))
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<T>, StoreError>> {
        self.listener.hear("get", table_unreachable, self.inner.get(key))
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.listener.hear("remove", table_unreachable, self.inner.remove(key))
    }

    fn page<'a>(
        &'a self,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>> {
        self.listener.hear("page", table_unreachable, self.inner.page(limit, after))
    }

    fn find<'a>(
        &'a self,
        index: Index,
        value: &'a str,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>> {
        let call = self.inner.find(index, value, limit, after);
        self.listener.hear("find", table_unreachable, call)
    }
}

impl<T: Revised, L: Listener, S: RevisedStore<T> + ?Sized> RevisedStore<T> for Interposed<L, S> {
    fn replace<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.listener.hear("replace", table_unreachable, self.inner.replace(record))
    }

    fn remove_unchanged<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.listener.hear("remove", table_unreachable, self.inner.remove_unchanged(record))
    }
}
