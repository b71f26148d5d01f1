//! Looking at the sources: are they there, may they be read, are they zips, what is in them.

use futures_util::{StreamExt as _, stream};

use super::directory::{Directory, Unusable};
use super::{Fault, Source};
use crate::objects::{ObjectAddress, ObjectError, ObjectStore, ObjectVersion};

/// How many sources are looked at at a time.
const AT_ONCE: usize = 16;
/// The most entries of all sources: each takes some 200 bytes of memory.
pub const MOST_ENTRIES: usize = 250_000;

/// The sources cannot be surveyed.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// What is wrong with them: each fault points to `/sources/` and an index.
    #[error("{} of the sources cannot be used; {}", .0.len(), .0.first().map_or("", |f| &f.detail))]
    Faults(Vec<Fault>),
    /// The store cannot tell now.
    #[error("the sources cannot be read now")]
    Store(#[source] ObjectError),
}

/// The versions that are there now, in the order of the addresses.
///
/// # Errors
/// If some cannot be read: all of them are named.
pub async fn pin(
    store: &dyn ObjectStore,
    addresses: &[ObjectAddress],
) -> Result<Vec<ObjectVersion>, SurveyError> {
    let heads: Vec<_> = addresses.iter().map(|address| store.head(address)).collect();
    let heads: Vec<_> = stream::iter(heads).buffered(AT_ONCE).collect().await;
    let heads = heads.into_iter().map(|head| head.map_err(Unusable::Object));
    gather(addresses.iter().zip(heads))
}

/// The directories of the sources, in their order.
///
/// # Errors
/// If some cannot be read, or are no zips that can be copied from: all of them are named.
pub async fn survey(
    store: &dyn ObjectStore,
    sources: Vec<Source>,
) -> Result<Vec<Directory>, SurveyError> {
    let addresses: Vec<_> = sources.iter().map(|source| source.version.address.clone()).collect();
    let reads: Vec<_> = sources.into_iter().map(|source| Directory::read(store, source)).collect();
    let read: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
    let directories = gather(addresses.iter().zip(read))?;
    let count: usize = directories.iter().map(|directory| directory.entries.len()).sum();
    if count > MOST_ENTRIES {
        let detail = format!("they hold {count} entries, at most {MOST_ENTRIES} are read");
        return Err(SurveyError::Faults(vec![Fault::new("/sources", detail)]));
    }
    Ok(directories)
}

/// All of the results, or all that is wrong. Faults come first: they do not heal.
fn gather<'a, T>(
    results: impl Iterator<Item = (&'a ObjectAddress, Result<T, Unusable>)>,
) -> Result<Vec<T>, SurveyError> {
    let (mut values, mut faults, mut passing) = (Vec::new(), Vec::new(), None);
    for (index, (address, result)) in results.enumerate() {
        let detail = match result {
            Ok(value) => {
                values.push(value);
                continue;
            }
            Err(Unusable::Object(error)) if error.is_passing() => {
                passing = Some(error);
                continue;
            }
            Err(Unusable::Object(error)) => error.to_string(),
            Err(Unusable::Defect(defect)) => format!("{address} {defect}"),
        };
        faults.push(Fault::new(format!("/sources/{index}"), detail));
    }
    match passing {
        _ if !faults.is_empty() => Err(SurveyError::Faults(faults)),
        Some(error) => Err(SurveyError::Store(error)),
        None => Ok(values),
    }
}
