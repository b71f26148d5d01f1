//! The twin in memory: for tests, and the measure of what a store does.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use models::value::Timestamp;

use super::{
    Body, Chunks, Completion, Description, Download, Form, Forms, LARGEST_OBJECT, LARGEST_PART,
    ListedPart, MOST_PARTS, NewForm, NewObject, ObjectAddress, ObjectError, ObjectStore,
    ObjectVersion, Part, PartPage, SMALLEST_PART, Undeleted, Upload,
};
use crate::store::BoxFuture;

/// The media type of what came without one.
const OCTETS: &str = "application/octet-stream";
/// The most parts of a list.
const PAGE: u32 = 1000;

/// Objects in memory. Buckets exist as soon as they are used, unless they are denied.
#[derive(Debug, Default)]
pub struct InMemory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<ObjectAddress, Object>,
    uploads: BTreeMap<String, OpenUpload>,
    denied: BTreeSet<String>,
    /// Makes ETags and upload ids unique.
    count: u64,
}

#[derive(Clone, Debug)]
struct Object {
    etag: String,
    body: Body,
    media_type: String,
}

#[derive(Debug)]
struct OpenUpload {
    address: ObjectAddress,
    media_type: String,
    parts: BTreeMap<u32, Object>,
}

impl InMemory {
    /// The state is whole after every call, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an object there, or in the place of another; answers its version.
    pub fn place(&self, address: &ObjectAddress, body: impl Into<Body>) -> ObjectVersion {
        self.place_as(address, body, OCTETS)
    }

    /// Puts an object of this media type there, or in the place of another.
    pub fn place_as(
        &self,
        address: &ObjectAddress,
        body: impl Into<Body>,
        media_type: &str,
    ) -> ObjectVersion {
        self.state().place(address, body.into(), media_type.to_owned())
    }

    /// The keys of a bucket's objects, in order.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        let state = self.state();
        let keys = state.objects.keys().filter(|address| address.bucket == bucket);
        keys.map(|address| address.key.clone()).collect()
    }

    /// What an object holds.
    pub fn body(&self, address: &ObjectAddress) -> Option<Body> {
        self.state().objects.get(address).map(|object| object.body.clone())
    }

    /// Denies every access to a bucket from now on.
    pub fn deny(&self, bucket: &str) {
        self.state().denied.insert(bucket.to_owned());
    }

    /// Denies it no longer.
    pub fn permit(&self, bucket: &str) {
        self.state().denied.remove(bucket);
    }

    /// How many multipart uploads have begun and are neither completed nor aborted.
    pub fn open_uploads(&self) -> usize {
        self.state().uploads.len()
    }
}

impl State {
    fn etag(&mut self) -> String {
        self.count += 1;
        format!("\"{}\"", self.count)
    }

    fn place(&mut self, address: &ObjectAddress, body: Body, media_type: String) -> ObjectVersion {
        let object = Object { etag: self.etag(), body, media_type };
        let version = version(address, &object);
        self.objects.insert(address.clone(), object);
        version
    }

    fn allow(&self, address: &ObjectAddress) -> Result<(), ObjectError> {
        if self.denied.contains(&address.bucket) {
            return Err(ObjectError::Denied(address.clone()));
        }
        Ok(())
    }

    fn object(&self, address: &ObjectAddress) -> Result<&Object, ObjectError> {
        self.allow(address)?;
        self.objects.get(address).ok_or_else(|| ObjectError::NotFound(address.clone()))
    }

    fn range(&self, from: &ObjectVersion, range: &Range<u64>) -> Result<Body, ObjectError> {
        let object = self.object(&from.address)?;
        if object.etag != from.etag {
            return Err(ObjectError::Changed(from.address.clone()));
        }
        if range.is_empty() || range.end > object.body.size() {
            return Err(refused("read", &from.address, "the range is not within the object"));
        }
        Ok(object.body.slice(range.clone()))
    }

