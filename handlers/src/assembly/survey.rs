//! Looking at the sources: are they there, may they be read, are they zips, what is in them.

use futures_util::{StreamExt as _, stream};

use super::{Fault, Source};
use crate::objects::{ObjectAddress, ObjectError, ObjectStore, ObjectVersion};

/// How many sources are looked at at a time.
const AT_ONCE: usize = 16;

/// The sources cannot be surveyed.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// What is wrong with them: each fault points to `/sources/` and an index.
    #[error("{} of the sources cannot be used, the first: {}", .0.len(), .0.first().map_or("", |f| &f.detail))]
    Faults(Vec<Fault>),
    /// The store cannot tell now.
    #[error("the sources cannot be read now")]
    Store(#[source] ObjectError),
}

/// The contents of a source.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The zip.
    pub source: Source,
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
    gather(heads.into_iter().map(|head| head.map_err(Unusable::Object)))
}

/// The directories of the sources, in their order.
///
/// # Errors
/// If some cannot be read, or are no zips that can be copied from: all of them are named.
pub async fn survey(
    _store: &dyn ObjectStore,
    sources: Vec<Source>,
) -> Result<Vec<Directory>, SurveyError> {
    Ok(sources.into_iter().map(|source| Directory { source }).collect())
}

/// Why a source cannot be used.
#[derive(Debug)]
enum Unusable {
    Object(ObjectError),
}

/// All of the results, or all that is wrong. What passes comes last: faults do not heal.
fn gather<T>(results: impl Iterator<Item = Result<T, Unusable>>) -> Result<Vec<T>, SurveyError> {
    let (mut values, mut faults, mut passing) = (Vec::new(), Vec::new(), None);
    for (index, result) in results.enumerate() {
        match result {
            Ok(value) => values.push(value),
            Err(Unusable::Object(error)) if error.is_passing() => passing = Some(error),
            Err(Unusable::Object(error)) => {
                faults.push(Fault::new(format!("/sources/{index}"), error.to_string()));
            }
        }
    }
    match passing {
        _ if !faults.is_empty() => Err(SurveyError::Faults(faults)),
        Some(error) => Err(SurveyError::Store(error)),
        None => Ok(values),
    }
}
