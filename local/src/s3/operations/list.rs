//! Lists of objects and versions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Answer, Operations, describe, etag, size, timestamp};
use crate::environment::ACCOUNT_ID;
use crate::s3::storage::{Entry, Listing, Page, StoredChecksum};

/// The most keys of one answer.
const MOST_KEYS: i32 = 1_000;

/// What `encoding-type=url` leaves alone.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/').remove(b' ');

/// How keys are written in an answer.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    url: bool,
}

impl Encoding {
    pub(super) fn of(wanted: Option<&EncodingType>) -> S3Result<Self> {
        match wanted.map(EncodingType::as_str) {
            None => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => {
                let message = "Invalid Encoding Method specified in Request";
                Err(s3_error!(InvalidArgument, "{message}"))
            }
        }
    }

    pub(super) fn write(self, text: &str) -> String {
        if self.url {
            utf8_percent_encode(text, PLAIN).to_string().replace(' ', "+")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn write_all(self, prefixes: Vec<String>) -> Option<Vec<CommonPrefix>> {
        let written =
            prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.write(prefix)) });
        Some(written.collect())
    }

    pub(super) fn write_if(self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.write(text))
    }
}

/// How many keys to list, of how many that were asked for.
pub(super) fn limit(asked: Option<i32>) -> S3Result<(i32, usize)> {
    let asked = asked.unwrap_or(MOST_KEYS);
    let most = usize::try_from(asked.min(MOST_KEYS)).map_err(|_| {
        s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647")
    })?;
    Ok((asked.min(MOST_KEYS), most))
}

/// A delimiter; an empty one is none.
pub(super) fn delimiter(given: Option<&String>) -> Option<&str> {
    given.map(String::as_str).filter(|text| !text.is_empty())
}

fn owner() -> Owner {
    Owner { id: Some(ACCOUNT_ID.to_owned()), ..Owner::default() }
}

fn algorithms(checksum: Option<&StoredChecksum>) -> Option<Vec<ChecksumAlgorithm>> {
    checksum.map(|stored| vec![ChecksumAlgorithm::from(stored.algorithm.clone())])
}

fn object(entry: Entry, encoding: Encoding, with_owner: bool) -> Object {
    Object {
        checksum_algorithm: algorithms(entry.checksum.as_ref()),
        e_tag: Some(etag(&entry.etag)),
        key: Some(encoding.write(&entry.key)),
        last_modified: Some(timestamp(entry.modified)),
        owner: with_owner.then(owner),
        size: Some(size(entry.size)),
        storage_class: Some(ObjectStorageClass::from(describe::class_name(&entry.headers))),
        ..Object::default()
    }
}

/// What a list is of.
struct Query {
    bucket: String,
    prefix: String,
    delimiter: Option<String>,
    after: Option<(String, Option<String>)>,
    most: usize,
}