    fn add_part(&mut self, upload: &Upload, number: u32, body: Body) -> Result<Part, ObjectError> {
        self.allow(&upload.address)?;
        if !(1..=MOST_PARTS).contains(&number) {
            return Err(refused("upload a part of", &upload.address, "no such part number"));
        }
        if body.size() > LARGEST_PART {
            return Err(refused("upload a part of", &upload.address, "the part is too large"));
        }
        let etag = self.etag();
        let crc32 = Some(STANDARD.encode(body.crc32().to_be_bytes()));
        let open = self.uploads.get_mut(&upload.id);
        let open = open.ok_or_else(|| ObjectError::UploadGone(upload.address.clone()))?;
        let part = Object { etag: etag.clone(), body, media_type: String::new() };
        open.parts.insert(number, part);
        Ok(Part { number, etag, crc32 })
    }

    fn begin(&mut self, address: &ObjectAddress, media_type: &str) -> Result<Upload, ObjectError> {
        self.allow(address)?;
        self.count += 1;
        let id = format!("upload-{}", self.count);
        let (address, media_type) = (address.clone(), media_type.to_owned());
        let open = OpenUpload { address: address.clone(), media_type, parts: BTreeMap::new() };
        self.uploads.insert(id.clone(), open);
        Ok(Upload { address, id })
    }

    fn parts(&self, upload: &Upload, after: u32, limit: u32) -> Result<PartPage, ObjectError> {
        self.allow(&upload.address)?;
        let open = self.uploads.get(&upload.id);
        let open = open.ok_or_else(|| ObjectError::UploadGone(upload.address.clone()))?;
        let mut rest = open.parts.range(after.saturating_add(1)..);
        let parts = rest.by_ref().take(limit.min(PAGE) as usize).map(|(number, part)| {
            let (number, etag, size) = (*number, part.etag.clone(), part.body.size());
            ListedPart { part: Part { number, etag, crc32: None }, size }
        });
        let parts: Vec<_> = parts.collect();
        let next = rest.next().and_then(|_| parts.last().map(|last| last.part.number));
        Ok(PartPage { parts, next })
    }

    fn complete(&mut self, upload: &Upload, parts: &[Part]) -> Result<Completion, ObjectError> {
        self.allow(&upload.address)?;
        let refused = |why: &str| refused("complete", &upload.address, why);
        let open = self.uploads.get(&upload.id);
        let open = open.ok_or_else(|| ObjectError::UploadGone(upload.address.clone()))?;
        if parts.is_empty() {
            return Err(refused("there are no parts"));
        }
        let mut body = Body::default();
        for (index, part) in parts.iter().enumerate() {
            let found = open.parts.get(&part.number).filter(|found| found.etag == part.etag);
            let found = found.ok_or_else(|| refused("a part is not there"))?;
            if index + 1 < parts.len() && found.body.size() < SMALLEST_PART {
                return Err(refused("a part before the last one is too small"));
            }
            body.append(found.body.clone());
        }
        if !parts.is_sorted_by(|a, b| a.number < b.number) {
            return Err(refused("the parts are not in order"));
        }
        if body.size() > LARGEST_OBJECT {
            return Err(refused("the object is too large"));
        }
        let media_type = open.media_type.clone();
        self.uploads.remove(&upload.id);
        let etag = self.place(&upload.address, body, media_type).etag;
        Ok(Completion { version_id: Some(version_id(&etag)), etag })
    }
}

/// Versions are counted together with ETags.
fn version_id(etag: &str) -> String {
    format!("version-{}", etag.trim_matches('"'))
}

fn version(address: &ObjectAddress, object: &Object) -> ObjectVersion {
    let (etag, size) = (object.etag.clone(), object.body.size());
    ObjectVersion { address: address.clone(), etag, size }
}

fn refused(action: &'static str, address: &ObjectAddress, why: &str) -> ObjectError {
    ObjectError::Refused { action, address: address.clone(), source: why.into() }
}

impl Forms for InMemory {
    /// A form of `memory:BUCKET` with what is let through as its policy, for tests to look at.
    fn form<'a>(
        &'a self,
        address: &'a ObjectAddress,
        form: NewForm<'a>,
    ) -> BoxFuture<'a, Result<Form, ObjectError>> {
        Box::pin(async move {
            let NewForm { media_type, sizes, lifetime } = form;
            let policy = format!("{} to {} bytes", sizes.start(), sizes.end());
            let fields =
                [("key", &*address.key), ("Content-Type", media_type), ("policy", &policy)];
            Ok(Form {
                url: format!("memory:{}", address.bucket),
                fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                expires: Timestamp::now() + lifetime,
            })
        })
    }
}

