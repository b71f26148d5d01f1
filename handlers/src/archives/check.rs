//! What can be told of a request before work begins: every fault of it, with its pointer.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use models::NewArchive;

use crate::assembly::{Content, Directory, Fault, Plan, Source, SurveyError, pin, survey};
use crate::objects::{LONGEST_KEY, ObjectAddress, ObjectError, ObjectStore};
use crate::runtime::Violation;

/// How many sources are looked at at a time.
const AT_ONCE: usize = 16;
/// What the status object has behind the key of what it is about.
pub(super) const STATUS_SUFFIX: &str = ".status.csv";

/// A request that can be done, unless something changes.
#[derive(Debug)]
pub(super) struct Checked {
    /// The sources, with their versions.
    pub(super) sources: Vec<Source>,
    /// What lies where.
    pub(super) content: Content,
    /// Bytes that the zip will have.
    pub(super) size: u64,
}

/// Why a request is not taken.
#[derive(Debug)]
pub(super) enum CheckError {
    /// What is wrong with it.
    Violations(Vec<Violation>),
    /// The store cannot tell now.
    Store(Box<dyn std::error::Error + Send + Sync>),
}

/// Looks at everything that the request names.
pub(super) async fn check(
    objects: &dyn ObjectStore,
    body: &NewArchive,
) -> Result<Checked, CheckError> {
    let mut faults = names(body);
    let destination = ObjectAddress::from(&body.destination);
    let (writable, directories) =
        futures_util::future::join(writable(objects, &destination), look(objects, body)).await;
    faults.extend(writable?);
    let directories = match directories? {
        Ok(directories) => directories,
        Err(of_sources) => {
            faults.extend(of_sources);
            Vec::new()
        }
    };
    let content = serde_json::to_value(&body.content).and_then(serde_json::from_value::<Content>);
    let content = content.map_err(|error| CheckError::Store(error.into()))?;
    if faults.is_empty() {
        let sources = directories.iter().map(|directory| directory.source.clone()).collect();
        match Plan::new(&content, directories, body.verify.unwrap_or_default()) {
            Ok(plan) => return Ok(Checked { sources, content, size: plan.size() }),
            Err(of_content) => faults = of_content,
        }
    }
    let violations = faults.into_iter().map(|fault| Violation {
        location: "body",
        pointer: fault.pointer,
        detail: fault.detail,
    });
    Err(CheckError::Violations(violations.collect()))
}

/// What is wrong with buckets and keys by themselves.
fn names(body: &NewArchive) -> Vec<Fault> {
    let mut faults = Vec::new();
    if body.destination.key.len() + STATUS_SUFFIX.len() > LONGEST_KEY {
        let detail = format!("leaves no room for {STATUS_SUFFIX} within {LONGEST_KEY} bytes");
        faults.push(Fault::new("/destination/key", detail));
    }
    let mut seen = BTreeMap::new();
    for (index, source) in body.sources.iter().enumerate() {
        let address = (&source.bucket, &source.key);
        if source.key.len() > LONGEST_KEY {
            let detail = format!("is longer than {LONGEST_KEY} bytes");
            faults.push(Fault::new(format!("/sources/{index}/key"), detail));
        }
        if address == (&body.destination.bucket, &body.destination.key) {
            let detail = format!("is /sources/{index} too, which it would replace");
            faults.push(Fault::new("/destination", detail));
        }
        if let Some(first) = seen.insert((&source.system, address), index) {
            let detail = format!("is the same zip as /sources/{first}");
            faults.push(Fault::new(format!("/sources/{index}"), detail));
        }
    }
    faults
}

/// Whether the destination can be written, as far as S3 tells without writing anything: an upload
/// can begin there.
async fn writable(
    objects: &dyn ObjectStore,
    destination: &ObjectAddress,
) -> Result<Option<Fault>, CheckError> {
    let result = match objects.begin(destination, "application/zip").await {
        Ok(upload) => objects.abort(&upload).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.is_passing() => Err(CheckError::Store(error.into())),
        Err(ObjectError::NotFound(_)) => {
            let detail = format!("the bucket {} does not exist", destination.bucket);
            Ok(Some(Fault::new("/destination/bucket", detail)))
        }
        Err(error) => Ok(Some(Fault::new("/destination", error.to_string()))),
    }
}

/// The contents of the sources, or what is wrong with them: one that is missing does not hide
/// that another is no zip.
async fn look(
    objects: &dyn ObjectStore,
    body: &NewArchive,
) -> Result<Result<Vec<Directory>, Vec<Fault>>, CheckError> {
    let looks: Vec<_> = body.sources.iter().map(|source| look_at(objects, source)).collect();
    let looks: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    let (mut directories, mut faults, mut passing) = (Vec::new(), Vec::new(), None);
    for (index, look) in looks.into_iter().enumerate() {
        match look {
            Ok(them) => directories.extend(them),
            Err(SurveyError::Faults(of_source)) => {
                let place = format!("/sources/{index}");
                let moved = |fault: Fault| {
                    let rest = fault.pointer.strip_prefix("/sources/0").unwrap_or_default();
                    Fault::new(format!("{place}{rest}"), fault.detail)
                };
                faults.extend(of_source.into_iter().map(moved));
            }
            Err(error) => passing = Some(error),
        }
    }
    match passing {
        _ if !faults.is_empty() => Ok(Err(faults)),
        Some(error) => Err(CheckError::Store(error.into())),
        None => Ok(Ok(directories)),
    }
}

async fn look_at(
    objects: &dyn ObjectStore,
    source: &models::ArchiveSource,
) -> Result<Vec<Directory>, SurveyError> {
    let address = ObjectAddress::new(source.bucket.as_str(), source.key.as_str());
    let versions = pin(objects, &[address]).await?;
    let sources = versions.into_iter();
    let sources = sources.map(|version| Source { system: source.system.to_string(), version });
    survey(objects, sources.collect()).await
}
