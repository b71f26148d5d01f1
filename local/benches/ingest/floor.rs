//! The caller that puts the same bytes to the same S3, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use tokio::task::JoinSet;

use super::{Task, Took, usage};

const BUCKET: &str = "local-archives";
/// As the API cuts uploads of this size, and as many parts at a time as the client sends.
const PART: u64 = 8 << 20;
const PARALLEL: usize = 4;
/// What goes in one request.
const ONE: u64 = 10 << 20;

struct Floor {
    s3: Client,
    http: reqwest::Client,
    bytes: Bytes,
}

/// Puts objects, so many at a time.
pub(crate) async fn run(task: &Task) -> anyhow::Result<Took> {
    let bytes = vec![7; usize::try_from(task.size.min(ONE))?].into();
    let http = reqwest::Client::new();
    let floor = Arc::new(Floor { s3: client(&task.s3), http, bytes });
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    let started = Instant::now();
    for _ in 0..task.concurrency {
        let (floor, next, task) = (Arc::clone(&floor), Arc::clone(&next), task.clone());
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= task.count {
                    return anyhow::Ok(());
                }
                let key = format!("{}-{number}", task.prefix);
                if task.size <= ONE {
                    floor.put(&key).await?;
                } else {
                    Arc::clone(&floor).put_in_parts(&key, task.size).await?;
                }
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let kept = started.elapsed().as_secs_f64();
    Ok(Took { submitted: kept, kept, memory: usage::own() })
}

impl Floor {
    async fn put(&self, key: &str) -> anyhow::Result<()> {
        let put = self.s3.put_object().bucket(BUCKET).key(key);
        let link = put.presigned(presigning()?).await?;
        self.send(link.uri(), self.bytes.clone()).await.map(drop)
    }

    async fn put_in_parts(self: Arc<Self>, key: &str, size: u64) -> anyhow::Result<()> {
        let created = self.s3.create_multipart_upload().bucket(BUCKET).key(key).send().await?;
        let id = created.upload_id().unwrap_or_default().to_owned();
        let (mut parts, mut sent) = (JoinSet::new(), Vec::new());
        for number in 1..=size.div_ceil(PART) {
            if parts.len() == PARALLEL {
                sent.extend(parts.join_next().await.transpose()?);
            }
            let length = usize::try_from(PART.min(size - (number - 1) * PART))?;
            let number = i32::try_from(number)?;
            let part = self.s3.upload_part().bucket(BUCKET).key(key).upload_id(&id);
            let link = part.part_number(number).presigned(presigning()?).await?;
            let floor = Arc::clone(&self);
            parts.spawn(async move {
                let e_tag = floor.send(link.uri(), floor.bytes.slice(..length)).await?;
                anyhow::Ok(CompletedPart::builder().part_number(number).e_tag(e_tag).build())
            });
        }
        while let Some(part) = parts.join_next().await {
            sent.push(part?);
        }
        let mut sent = sent.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        sent.sort_by_key(CompletedPart::part_number);
        let sent = CompletedMultipartUpload::builder().set_parts(Some(sent)).build();
        let complete = self.s3.complete_multipart_upload().bucket(BUCKET).key(key).upload_id(id);
        complete.multipart_upload(sent).send().await?;
        Ok(())
    }

    /// Answers the entity tag.
    async fn send(&self, link: &str, bytes: Bytes) -> anyhow::Result<String> {
        let answer = self.http.put(link).body(bytes).send().await?.error_for_status()?;
        let e_tag = answer.headers().get("etag").and_then(|it| it.to_str().ok());
        Ok(e_tag.unwrap_or_default().to_owned())
    }
}

fn presigning() -> anyhow::Result<PresigningConfig> {
    Ok(PresigningConfig::expires_in(Duration::from_secs(3600))?)
}

fn client(endpoint: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "benchmark"))
        .endpoint_url(endpoint)
        .force_path_style(true);
    Client::from_conf(config.build())
}