impl ObjectStore for InMemory {
    fn head<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        Box::pin(async { Ok(version(address, self.state().object(address)?)) })
    }

    fn describe<'a>(
        &'a self,
        address: &'a ObjectAddress,
    ) -> BoxFuture<'a, Result<Description, ObjectError>> {
        Box::pin(async {
            let state = self.state();
            let object = state.object(address)?;
            let version_id = Some(version_id(&object.etag));
            let media_type = Some(object.media_type.clone());
            Ok(Description { version: version(address, object), version_id, media_type })
        })
    }

    fn read<'a>(
        &'a self,
        from: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Chunks, ObjectError>> {
        Box::pin(async move {
            let body = self.state().range(from, &range)?;
            Ok(Box::pin(stream::iter(body.chunks().map(Ok))) as Chunks)
        })
    }

    fn put<'a>(
        &'a self,
        address: &'a ObjectAddress,
        object: NewObject,
    ) -> BoxFuture<'a, Result<ObjectVersion, ObjectError>> {
        Box::pin(async move {
            let mut state = self.state();
            state.allow(address)?;
            if !object.replace && state.objects.contains_key(address) {
                return Err(ObjectError::Exists(address.clone()));
            }
            Ok(state.place(address, object.body.into(), object.media_type.to_owned()))
        })
    }

    fn begin<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        Box::pin(async { self.state().begin(address, media_type) })
    }

    fn begin_for_others<'a>(
        &'a self,
        address: &'a ObjectAddress,
        media_type: &'static str,
    ) -> BoxFuture<'a, Result<Upload, ObjectError>> {
        self.begin(address, media_type)
    }

    fn parts<'a>(
        &'a self,
        upload: &'a Upload,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'a, Result<PartPage, ObjectError>> {
        Box::pin(async move { self.state().parts(upload, after, limit) })
    }

    /// `memory:PART of ADDRESS`, for tests to look at.
    fn part_link<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>> {
        let (address, seconds) = (&upload.address, expires.as_secs());
        let link = format!("memory:{number} of {address} for {seconds} s");
        Box::pin(std::future::ready(Ok(link)))
    }

    /// `memory:ADDRESS` with what was said of the answer, for tests to look at.
    fn link<'a>(
        &'a self,
        address: &'a ObjectAddress,
        download: Download<'a>,
        expires: Duration,
    ) -> BoxFuture<'a, Result<String, ObjectError>> {
        let Download { media_type, disposition } = download;
        let seconds = expires.as_secs();
        let link = format!("memory:{address} as {media_type}, {disposition}, for {seconds} s");
        Box::pin(std::future::ready(Ok(link)))
    }

    fn upload_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Part, ObjectError>> {
        Box::pin(async move { self.state().add_part(upload, number, body.into()) })
    }

    fn copy_part<'a>(
        &'a self,
        upload: &'a Upload,
        number: u32,
        source: &'a ObjectVersion,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Part, ObjectError>> {
        Box::pin(async move {
            let mut state = self.state();
            let body = state.range(source, &range)?;
            state.add_part(upload, number, body)
        })
    }

    fn complete<'a>(
        &'a self,
        upload: &'a Upload,
        parts: &'a [Part],
    ) -> BoxFuture<'a, Result<Completion, ObjectError>> {
        Box::pin(async { self.state().complete(upload, parts) })
    }

    fn abort<'a>(&'a self, upload: &'a Upload) -> BoxFuture<'a, Result<(), ObjectError>> {
        Box::pin(async {
            let mut state = self.state();
            state.allow(&upload.address)?;
            if state.uploads.get(&upload.id).is_some_and(|open| open.address == upload.address) {
                state.uploads.remove(&upload.id);
            }
            Ok(())
        })
    }

    fn delete<'a>(
        &'a self,
        bucket: &'a str,
        keys: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Undeleted>, ObjectError>> {
        Box::pin(async move {
            let mut state = self.state();
            for key in keys {
                let address = ObjectAddress::new(bucket, key);
                state.allow(&address)?;
                state.objects.remove(&address);
            }
            Ok(Vec::new())
        })
    }
}
