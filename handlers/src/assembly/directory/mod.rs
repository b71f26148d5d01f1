//! The central directory of a zip, read by ranges of a pinned version.
//!
//! What it says is believed only as far as it agrees with itself. The rest, that the entries'
//! own headers say the same, shows when their data are read.

mod defect;
mod end;
mod entry;

pub use defect::{Defect, EntryDefect};
pub use entry::Entry;

use super::Source;
use super::record::Fields;
use crate::objects::{ObjectError, ObjectStore, fetch};

/// The largest directory that is read, in bytes: it is held in memory.
pub const LARGEST_DIRECTORY: u64 = 16 << 20;
/// Read from the end at first: holds the end record whatever its comment, and most directories.
const TAIL: u64 = 128 << 10;

/// The contents of a source.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The zip.
    pub source: Source,
    /// Its entries, in the directory's order.
    pub entries: Vec<Entry>,
}

/// The source cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// It is not a zip that can be copied from.
    #[error("{0}")]
    Defect(#[from] Defect),
}

impl Directory {
    /// Reads the directory, in one to three calls.
    ///
    /// # Errors
    /// If the source cannot be read, or is not a zip that can be copied from.
    pub async fn read(store: &dyn ObjectStore, source: Source) -> Result<Self, Unusable> {
        let version = &source.version;
        let tail_start = version.size.saturating_sub(TAIL);
        let tail = fetch(store, version, tail_start..version.size).await?;
        let Some(end) = end::locate(&tail, tail_start)? else {
            // The first record tells a zip that was cut from what never was one.
            let start = fetch(store, version, 0..version.size.min(4)).await?;
            return Err(end::missing(&start).into());
        };
        let within = end.directory.start.checked_sub(tail_start);
        let bytes = match within.and_then(|start| usize::try_from(start).ok()) {
            Some(start) => tail.slice(start..start + end.length()),
            None => fetch(store, version, end.directory.clone()).await?,
        };
        let entries = parse(&bytes, &end)?;
        Ok(Self { source, entries })
    }
}

/// The entries of a directory.
fn parse(bytes: &[u8], end: &end::End) -> Result<Vec<Entry>, Defect> {
    let mut fields = Fields(bytes);
    let mut entries = Vec::with_capacity(end.entries);
    for number in 0..end.entries {
        let entry = Entry::parse(&mut fields, end.prefix);
        let entry = entry.ok_or_else(|| {
            let (count, number) = (end.entries, number + 1);
            Defect::contradiction(format!("of {count} entries, number {number} cannot be read"))
        })?;
        entry.check().map_err(|defect| Defect::of(&entry.name, defect))?;
        entries.push(entry);
    }
    if !fields.0.is_empty() {
        return Err(Defect::contradiction("its directory holds more than its entries"));
    }
    bound(&mut entries, end.directory.start)?;
    entries.shrink_to_fit();
    Ok(entries)
}

/// Finds where the bytes of each entry end at the latest, and that no two share any: a zip whose
/// entries overlap unpacks to far more than it holds.
fn bound(entries: &mut [Entry], directory: u64) -> Result<(), Defect> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|index| entries.get(*index).map(|entry| entry.header));
    let mut next: Option<(u64, usize)> = None;
    for index in order.into_iter().rev() {
        let limit = next.map_or(directory, |(header, _)| header);
        let Some(entry) = entries.get_mut(index) else { continue };
        let (header, fits) = (entry.header, entry.least_end().is_some_and(|end| end <= limit));
        entry.limit = limit;
        if !fits {
            let name = &entries.get(index).map_or("", |entry| &*entry.name);
            let other = next.and_then(|(_, other)| entries.get(other));
            let defect = match other {
                Some(other) => EntryDefect::Overlap(other.name.to_string()),
                None => EntryDefect::Outside,
            };
            return Err(Defect::of(name, defect));
        }
        next = Some((header, index));
    }
    Ok(())
}