impl Operations {
    pub(super) async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> Answer<ListObjectsV2Output> {
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let (max_keys, most) = limit(input.max_keys)?;
        let after = match &input.continuation_token {
            Some(token) => Some(key_of_token(token)?),
            None => input.start_after.clone().filter(|key| !key.is_empty()),
        };
        let page = self
            .page(Query {
                bucket: input.bucket.clone(),
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: delimiter(input.delimiter.as_ref()).map(str::to_owned),
                after: after.map(|key| (key, None)),
                most,
            })
            .await?;
        let last = page.last.filter(|_| page.truncated);
        let count = page.entries.len() + page.prefixes.len();
        let with_owner = input.fetch_owner == Some(true);
        let contents = page.entries.into_iter().map(|entry| object(entry, encoding, with_owner));
        Ok(S3Response::new(ListObjectsV2Output {
            common_prefixes: encoding.write_all(page.prefixes),
            contents: Some(contents.collect()),
            continuation_token: input.continuation_token,
            delimiter: encoding.write_if(delimiter(input.delimiter.as_ref())),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.truncated),
            key_count: i32::try_from(count).ok(),
            max_keys: Some(max_keys),
            name: Some(input.bucket),
            next_continuation_token: last.map(|(key, _)| URL_SAFE_NO_PAD.encode(key)),
            prefix: Some(encoding.write(&input.prefix.unwrap_or_default())),
            start_after: encoding.write_if(input.start_after.as_deref()),
            request_charged: None,
        }))
    }

    pub(super) async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> Answer<ListObjectsOutput> {
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let (max_keys, most) = limit(input.max_keys)?;
        let delimiter = delimiter(input.delimiter.as_ref()).map(str::to_owned);
        let after = input.marker.clone().filter(|key| !key.is_empty());
        let page = self
            .page(Query {
                bucket: input.bucket.clone(),
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: delimiter.clone(),
                after: after.map(|key| (key, None)),
                most,
            })
            .await?;
        // Without a delimiter the last key is the marker of the next page, and not said twice.
        let last = page.last.filter(|_| page.truncated && delimiter.is_some());
        let contents = page.entries.into_iter().map(|entry| object(entry, encoding, true));
        Ok(S3Response::new(ListObjectsOutput {
            common_prefixes: encoding.write_all(page.prefixes),
            contents: Some(contents.collect()),
            delimiter: encoding.write_if(delimiter.as_deref()),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.truncated),
            marker: Some(encoding.write(&input.marker.unwrap_or_default())),
            max_keys: Some(max_keys),
            name: Some(input.bucket),
            next_marker: last.map(|(key, _)| encoding.write(&key)),
            prefix: Some(encoding.write(&input.prefix.unwrap_or_default())),
            request_charged: None,
        }))
    }

    async fn page(&self, query: Query) -> S3Result<Page> {
        self.bucket(&query.bucket)?;
        self.with_storage(move |storage| storage.list(&query.listing())).await
    }

    pub(super) async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Answer<ListObjectVersionsOutput> {
        let input = request.input;
        self.bucket(&input.bucket)?;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let (max_keys, most) = limit(input.max_keys)?;
        let key_marker = input.key_marker.clone().filter(|key| !key.is_empty());
        let id_marker = input.version_id_marker.clone().filter(|id| !id.is_empty());
        if key_marker.is_none() && id_marker.is_some() {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(s3_error!(InvalidArgument, "{message}"));
        }
        let query = Query {
            bucket: input.bucket.clone(),
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: delimiter(input.delimiter.as_ref()).map(str::to_owned),
            after: key_marker.map(|key| (key, id_marker)),
            most,
        };
        let page =
            self.with_storage(move |storage| storage.list_versions(&query.listing())).await?;
        let last = page.last.filter(|_| page.truncated);
        let (markers, versions): (Vec<_>, Vec<_>) =
            page.entries.into_iter().partition(|entry| entry.marker);
        let (next_key_marker, next_version_id_marker) = last.unzip();
        Ok(S3Response::new(ListObjectVersionsOutput {
            common_prefixes: encoding.write_all(page.prefixes),
            delete_markers: Some(
                markers.into_iter().map(|entry| marker(entry, encoding)).collect(),
            ),
            delimiter: encoding.write_if(delimiter(input.delimiter.as_ref())),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.truncated),
            key_marker: Some(encoding.write(&input.key_marker.unwrap_or_default())),
            max_keys: Some(max_keys),
            name: Some(input.bucket),
            next_key_marker: encoding.write_if(next_key_marker.as_deref()),
            next_version_id_marker: next_version_id_marker.flatten(),
            prefix: Some(encoding.write(&input.prefix.unwrap_or_default())),
            version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
            versions: Some(versions.into_iter().map(|entry| version(entry, encoding)).collect()),
            request_charged: None,
        }))
    }
}

impl Query {
    fn listing(&self) -> Listing<'_> {
        Listing {
            bucket: &self.bucket,
            prefix: &self.prefix,
            delimiter: self.delimiter.as_deref(),
            after: self.after.as_ref().map(|(key, id)| (key.as_str(), id.as_deref())),
            most: self.most,
        }
    }
}

fn version(entry: Entry, encoding: Encoding) -> ObjectVersion {
    ObjectVersion {
        checksum_algorithm: algorithms(entry.checksum.as_ref()),
        e_tag: Some(etag(&entry.etag)),
        is_latest: Some(entry.latest),
        key: Some(encoding.write(&entry.key)),
        last_modified: Some(timestamp(entry.modified)),
        owner: Some(owner()),
        size: Some(size(entry.size)),
        storage_class: Some(ObjectVersionStorageClass::from(describe::class_name(&entry.headers))),
        version_id: Some(entry.id),
        ..ObjectVersion::default()
    }
}

fn marker(entry: Entry, encoding: Encoding) -> DeleteMarkerEntry {
    DeleteMarkerEntry {
        is_latest: Some(entry.latest),
        key: Some(encoding.write(&entry.key)),
        last_modified: Some(timestamp(entry.modified)),
        owner: Some(owner()),
        version_id: Some(entry.id),
    }
}

/// A token is the last key of the page before, so that it stays good whatever happens meanwhile.
fn key_of_token(token: &str) -> S3Result<String> {
    let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
