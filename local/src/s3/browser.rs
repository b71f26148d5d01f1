//! Looking at objects without a request: for the console.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _};

use super::buckets::Buckets;
use super::operations;
use super::storage::{Content, Entry, Fault, Listing};

/// Looks into buckets; whoever calls it waits for the disk.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(super) buckets: Arc<Buckets>,
}

/// Some keys of a bucket.
#[derive(Debug)]
pub(crate) struct ObjectPage {
    /// What keys start with up to the next `/`.
    pub(crate) prefixes: Vec<String>,
    pub(crate) objects: Vec<ObjectEntry>,
    /// Where the next page begins; `None` behind the last.
    pub(crate) next: Option<String>,
}

/// An object in a list.
#[derive(Debug)]
pub(crate) struct ObjectEntry {
    pub(crate) key: String,
    /// In bytes.
    pub(crate) size: u64,
    /// Milliseconds since 1970.
    pub(crate) modified: i64,
}

/// An object, and what was said about it.
#[derive(Debug)]
pub(crate) struct Object {
    /// In bytes.
    pub(crate) size: u64,
    /// Milliseconds since 1970.
    pub(crate) modified: i64,
    /// Without quotation marks.
    pub(crate) etag: String,
    pub(crate) version: String,
    pub(crate) content_type: Option<String>,
    /// `x-amz-meta-*`, without the prefix.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    content: Content,
}

impl Browser {
    /// Whether there is such a bucket.
    pub(crate) fn has(&self, bucket: &str) -> bool {
        self.buckets.get(bucket).is_some()
    }

    /// Current objects whose keys start with `prefix`, from behind `after` on.
    pub(crate) fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<ObjectPage, String> {
        let after = after.map(|key| (key, None));
        let listing = Listing { bucket, prefix, delimiter: Some("/"), after, most };
        let page = self.buckets.storage.list(&listing).map_err(|fault| super::reason(&fault))?;
        let next = page.last.filter(|_| page.truncated).map(|(key, _)| key);
        let objects = page.entries.into_iter().map(ObjectEntry::from).collect();
        Ok(ObjectPage { prefixes: page.prefixes, objects, next })
    }

    /// The object of this key, if there is one.
    pub(crate) fn open(&self, bucket: &str, key: &str) -> Result<Option<Object>, String> {
        if !self.has(bucket) {
            return Ok(None);
        }
        let opened = self
            .buckets
            .storage
            .open_version::<Fault>(bucket, key, None, |found| Ok(0..found.version.size));
        match opened {
            Ok((version, content)) => Ok(Some(Object {
                size: version.size,
                modified: version.modified,
                etag: version.etag,
                version: version.id,
                content_type: version.headers.content_type,
                metadata: version.headers.metadata,
                tags: version.tags,
                content,
            })),
            Err(Fault::NoSuchKey { .. }) => Ok(None),
            Err(fault) => Err(super::reason(&fault)),
        }
    }
}

impl Object {
    /// Its bytes.
    pub(crate) fn bytes(
        self,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static> {
        Ok(operations::body(self.content)?.map_err(io::Error::other))
    }
}

impl From<Entry> for ObjectEntry {
    fn from(entry: Entry) -> Self {
        Self { key: entry.key, size: entry.size, modified: entry.modified }
    }
}
