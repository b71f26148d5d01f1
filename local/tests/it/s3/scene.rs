//! An embedded S3 with a client and whoever listens to its events.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use local::s3::{ACCESS_KEY_ID, BucketSpec, ObjectEvent, S3, SECRET_ACCESS_KEY, Store};
use openapi::model::Bucket;
use openapi::{Origin, Position};
use tokio::sync::mpsc;

/// A bucket without versioning.
pub(super) const BUCKET: &str = "local-sources";

/// A bucket with versioning.
pub(super) const VERSIONED: &str = "local-archives";

pub(super) struct Scene {
    pub(super) s3: S3,
    pub(super) client: Client,
    pub(super) events: mpsc::UnboundedReceiver<ObjectEvent>,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::with(&Store::Memory)
    }

    pub(super) fn with(store: &Store) -> Self {
        let (listener, events) = mpsc::unbounded_channel();
        let s3 = S3::start(store, listener).unwrap();
        s3.ensure(&[spec(BUCKET, false), spec(VERSIONED, true)]).unwrap();
        let client = client(&s3.endpoint(), SECRET_ACCESS_KEY);
        Self { s3, client, events }
    }

    pub(super) async fn put(&self, key: &str, body: impl Into<Vec<u8>>) -> String {
        put(&self.client, BUCKET, key, body).await
    }

    pub(super) async fn get(&self, key: &str) -> Vec<u8> {
        get(&self.client, BUCKET, key).await
    }

    /// `BUCKET/KEY` as a URL, not signed.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.s3.endpoint())
    }

    /// Every event so far, as `NAME KEY`.
    pub(super) fn told(&mut self) -> Vec<String> {
        let events = std::iter::from_fn(|| self.events.try_recv().ok());
        events.map(|event| format!("{} {}", event.name.as_str(), event.key)).collect()
    }
}

pub(super) fn client(endpoint: &str, secret: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(ACCESS_KEY_ID, secret, None, None, "test"))
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

pub(super) fn spec(name: &str, versioning: bool) -> BucketSpec {
    let origin = Origin {
        pointer: format!("/x-lychgate/buckets/{name}"),
        position: Position { line: 1, column: 1 },
    };
    let bucket = Bucket {
        versioning,
        expire: Vec::new(),
        abort_uploads_after_days: 7,
        cors: None,
        notifications: Vec::new(),
        origin,
    };
    BucketSpec { name: name.to_owned(), bucket }
}

/// Puts an object; answers its ETag.
pub(super) async fn put(
    client: &Client,
    bucket: &str,
    key: &str,
    body: impl Into<Vec<u8>>,
) -> String {
    let body = ByteStream::from(body.into());
    let put = client.put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
    put.e_tag.unwrap()
}

pub(super) async fn get(client: &Client, bucket: &str, key: &str) -> Vec<u8> {
    let got = client.get_object().bucket(bucket).key(key).send().await.unwrap();
    got.body.collect().await.unwrap().to_vec()
}

/// `STATUS CODE` of a refusal.
pub(super) fn refusal<T: std::fmt::Debug, E>(
    result: Result<T, SdkError<E, aws_sdk_s3::config::http::HttpResponse>>,
) -> String
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let error = result.unwrap_err();
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or("-").to_owned();
    match status {
        Some(status) => format!("{status} {code}"),
        None => format!("{error:?}"),
    }
}

/// Bytes that do not compress or repeat, the same for the same seed.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
