//! The buckets that the document declares.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use openapi::Diagnostic;
use openapi::model::Bucket;

use super::storage::{self, Lifetimes, Storage};

/// How often objects are looked for that a bucket's rules expire. S3 looks once a day.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// A bucket as the document declares it, under its local name and with its placeholders filled.
#[derive(Clone, Debug)]
pub struct BucketSpec {
    /// Its name here.
    pub name: String,
    /// What the document says.
    pub bucket: Bucket,
}

/// The buckets there are, and where their objects live.
#[derive(Debug)]
pub(super) struct Buckets {
    pub(super) storage: Arc<Storage>,
    declared: RwLock<BTreeMap<String, Arc<Declared>>>,
}

/// A bucket there is.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) bucket: Bucket,
    /// Milliseconds since 1970.
    pub(super) created: i64,
}

impl Buckets {
    pub(super) fn new(storage: Arc<Storage>) -> Self {
        Self { storage, declared: RwLock::default() }
    }

    /// Replaces the buckets; answers the names of those the storage did not know.
    pub(super) fn ensure(&self, specs: &[BucketSpec]) -> Result<Vec<String>, Vec<Diagnostic>> {
        let refused: Vec<_> = specs.iter().filter_map(refusal).collect();
        if !refused.is_empty() {
            return Err(refused);
        }
        let mut declared = BTreeMap::new();
        let mut new = Vec::new();
        for spec in specs {
            let (created, is_new) = self
                .storage
                .ensure_bucket(&spec.name)
                .map_err(|fault| vec![failed(spec, &super::reason(&fault))])?;
            if is_new {
                new.push(spec.name.clone());
            }
            let bucket = spec.bucket.clone();
            declared.insert(spec.name.clone(), Arc::new(Declared { bucket, created }));
        }
        *self.declared.write().unwrap_or_else(PoisonError::into_inner) = declared;
        Ok(new)
    }

    /// The bucket of this name.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Declared>> {
        self.declared.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All buckets by name.
    pub(super) fn all(&self) -> Vec<(String, Arc<Declared>)> {
        let declared = self.declared.read().unwrap_or_else(PoisonError::into_inner);
        declared.iter().map(|(name, bucket)| (name.clone(), Arc::clone(bucket))).collect()
    }

    fn expire(&self) {
        for (name, declared) in self.all() {
            let bucket = &declared.bucket;
            let lifetimes = Lifetimes {
                objects: bucket
                    .expire
                    .iter()
                    .map(|rule| (rule.prefix.clone(), rule.days))
                    .collect(),
                uploads: bucket.abort_uploads_after_days,
            };
            match self.storage.expire(&name, bucket.versioning, &lifetimes, storage::now()) {
                Ok(0) => {}
                Ok(count) => tracing::debug!(bucket = name, count, "expired"),
                Err(fault) => {
                    let reason = super::reason(&fault);
                    tracing::warn!(bucket = name, reason, "what is expired cannot be removed");
                }
            }
        }
    }
}

/// Removes what is expired, once an hour.
pub(super) async fn expire_now_and_then(buckets: Arc<Buckets>) {
    let mut interval = tokio::time::interval(EXPIRY_INTERVAL);
    loop {
        interval.tick().await;
        let buckets = Arc::clone(&buckets);
        // A panic over there was reported there.
        let _ = tokio::task::spawn_blocking(move || buckets.expire()).await;
    }
}

/// S3 refuses the name here as it would in the cloud.
fn refusal(spec: &BucketSpec) -> Option<Diagnostic> {
    if s3s::path::check_bucket_name(&spec.name) {
        return None;
    }
    let message = format!("S3 refuses the bucket name `{}`", spec.name);
    let help = "names have 3 to 63 lower-case letters, digits, hyphens and dots, and begin and end \
        with a letter or a digit";
    Some(Diagnostic::error("bucket-name", &spec.bucket.origin, message).with_help(help))
}

fn failed(spec: &BucketSpec, reason: &str) -> Diagnostic {
    let message = format!("bucket `{}` cannot be created: {reason}", spec.name);
    Diagnostic::error("bucket-failed", &spec.bucket.origin, message)
}
